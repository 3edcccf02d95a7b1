//! The docker verbs that we use, one method each.

pub(crate) mod build;
pub(crate) mod build_spec;
pub(crate) mod call;
pub(crate) mod config;
pub(crate) mod containers;
pub(crate) mod contents;
pub(crate) mod error;
pub(crate) mod far_builder;
mod image;
pub(crate) mod name;
pub(crate) mod payload;
pub(crate) mod plugin;
pub(crate) mod progress;
pub(crate) mod pushed_build;
pub(crate) mod remote_image;
mod several;
pub(crate) mod space;

use std::collections::BTreeSet;

use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub(crate) use crate::docker::image::LocalImage;

use crate::context::Ctx;
use crate::docker::name::PLATFORM;
use crate::failure::Failure;
use crate::process::invocation::Invocation;
use crate::process::runner::{Answer, Runner};
use crate::report::Report;
use crate::terminal::manner::Manner;

/// The template by which docker tells all that it knows of a thing.
const JSON: &str = "{{json .}}";

/// The docker client on PATH.
pub(crate) struct Docker<'a> {
    ctx: &'a Ctx,
}

/// What `docker buildx imagetools inspect` tells of a manifest.
#[derive(Deserialize)]
struct Manifest {
    digest: String,
}

impl<'a> Docker<'a> {
    pub(crate) fn new(ctx: &'a Ctx) -> Self {
        Self { ctx }
    }

    pub(crate) fn runner(&self) -> &Runner {
        &self.ctx.runner
    }

    pub(crate) fn report(&self) -> &Report {
        &self.ctx.report
    }

    fn manner(&self) -> Manner {
        self.ctx.manner
    }

    /// The local image of that name, `None` when there is none. Never asks a registry.
    pub(crate) fn image(&self, reference: &str) -> anyhow::Result<Option<LocalImage>> {
        let call = Invocation::new("docker").args(["image", "inspect", "--format", JSON, reference]);
        let answer = self.ctx.runner.probe(&call)?;
        if answer.success {
            return serde_json::from_str(&answer.stdout).with_context(|| format!("read `{call}`")).map(Some);
        }
        // Only this text means "no": a dead engine or a refused socket is a failure of another kind.
        if answer.stderr.to_lowercase().contains("no such image") {
            return Ok(None);
        }
        if let Some(failure) = no_engine(&answer.stderr) {
            return Err(failure.into());
        }
        anyhow::bail!("look up the local image {reference}: {}", answer.stderr)
    }

    /// All local images, named or not, that bear these labels (`key` or `key=value`).
    pub(crate) fn labelled_images(&self, labels: &[&str]) -> anyhow::Result<Vec<LocalImage>> {
        // Else clients from 29 on leave out what has no name.
        let mut list = call::docker(["image", "ls", "--all", "--no-trunc", "--quiet"]);
        for label in labels {
            list = list.args(["--filter", &format!("label={label}")]);
        }
        let listed = self.ctx.runner.capture("list the local images", &list)?;
        let ids: BTreeSet<&str> = listed.lines().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.inspected("look up the local images", &call::docker(["image", "inspect", "--format", JSON]).args(ids))
    }

    /// What docker tells of several things, a line of JSON each. Some may have gone since.
    fn inspected<T: DeserializeOwned>(&self, what: &str, call: &Invocation) -> anyhow::Result<Vec<T>> {
        let answer = self.ctx.runner.probe(call)?;
        let is_gone = |line: &str| line.to_lowercase().contains("no such ");
        anyhow::ensure!(answer.success || answer.stderr.lines().all(is_gone), "{what}: {}", answer.stderr);
        read_lines(&answer.stdout, call)
    }

    /// The builder that sees local images: the one of the docker driver, which bears the context's name.
    pub(crate) fn default_builder(&self) -> anyhow::Result<String> {
        let call = Invocation::new("docker").args(["context", "show"]);
        self.ctx.runner.capture("find the docker context", &call)
    }

    /// Gives an image one more name, or an existing name to another image.
    pub(crate) fn tag(&self, image: &str, name: &str) -> anyhow::Result<()> {
        self.ctx.runner.capture_effect(&format!("name {image} {name}"), &self.tag_call(image, name)).map(drop)
    }

    pub(crate) fn tag_call(&self, image: &str, name: &str) -> Invocation {
        Invocation::new("docker").args(["tag", image, name])
    }

    /// Takes a name from an image.
    pub(crate) fn untag(&self, name: &str) -> anyhow::Result<()> {
        let call = Invocation::new("docker").args(["image", "rm", "--no-prune", name]);
        self.ctx.runner.capture_effect(&format!("take the name {name} away"), &call).map(drop)
    }

    /// Pushes one name.
    pub(crate) fn push(&self, reference: &str) -> anyhow::Result<Answer> {
        self.ctx.runner.watch(&self.push_call(reference))
    }

    pub(crate) fn push_call(&self, reference: &str) -> Invocation {
        Invocation::new("docker").args(["push", reference])
    }

    /// Fetches one image from its registry, shown as it goes.
    pub(crate) fn pull(&self, reference: &str) -> anyhow::Result<()> {
        let answer = self.ctx.runner.watch(&self.pull_call(reference))?;
        if answer.success {
            return Ok(());
        }
        Err(error::explain(&format!("pull {reference}"), &answer.stderr).into())
    }

    pub(crate) fn pull_call(&self, reference: &str) -> Invocation {
        Invocation::new("docker").args(["pull", "--platform", PLATFORM, reference])
    }

    /// The digest that the registry has for that name, `None` when it has none.
    pub(crate) fn remote_digest(&self, reference: &str) -> anyhow::Result<Option<String>> {
        let format = "{{json .Manifest}}";
        let call = Invocation::new("docker").args(["buildx", "imagetools", "inspect", "--format", format, reference]);
        let answer = self.ctx.runner.probe(&call)?;
        if answer.success {
            let manifest: Manifest = serde_json::from_str(&answer.stdout).with_context(|| format!("read `{call}`"))?;
            return Ok(Some(manifest.digest));
        }
        if is_absent(&answer.stderr, reference) {
            return Ok(None);
        }
        Err(error::explain(&format!("look up {reference}"), &answer.stderr).into())
    }

    /// The login to a registry, whose password comes through stdin.
    pub(crate) fn login_call(&self, host: &str) -> Invocation {
        Invocation::new("docker").args(["login", "--username", "AWS", "--password-stdin", host])
    }

    /// Runs `binary` once in a throw-away container without a network. Returns its output, `None` in a dry run.
    pub(crate) fn run_once(&self, image: &str, binary: &str, args: &[String]) -> anyhow::Result<Option<String>> {
        let call = Invocation::new("docker")
            .args(["run", "--rm", "--network", "none", "--platform", PLATFORM, "--entrypoint", binary, image])
            .args(args);
        self.ctx.runner.capture_effect(&format!("run {binary} in {image}"), &call)
    }
}

/// A line of JSON for each thing that was asked for.
fn read_lines<T: DeserializeOwned>(stdout: &str, call: &Invocation) -> anyhow::Result<Vec<T>> {
    let lines = stdout.lines().filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line).with_context(|| format!("read `{call}`"))).collect()
}

/// What docker said, with the cure, if it is that there is no engine to ask: clients before 29 say "Cannot connect to the
/// Docker daemon", later ones "failed to connect to the docker API"; a context that does not exist names none at all.
fn no_engine(stderr: &str) -> Option<Failure> {
    let lower = stderr.to_lowercase();
    let is_that = ["connect to the docker ", "error during connect", "context not found"]
        .iter()
        .any(|words| lower.contains(words));
    let failure = || Failure::precondition(stderr).hint("See what is missing, and how to mend it: cargo xtask doctor");
    is_that.then(failure)
}

/// Whether buildx says that the registry does not have that very reference. Other things can be "not found" too: a
/// credential helper, a host.
fn is_absent(stderr: &str, reference: &str) -> bool {
    stderr.lines().any(|line| line.trim_end().ends_with(&format!("{reference}: not found")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_reference_itself_can_be_absent() {
        let reference = "127.0.0.1:5000/colony:latest";
        assert!(is_absent("ERROR: 127.0.0.1:5000/colony:latest: not found\n", reference));
        for other in [
            "ERROR: error getting credentials - err: exec: \"docker-credential-x\": executable file not found in $PATH",
            "ERROR: 127.0.0.1:5000/other:latest: not found",
            "ERROR: failed to do request: dial tcp: lookup 127.0.0.1: host not found",
        ] {
            assert!(!is_absent(other, reference), "{other}");
        }
    }
}
