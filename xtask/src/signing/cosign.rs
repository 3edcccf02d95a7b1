//! The verbs of cosign that we use, one method each. `flags.rs` knows the two command lines, `words.rs` the answers.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::process::invocation::Invocation;
use crate::signing::flags::{self, Alone, Author, Generation};
use crate::signing::key::Key;
use crate::signing::words;
use crate::staging::tree;

/// Our folder for what cosign reads, below that of the state.
const FOLDER: &str = "cosign";

/// The cosign on PATH.
pub(crate) struct Cosign<'a> {
    ctx: &'a Ctx,
    generation: Generation,
}

/// What became of the question whether somebody signed an image.
#[derive(Debug)]
pub(crate) enum Verdict {
    Good,
    /// It is not good: a failure with code 1.
    Refused(Failure),
}

/// What a cosign tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Such as `v2.5.0`; `devel` where a distribution built it without one.
    pub(crate) version: String,
    /// `None` where it is too old.
    pub(crate) generation: Option<Generation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
}

impl Found {
    /// The one on PATH, `None` where it does not work or takes longer than `limit` to answer.
    pub(crate) fn ask(ctx: &Ctx, limit: Duration) -> anyhow::Result<Option<Self>> {
        let ask = |args| {
            let answer = ctx.runner.probe_within(&Invocation::new("cosign").args(args), limit)?;
            anyhow::Ok(answer.filter(|answer| answer.success).map(|answer| answer.stdout))
        };
        let Some(version) = ask(["version", "--json"])?.as_deref().and_then(version) else { return Ok(None) };
        let generation = match Generation::of(&version) {
            // Debian's build knows no version of its own, but what it takes.
            None => ask(["sign", "--help"])?.as_deref().and_then(Generation::of_help),
            known => known,
        };
        Ok(Some(Self { version, generation }))
    }
}

fn version(answer: &str) -> Option<String> {
    serde_json::from_str::<Version>(answer).ok().map(|version| version.git_version)
}

impl<'a> Cosign<'a> {
    pub(crate) fn new(ctx: &'a Ctx, generation: Generation) -> Self {
        Self { ctx, generation }
    }

    /// The public half of a private key, as PEM. Fails with code 3 where the key cannot be used: its password is wrong, the
    /// service that keeps it says no.
    pub(super) fn public_key(&self, key: &Key) -> anyhow::Result<String> {
        let call = Invocation::new("cosign").args(["public-key", "--key"]).arg(key.argument(self.ctx));
        let answer = self.ctx.runner.probe(&call)?;
        if answer.success {
            return Ok(answer.stdout);
        }
        Err(explained(ExitCode::Precondition, &format!("use the key {}", key.named()), &answer.stderr).into())
    }

    /// Signs the image of that digest.
    pub(super) fn sign(&self, key: Option<&Key>, pinned: &str) -> anyhow::Result<()> {
        let (services, root) = self.alone()?;
        for (path, text) in [(&services, flags::NO_SERVICES), (&root, flags::NO_ROOT)] {
            if key.is_some() && self.generation == Generation::Third {
                tree::put(&self.ctx.root.join(path), text.as_bytes())?;
            }
        }
        let call = self.sign_call(key, &services, &root, pinned);
        match self.ctx.runner.try_effect(&call)? {
            Some(answer) if !answer.success => {
                Err(explained(ExitCode::Failed, &format!("sign {pinned}"), &answer.stderr).into())
            }
            _ => Ok(()),
        }
    }

    /// The lines for a shell that do so.
    pub(super) fn sign_lines(&self, key: Option<&Key>, pinned: &str) -> anyhow::Result<Vec<String>> {
        let (services, root) = self.alone()?;
        let mut lines = Vec::new();
        if key.is_some() && self.generation == Generation::Third {
            let folder = services.parent().context("it lies in our folder")?;
            lines.push(Invocation::new("mkdir").arg("-p").arg(folder).to_string());
            for (path, text) in [(&services, flags::NO_SERVICES), (&root, flags::NO_ROOT)] {
                let call = Invocation::new("printf").args(["%s", text]);
                lines.push(format!("{call} > {}", Invocation::new(path.to_string_lossy())));
            }
        }
        lines.push(self.sign_call(key, &services, &root, pinned).to_string());
        Ok(lines)
    }

    /// Asks whether that author signed the image of that digest. Fails with code 3 where cosign cannot tell.
    pub(crate) fn verify(&self, author: &Author, pinned: &str) -> anyhow::Result<Verdict> {
        let answer = self.ctx.runner.probe(&call(flags::verify(author, pinned)))?;
        if answer.success {
            return Ok(Verdict::Good);
        }
        let refused = |what: &str, cure: &str| {
            let failure = Failure::new(ExitCode::Failed, format!("{pinned} {what}{}", words::said(&answer.stderr)));
            Ok(Verdict::Refused(failure.hint(cure)))
        };
        match (words::refusal(&answer.stderr), words::trouble(&answer.stderr)) {
            (Some((what, cure)), _) => refused(what, cure),
            (None, Some(_)) => {
                Err(explained(ExitCode::Precondition, &format!("verify {pinned}"), &answer.stderr).into())
            }
            // Who does not know what is wrong takes it for the worst.
            (None, None) => refused("cannot be verified: cosign failed", "Do not deploy it before cosign succeeds"),
        }
    }

    fn sign_call(&self, key: Option<&Key>, services: &Path, root: &Path, pinned: &str) -> Invocation {
        let key = key.map(|key| key.argument(self.ctx));
        call(self.generation.sign(key, Alone { services, root }, pinned))
    }

    /// Where the files lie that cosign 3 wants to be left alone, from the workspace root on.
    fn alone(&self) -> anyhow::Result<(PathBuf, PathBuf)> {
        let place = |name| anyhow::Ok(self.ctx.relative(&file(self.ctx, name)?));
        Ok((place("no-services.json")?, place("no-root.json")?))
    }
}

/// The place of a file in our folder for cosign.
pub(super) fn file(ctx: &Ctx, name: &str) -> anyhow::Result<PathBuf> {
    Ok(ctx.state_dir()?.join(FOLDER).join(name))
}

/// A variable of cosign's own would name another key where none is said.
fn call(args: Vec<OsString>) -> Invocation {
    let is_keyless = !args.iter().any(|arg| arg == "--key");
    let call = Invocation::new("cosign").args(args);
    if is_keyless { call.env("COSIGN_KEY", "") } else { call }
}

/// The failed step with cosign's own words, after what we know of them.
fn explained(code: ExitCode, step: &str, stderr: &str) -> Failure {
    match words::trouble(stderr) {
        Some((what, cure)) => Failure::new(code, format!("{step}: {what}{}", words::said(stderr))).hint(cure),
        None => Failure::new(code, format!("{step}: cosign failed{}", words::said(stderr))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_of_the_release() {
        let answer = r#"{"gitVersion":"v2.5.0","gitCommit":"unknown","goVersion":"go1.24.2"}"#;
        assert_eq!(version(answer).as_deref(), Some("v2.5.0"));
        assert_eq!(version("cosign: A tool for Container Signing"), None);
    }

    #[test]
    fn without_a_key_no_variable_names_one() {
        assert_eq!(call(vec!["sign".into()]).to_string(), "COSIGN_KEY='' cosign sign");
        assert_eq!(call(vec!["sign".into(), "--key".into(), "k".into()]).to_string(), "cosign sign --key k");
    }
}
