//! The docker verbs that we use, one method each.

use anyhow::Context;
use serde_json::Value;

use crate::build_spec::BuildSpec;
use crate::context::Ctx;
use crate::image::PLATFORM;
use crate::invocation::Invocation;

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
}

impl LocalImage {
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        self.config["Labels"][key].as_str()
    }

    /// The value of an environment variable that the image sets.
    pub(crate) fn variable(&self, key: &str) -> Option<&str> {
        let variables = self.config["Env"].as_array()?;
        variables.iter().filter_map(Value::as_str).find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
    }
}

impl<'a> Docker<'a> {
    pub(crate) fn new(ctx: &'a Ctx) -> Self {
        Self { ctx }
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
        anyhow::bail!("look up the local image {reference}: {}", answer.stderr)
    }

    /// The builder that sees local images: the one of the docker driver, which bears the context's name.
    pub(crate) fn default_builder(&self) -> anyhow::Result<String> {
        let call = Invocation::new("docker").args(["context", "show"]);
        self.ctx.runner.capture("find the docker context", &call)
    }

    /// Builds an image and leaves it in the local engine.
    pub(crate) fn build(&self, spec: &BuildSpec) -> anyhow::Result<()> {
        self.ctx.runner.stream(&format!("build {}", spec.image), &spec.to_invocation())
    }

    /// The image that was just built, checked to be of the one platform.
    pub(crate) fn built(&self, reference: &str) -> anyhow::Result<LocalImage> {
        let image = self.image(reference)?;
        let image = image.with_context(|| format!("{reference} was built, but the local engine does not have it"))?;
        anyhow::ensure!(image.platform == PLATFORM, "{reference} is for {}, not for {PLATFORM}", image.platform);
        Ok(image)
    }

    /// Runs `binary` once in a throw-away container without a network. Returns its output, `None` in a dry run.
    pub(crate) fn run_once(&self, image: &str, binary: &str, args: &[String]) -> anyhow::Result<Option<String>> {
        let call = Invocation::new("docker")
            .args(["run", "--rm", "--network", "none", "--platform", PLATFORM, "--entrypoint", binary, image])
            .args(args);
        self.ctx.runner.capture_effect(&format!("run {binary} in {image}"), &call)
    }
}

fn parse_image(json: &str) -> anyhow::Result<LocalImage> {
    let image: Value = serde_json::from_str(json)?;
    let text = |key: &str| image[key].as_str().with_context(|| format!("no `{key}` in it"));
    Ok(LocalImage {
        id: text("Id")?.to_owned(),
        platform: format!("{}/{}", text("Os")?, text("Architecture")?),
        size: image["Size"].as_u64().context("no `Size` in it")?,
        config: image["Config"].clone(),
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

    #[test]
    fn a_missing_field_is_named() {
        let error = parse_image(r#"{"Id":"sha256:1"}"#).expect_err("no Os");
        assert!(error.to_string().contains("`Os`"), "{error}");
    }
}
