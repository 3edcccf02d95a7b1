//! The docker verb that builds an image, and what became of it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use crate::docker::build_spec::{BuildSpec, Display};
use crate::docker::error as docker_error;
use crate::docker::name::PLATFORM;
use crate::docker::plugin;
use crate::docker::progress::{BuildLog, Progress, cargo_errors, error_places, last_words};
use crate::docker::{Docker, LocalImage};
use crate::failure::{self, ExitCode, Failure};
use crate::staging::own_folder::OwnFolder;
use crate::staging::tree;

/// How often a build is done again whose end the engine itself spoilt.
const AGAIN: usize = 2;

/// Where the last log of each image lies, in the folder that is ours.
const LOGS: &str = "logs";

/// A build that worked.
pub(crate) struct ImageBuild {
    pub(crate) image: LocalImage,
    pub(crate) log: BuildLog,
    /// Whether the engine has the classic image store.
    pub(crate) is_classic: bool,
}

/// What `--metadata-file` holds of the image.
///
/// On the classic image store the digest is that of the image's configuration, on the containerd store that of its
/// manifest. Docker knows the image by it on both, which is not true of the configuration's digest that `--iidfile`
/// holds (before buildx 0.36).
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    #[serde(rename = "containerimage.digest")]
    pub(super) digest: String,
    #[serde(rename = "containerimage.config.digest")]
    config_digest: Option<String>,
}

impl Docker<'_> {
    /// Builds once, shown as it goes. Returns what BuildKit told, whatever came of it; all of it goes to the end of
    /// `transcript` too.
    fn attempt(
        &self,
        spec: &BuildSpec,
        metadata_file: &Path,
        transcript: &mut String,
    ) -> (BuildLog, anyhow::Result<()>) {
        let _folded = self.report().fold(&format!("log of {}", spec.name));
        let mut progress = Progress::new(self.manner(), spec.crates);
        let call = plugin::straight(spec.to_invocation(Display::Records(metadata_file)));
        let outcome = self.runner().follow(&format!("build {}", spec.name), &call, &mut progress);
        let (log, told) = progress.finish(outcome.is_err());
        transcript.push_str(&told);
        self.report().keep_inside(&spec.step(), log.timings());
        (log, outcome)
    }

    /// Builds, and does so again where the engine itself spoilt the end. Returns what BuildKit told of the first attempt,
    /// since the later ones find everything in the cache.
    fn attempts(&self, spec: &BuildSpec, metadata_file: &Path) -> anyhow::Result<BuildLog> {
        let mut transcript = String::new();
        let (mut last, mut outcome) = self.attempt(spec, metadata_file, &mut transcript);
        let mut first = None;
        for _ in 0..AGAIN {
            if outcome.is_ok() || !has_lost_a_layer(&last) {
                break;
            }
            self.report().warning(
                "the engine lost a layer while it unpacked the image, a known fault of the containerd image store; \
                 building again, which takes all but that from the cache",
            );
            let (log, again) = self.attempt(spec, metadata_file, &mut transcript);
            first.get_or_insert(std::mem::replace(&mut last, log));
            outcome = again;
        }
        let kept = self.keep(spec, &transcript);
        match outcome {
            Ok(()) => Ok(first.unwrap_or(last)),
            Err(error) => {
                let places = last.failed().flat_map(|step| error_places(&String::from_utf8_lossy(&step.stderr)));
                places.for_each(|place| self.report().place(&place.error, &place.file, &place.line, &place.column));
                Err(naming(kept, told(&spec.name, &last, error)))
            }
        }
    }

    /// Writes all that was told of the last build of this kind of image, in place of what the one before it told. `None`
    /// where it cannot be written, which is no reason to fail.
    fn keep(&self, spec: &BuildSpec, transcript: &str) -> Option<PathBuf> {
        let written = || {
            let path = self.ctx.state_dir()?.join(LOGS).join(format!("{}.log", spec.kind()));
            tree::put(&path, transcript.as_bytes())?;
            anyhow::Ok(self.ctx.relative(&path))
        };
        written().map_err(|error| self.report().warning(format!("the log of the build is not kept: {error:#}"))).ok()
    }

    /// Builds, wherever the image goes. Returns what buildx tells of it, and what BuildKit told of the build.
    pub(super) fn run_build(&self, spec: &BuildSpec) -> anyhow::Result<(Metadata, BuildLog)> {
        let own = OwnFolder::make(&self.ctx.state_dir()?)?;
        let file = own.path().join("metadata.json");
        let log = self.attempts(spec, &file)?;
        let read = || format!("read what buildx tells of {} ({})", spec.name, file.display());
        let text = fs::read_to_string(&file).with_context(read)?;
        Ok((serde_json::from_str(&text).with_context(read)?, log))
    }

    /// Builds a stage for what it leaves in cache mounts.
    pub(crate) fn build_stage(&self, spec: &BuildSpec) -> anyhow::Result<()> {
        if self.runner().printed(spec.to_invocation(Display::Auto))? {
            return Ok(());
        }
        let own = OwnFolder::make(&self.ctx.state_dir()?)?;
        self.attempts(spec, &own.path().join("metadata.json")).map(drop)
    }

    /// Builds an image into the local engine. Returns it as it stands there, checked to be of the one platform;
    /// `None` in a dry run.
    pub(crate) fn build_image(&self, spec: &BuildSpec) -> anyhow::Result<Option<ImageBuild>> {
        if self.runner().printed(spec.to_invocation(Display::Auto))? {
            return Ok(None);
        }
        let name = &spec.name;
        let (metadata, log) = self.run_build(spec)?;
        // Not by name: another build may have given the name away in the meantime.
        let image = self.image(&metadata.digest)?;
        let image = image.with_context(|| format!("{name} was built, but the local engine does not have it"))?;
        anyhow::ensure!(image.platform == PLATFORM, "{name} is for {}, not for {PLATFORM}", image.platform);
        let is_classic = metadata.config_digest.as_ref() == Some(&metadata.digest);
        Ok(Some(ImageBuild { image, log, is_classic }))
    }
}

/// Why a build failed, as far as its steps tell: in cargo's words, those of the script around it, or else BuildKit's.
fn told(name: &str, log: &BuildLog, error: anyhow::Error) -> anyhow::Error {
    if failure::code(&error) == ExitCode::Interrupted {
        return error;
    }
    let mut why: Vec<String> =
        log.failed().flat_map(|step| cargo_errors(&String::from_utf8_lossy(&step.stderr))).collect();
    if why.is_empty() {
        why = log.failed().filter_map(|step| last_words(&String::from_utf8_lossy(&step.stderr))).collect();
    }
    if why.is_empty() {
        why = log.failed().filter_map(|step| Some(format!("{}: {}", step.name, step.error.as_ref()?))).collect();
    }
    if why.is_empty() {
        return error;
    }
    let error = anyhow::anyhow!("build {name}: {}", why.join("\n"));
    // Most words of a build are those of programs in it, which mean something else than docker's own.
    let is_dockers =
        ["no space left on device", "failed to push"].iter().any(|words| error.to_string().contains(words));
    if is_dockers { docker_error::explained(error) } else { error }
}

/// With the file that holds more, unless nobody asked what happened.
fn naming(log: Option<PathBuf>, error: anyhow::Error) -> anyhow::Error {
    match log {
        Some(path) if failure::code(&error) != ExitCode::Interrupted => {
            let failure = Failure::of(failure::code(&error), &error);
            failure.hint(format!("All that BuildKit told: {}", path.display())).into()
        }
        _ => error,
    }
}

/// Whether a step failed because the containerd image store dropped a layer that it was about to build on: it collects
/// garbage while an image is unpacked (<https://github.com/moby/buildkit/issues/6521>; met with engine 26.1, and
/// told of 29).
fn has_lost_a_layer(log: &BuildLog) -> bool {
    let is_that =
        |error: &String| error.contains("failed to prepare extraction snapshot") && error.contains("parent snapshot");
    log.failed().filter_map(|step| step.error.as_ref()).any(is_that)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As buildx 0.13.1 writes it for engine 26.1.5.
    const CLASSIC: &str = r#"{
      "buildx.build.ref": "default/default/p33rlfipleplkq7k1udk2fyt3",
      "containerimage.config.digest": "sha256:4d160d908ad2c25c55b6d924cf2e7f1d356534e7756133de2db99eaf41a071d2",
      "containerimage.digest": "sha256:4d160d908ad2c25c55b6d924cf2e7f1d356534e7756133de2db99eaf41a071d2",
      "image.name": "docker.io/library/t:x"
    }"#;
    const CONTAINERD: &str = r#"{
      "buildx.build.ref": "default/default/qzcvy5dz5axb4pmivsohssm5r",
      "containerimage.config.digest": "sha256:cd2511d81247182022688b4d7cd9d54b23cd6f9a11d239fcd088b7a13a6bafd3",
      "containerimage.descriptor": {
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "digest": "sha256:2f2601ff3b47ce91f618960d8b378b8c5538e39e183008a52861ad39bd564151",
        "size": 694,
        "platform": { "architecture": "amd64", "os": "linux" }
      },
      "containerimage.digest": "sha256:2f2601ff3b47ce91f618960d8b378b8c5538e39e183008a52861ad39bd564151",
      "image.name": "docker.io/library/t:x"
    }"#;

    #[test]
    fn the_built_image_is_known_by_what_docker_calls_it_on_either_store() {
        let digest = |text| serde_json::from_str::<Metadata>(text).map(|metadata| metadata.digest);
        let classic = "sha256:4d160d908ad2c25c55b6d924cf2e7f1d356534e7756133de2db99eaf41a071d2";
        assert_eq!(digest(CLASSIC).expect("a digest"), classic);
        let containerd = "sha256:2f2601ff3b47ce91f618960d8b378b8c5538e39e183008a52861ad39bd564151";
        assert_eq!(digest(CONTAINERD).expect("a digest"), containerd);
        assert!(digest("{}").expect_err("no digest").to_string().contains("`containerimage.digest`"));
    }
}
