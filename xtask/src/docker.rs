//! The docker verbs that we use, one method each.

use std::fs;

use anyhow::Context;
use serde_json::Value;

use crate::build_spec::{BuildSpec, Output};
use crate::context::Ctx;
use crate::docker_error;
use crate::failure::Failure;
use crate::image::{ImageReference, PLATFORM};
use crate::invocation::Invocation;
use crate::runner::{Answer, Runner};

/// The docker client on PATH.
pub(crate) struct Docker<'a> {
    ctx: &'a Ctx,
}

/// What `docker image inspect` tells of a local image.
#[derive(Clone, Debug)]
pub(crate) struct LocalImage {
    /// `sha256:…`; which digest that is depends on the engine's image store.
    pub(crate) id: String,
    /// `os/architecture`.
    pub(crate) platform: String,
    /// Uncompressed size in bytes.
    pub(crate) size: u64,
    config: Value,
    repo_digests: Vec<String>,
}

impl LocalImage {
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        self.config["Labels"][key].as_str()
    }

    /// What a dry run has in place of the image that it does not build.
    pub(crate) fn planned(image: &ImageReference) -> Self {
        Self {
            id: image.to_string(),
            platform: PLATFORM.to_owned(),
            size: 0,
            config: Value::Null,
            repo_digests: Vec::new(),
        }
    }

    /// The digests under which the repository `uri` has held this image, as far as this engine has seen.
    pub(crate) fn digests(&self, uri: &str) -> Vec<String> {
        let own = |digest: &String| digest.strip_prefix(uri)?.strip_prefix('@').map(str::to_owned);
        self.repo_digests.iter().filter_map(own).collect()
    }

    /// The value of an environment variable that the image sets.
    pub(crate) fn variable(&self, key: &str) -> Option<&str> {
        let variables = self.config["Env"].as_array()?;
        variables.iter().filter_map(Value::as_str).find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
    }
}

#[cfg(test)]
impl LocalImage {
    pub(crate) fn named(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            platform: PLATFORM.to_owned(),
            size: 0,
            config: Value::Null,
            repo_digests: Vec::new(),
        }
    }
}

impl<'a> Docker<'a> {
    pub(crate) fn new(ctx: &'a Ctx) -> Self {
        Self { ctx }
    }

    pub(crate) fn runner(&self) -> &Runner {
        &self.ctx.runner
    }

    /// The local image of that name, `None` when there is none. Never asks a registry.
    pub(crate) fn image(&self, reference: &str) -> anyhow::Result<Option<LocalImage>> {
        let call = Invocation::new("docker").args(["image", "inspect", "--format", "{{json .}}", reference]);
        let answer = self.ctx.runner.probe(&call)?;
        if answer.success {
            return parse_image(&answer.stdout).with_context(|| format!("read `{call}`")).map(Some);
        }
        // Only this text means "no": a dead engine or a refused socket is a failure of another kind.
        if answer.stderr.to_lowercase().contains("no such image") {
            return Ok(None);
        }
        // Clients before 29 say "Cannot connect to the Docker daemon", later ones "failed to connect to the docker API".
        if answer.stderr.to_lowercase().contains("connect to the docker ") {
            return Err(Failure::precondition(answer.stderr)
                .hint("See what is missing, and how to mend it: cargo xtask doctor")
                .into());
        }
        anyhow::bail!("look up the local image {reference}: {}", answer.stderr)
    }

    /// The builder that sees local images: the one of the docker driver, which bears the context's name.
    pub(crate) fn default_builder(&self) -> anyhow::Result<String> {
        let call = Invocation::new("docker").args(["context", "show"]);
        self.ctx.runner.capture("find the docker context", &call)
    }

    /// Builds an image into the local engine. Returns it as it stands there, checked to be of the one platform;
    /// `None` in a dry run.
    pub(crate) fn build_image(&self, spec: &BuildSpec) -> anyhow::Result<Option<LocalImage>> {
        let Output::Image { name, metadata_file } = &spec.output else { anyhow::bail!("that build makes no image") };
        self.ctx.runner.stream(&format!("build {name}"), &spec.to_invocation())?;
        if self.ctx.runner.is_dry() {
            return Ok(None);
        }
        let file = self.ctx.root.join(metadata_file);
        let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
        fs::remove_file(&file).with_context(|| format!("remove {}", file.display()))?;
        let id = built_id(&text).with_context(|| format!("read {}", file.display()))?;
        // Not by name: another build may have given the name away in the meantime.
        let image = self.image(&id)?;
        let image = image.with_context(|| format!("{name} was built, but the local engine does not have it"))?;
        anyhow::ensure!(image.platform == PLATFORM, "{name} is for {}, not for {PLATFORM}", image.platform);
        Ok(Some(image))
    }

    /// Exports a stage to a folder. BuildKit shares what another build of the same things does at the same time.
    pub(crate) fn export_stage(&self, spec: &BuildSpec) -> anyhow::Result<()> {
        self.ctx.runner.capture("export a stage of the build", &spec.to_invocation()).map(drop)
    }

    /// Gives an image one more name, or an existing name to another image.
    pub(crate) fn tag(&self, image: &str, name: &str) -> anyhow::Result<()> {
        let call = Invocation::new("docker").args(["tag", image, name]);
        self.ctx.runner.capture_effect(&format!("name {image} {name}"), &call).map(drop)
    }

    /// Pushes one name. `None` in a dry run.
    pub(crate) fn push(&self, reference: &str) -> anyhow::Result<Option<Answer>> {
        self.ctx.runner.watch(&Invocation::new("docker").args(["push", reference]))
    }

    /// The digest that the registry has for that name, `None` when it has none.
    pub(crate) fn remote_digest(&self, reference: &str) -> anyhow::Result<Option<String>> {
        let format = "{{json .Manifest}}";
        let call = Invocation::new("docker").args(["buildx", "imagetools", "inspect", "--format", format, reference]);
        let answer = self.ctx.runner.probe(&call)?;
        if answer.success {
            let manifest: Value = serde_json::from_str(&answer.stdout).with_context(|| format!("read `{call}`"))?;
            return manifest["digest"]
                .as_str()
                .map(|digest| Some(digest.to_owned()))
                .context("a manifest has no digest");
        }
        if answer.stderr.to_lowercase().contains("not found") {
            return Ok(None);
        }
        Err(docker_error::explain(&format!("look up {reference}"), &answer.stderr).into())
    }

    /// The login to a registry, whose password comes through stdin.
    pub(crate) fn login_call(&self, host: &str) -> Invocation {
        Invocation::new("docker").args(["login", "--username", "AWS", "--password-stdin", host])
    }

    pub(crate) fn is_dry(&self) -> bool {
        self.ctx.runner.is_dry()
    }

    /// Runs `binary` once in a throw-away container without a network. Returns its output, `None` in a dry run.
    pub(crate) fn run_once(&self, image: &str, binary: &str, args: &[String]) -> anyhow::Result<Option<String>> {
        let call = Invocation::new("docker")
            .args(["run", "--rm", "--network", "none", "--platform", PLATFORM, "--entrypoint", binary, image])
            .args(args);
        self.ctx.runner.capture_effect(&format!("run {binary} in {image}"), &call)
    }
}

/// The ID of the image that a build made, from what `--metadata-file` holds: on the classic image store the digest of
/// its configuration, on the containerd store that of its manifest. Docker knows the image by it on both, which is not
/// true of the configuration's digest that `--iidfile` holds (before buildx 0.36).
fn built_id(metadata: &str) -> anyhow::Result<String> {
    let metadata: Value = serde_json::from_str(metadata)?;
    metadata["containerimage.digest"].as_str().map(str::to_owned).context("no `containerimage.digest` in it")
}

fn parse_image(json: &str) -> anyhow::Result<LocalImage> {
    let image: Value = serde_json::from_str(json)?;
    let text = |key: &str| image[key].as_str().with_context(|| format!("no `{key}` in it"));
    // `null` for an image that was never pushed nor pulled.
    let digests = image["RepoDigests"].as_array().map_or(&[][..], Vec::as_slice);
    Ok(LocalImage {
        id: text("Id")?.to_owned(),
        platform: format!("{}/{}", text("Os")?, text("Architecture")?),
        size: image["Size"].as_u64().context("no `Size` in it")?,
        config: image["Config"].clone(),
        repo_digests: digests.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inspected_image_is_read_with_its_labels() {
        let json = r#"{"Id":"sha256:1","Os":"linux","Architecture":"amd64","Size":7,"Config":{"Labels":{"a":"b"}}}"#;
        let image = parse_image(json).expect("well formed");
        assert_eq!((image.platform.as_str(), image.size, image.label("a")), ("linux/amd64", 7, Some("b")));
        assert_eq!(image.label("c"), None);
    }

    #[test]
    fn an_image_without_labels_has_none() {
        let json = r#"{"Id":"sha256:1","Os":"linux","Architecture":"amd64","Size":7,"Config":{"Labels":null}}"#;
        assert_eq!(parse_image(json).expect("well formed").label("a"), None);
    }

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
        let classic = "sha256:4d160d908ad2c25c55b6d924cf2e7f1d356534e7756133de2db99eaf41a071d2";
        assert_eq!(built_id(CLASSIC).expect("a digest"), classic);
        let containerd = "sha256:2f2601ff3b47ce91f618960d8b378b8c5538e39e183008a52861ad39bd564151";
        assert_eq!(built_id(CONTAINERD).expect("a digest"), containerd);
        assert!(built_id("{}").expect_err("no digest").to_string().contains("`containerimage.digest`"));
    }

    #[test]
    fn a_missing_field_is_named() {
        let error = parse_image(r#"{"Id":"sha256:1"}"#).expect_err("no Os");
        assert!(error.to_string().contains("`Os`"), "{error}");
    }
}
