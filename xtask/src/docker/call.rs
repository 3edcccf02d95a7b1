//! The docker calls that others make as they need them: bounded in time, streamed, or of Docker Compose. Pure.

use std::path::Path;

use crate::docker::name::PLATFORM;
use crate::process::invocation::Invocation;

pub(super) fn docker<const N: usize>(args: [&str; N]) -> Invocation {
    Invocation::new("docker").args(args)
}

/// Prints client and engine as one line of JSON; fails where no engine answers, and tells of the client all the same.
pub(crate) fn version() -> Invocation {
    docker(["version", "--format", "{{json .}}"])
}

/// Prints what the engine says of itself, as the Go template asks.
pub(crate) fn info(format: &str) -> Invocation {
    docker(["info", "--format", format])
}

pub(crate) fn buildx_version() -> Invocation {
    docker(["buildx", "version"])
}

/// Describes a builder of buildx.
pub(crate) fn builder(name: &str) -> Invocation {
    docker(["buildx", "inspect", name])
}

pub(crate) fn compose_version() -> Invocation {
    docker(["compose", "version", "--short"])
}

/// Prints the configuration of an image in a registry as JSON.
pub(super) fn remote_image(reference: &str) -> Invocation {
    docker(["buildx", "imagetools", "inspect", "--format", "{{json .Image}}", reference])
}

/// Asks the image's registry for it; fails where it cannot be had.
pub(crate) fn manifest(reference: &str) -> Invocation {
    docker(["manifest", "inspect", reference])
}

pub(crate) fn pull(reference: &str) -> Invocation {
    docker(["pull", "--quiet", "--platform", PLATFORM, reference])
}

/// Builds an image into the local engine that is no image of ours: `folder` is the build context.
pub(crate) fn build(builder: &str, name: &str, dockerfile: &str, labels: &[String], folder: &Path) -> Invocation {
    docker(["buildx", "build", "--builder", builder, "--platform", PLATFORM, "--load"])
        .args(["--provenance=false", "--sbom=false", "--progress=plain", "--tag", name, "--file", dockerfile])
        .args(labels.iter().flat_map(|label| ["--label", label]))
        .arg(folder)
}

/// Lists the running containers of a compose project, each as the Go template says. Of docker itself, which takes a
/// sixth of the time that compose takes.
pub(crate) fn project_containers(project: &str, format: &str) -> Invocation {
    docker(["ps", "--filter", &format!("label=com.docker.compose.project={project}"), "--format", format])
}

/// Lists the IDs of all containers of a compose project, those included that do not run.
pub(crate) fn project_container_ids(project: &str) -> Invocation {
    docker(["ps", "--all", "--quiet", "--no-trunc", "--filter", &format!("label=com.docker.compose.project={project}")])
}

/// Prints what the engine knows of each container as one line of JSON.
pub(crate) fn containers(ids: &[String]) -> Invocation {
    docker(["container", "inspect", "--format", "{{json .}}"]).args(ids)
}

/// Docker Compose, for a verb to follow.
pub(crate) fn compose(project: &str, file: &str) -> Invocation {
    docker(["compose", "--project-name", project, "--file", file])
}
