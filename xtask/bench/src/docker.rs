//! The docker client on PATH: local images, and those that the Dockerfiles start from.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, bail};

use crate::process::{self, Stop, capture, probe};
use crate::report;

/// A local image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) id: String,
    /// As the engine counts it: on the classic image store all files, on the containerd store the compressed layers.
    pub(crate) bytes: u64,
}

/// An image that the Dockerfiles start from. The xtask has the same two.
pub(crate) struct StartImage {
    /// The environment variable that chooses another one.
    variable: &'static str,
    public: &'static str,
    /// What `cargo xtask doctor --install` makes where the public one can't be had.
    stand_in: &'static str,
}

pub(crate) const CHEF: StartImage = StartImage {
    variable: "CHEF_IMAGE",
    public: "lukemathwalker/cargo-chef:latest-rust-1.87-alpine",
    stand_in: "distributed-colony-chef:local",
};

pub(crate) const RUNTIME: StartImage = StartImage {
    variable: "RUNTIME_IMAGE",
    public: "gcr.io/distroless/cc",
    stand_in: "distributed-colony-runtime:local",
};

impl StartImage {
    /// The chosen image, else a stand-in that stands on this machine (said in a warning), else the public one.
    pub(crate) fn resolve(&self, chosen: Option<String>) -> anyhow::Result<String> {
        let Self { variable, public, stand_in } = self;
        if let Some(chosen) = chosen {
            return Ok(chosen);
        }
        if image(stand_in)?.is_none() {
            return Ok((*public).to_owned());
        }
        report::warning(format!(
            "{stand_in} made on this machine stands in for {public} (set {variable} to choose another)"
        ));
        Ok((*stand_in).to_owned())
    }
}

/// A call of docker.
pub(crate) fn docker(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new("docker");
    command.args(args);
    command
}

/// The local image of that name, `None` when there is none. Never asks a registry.
pub(crate) fn image(reference: &str) -> anyhow::Result<Option<Image>> {
    let answer = probe(&mut docker(["image", "inspect", "--format", "{{.Id}} {{.Size}}", reference]))?;
    if answer.status.success() {
        return read_image(&process::text(&answer.stdout)).with_context(|| format!("look at {reference}")).map(Some);
    }
    let stderr = process::text(&answer.stderr);
    // Only this text means "no": a dead engine or a refused socket is a failure of another kind.
    if stderr.to_lowercase().contains("no such image") {
        return Ok(None);
    }
    // Clients before 29 say "Cannot connect to the Docker daemon", later ones "failed to connect to the docker API".
    if stderr.to_lowercase().contains("connect to the docker ") {
        return Err(Stop::Precondition(stderr).into());
    }
    bail!("look up the local image {reference}: {stderr}")
}

/// The builder that sees local images: the one of the docker driver, which bears the context's name.
pub(crate) fn default_builder() -> anyhow::Result<String> {
    capture("find the docker context", &mut docker(["context", "show"]))
}

/// What `binary --version` says in a throw-away container of the image.
pub(crate) fn version(image: &str, binary: &str) -> anyhow::Result<String> {
    let run = ["run", "--rm", "--network", "none", "--platform", "linux/amd64", "--entrypoint", binary, image];
    capture(&format!("run {binary} in {image}"), docker(run).arg("--version"))
}

fn read_image(line: &str) -> anyhow::Result<Image> {
    let (id, bytes) = line.split_once(' ').with_context(|| format!("ID and size were expected, not `{line}`"))?;
    let bytes = bytes.parse().with_context(|| format!("`{bytes}` is no size"))?;
    Ok(Image { id: id.to_owned(), bytes })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn an_inspected_image_has_its_id_and_its_size() {
        let image = read_image("sha256:1 7000").expect("well formed");
        assert_eq!(image, Image { id: "sha256:1".to_owned(), bytes: 7000 });
        assert!(read_image("sha256:1").is_err() && read_image("sha256:1 much").is_err());
    }

    /// The texts of all files below a folder.
    fn texts(folder: &Path) -> String {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries
            .map(|path| if path.is_dir() { texts(&path) } else { fs::read_to_string(path).expect("a text") })
            .collect()
    }

    #[test]
    fn the_images_to_start_from_are_those_of_the_xtask() {
        let xtask = texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../src"));
        for StartImage { variable, public, stand_in } in [CHEF, RUNTIME] {
            for word in [variable, public, stand_in] {
                assert!(xtask.contains(&format!("\"{word}\"")), "the xtask knows no `{word}`");
            }
        }
    }
}
