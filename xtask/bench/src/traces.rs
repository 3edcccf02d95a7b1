//! What a benchmark leaves in the engine, and its removal: also after a failure, and of an earlier run that was killed.

use crate::docker::docker;
use crate::process::{finish, text};
use crate::{PREFIX, process, report};

/// Removes everything that bears our prefix when it goes.
pub(crate) struct Traces {
    builder: String,
    keep: bool,
}

impl Traces {
    /// With `keep` everything stays.
    pub(crate) fn new(builder: &str, keep: bool) -> Self {
        Self { builder: builder.to_owned(), keep }
    }

    /// Removes container, images and cache mounts. Everything is tried; what fails is said.
    pub(crate) fn remove(&self) {
        let tries = [
            ("the container", remove_containers()),
            ("the images", remove_images()),
            ("the cache mounts", remove_mounts(&self.builder)),
        ];
        for (what, outcome) in tries {
            if let Err(error) = outcome {
                report::warning(format!("{what} of the benchmark could not be removed: {error:#}"));
            }
        }
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if self.keep {
            let text =
                format!("images, container and cache mounts of the benchmark stay; their names begin with {PREFIX}");
            report::info(text);
            return;
        }
        self.remove();
        report::info(
            "container, images and cache mounts of the benchmark are removed; its layers stay in the build cache of \
             the engine until that is full (at once: docker builder prune, which drops yours too)",
        );
    }
}

/// Removes an image that has no name any more. One that has is somebody else's too, and one that a container was made of
/// goes after that.
pub(crate) fn remove_nameless_image(id: &str) -> anyhow::Result<()> {
    let answer = process::probe(&mut docker(["image", "inspect", "--format", "{{len .RepoTags}}", id]))?;
    let is_nameless = answer.status.success() && text(&answer.stdout) == "0";
    if is_nameless && containers(&format!("ancestor={id}"))?.is_empty() {
        process::capture("remove a replaced image", &mut docker(["image", "rm", id]))?;
    }
    Ok(())
}

/// The names of the containers that this filter selects, running or not.
fn containers(filter: &str) -> anyhow::Result<Vec<String>> {
    let mut list = docker(["ps", "--all", "--filter", filter, "--format", "{{.Names}}"]);
    Ok(finish("list the containers", &mut list)?.lines().map(str::to_owned).collect())
}

fn remove_containers() -> anyhow::Result<()> {
    for name in containers(&format!("name=^{PREFIX}-"))? {
        let mut ask = docker(["container", "inspect", "--format", "{{.Image}}", &name]);
        let image = finish(&format!("ask what {name} was made of"), &mut ask)?;
        finish(&format!("remove {name}"), &mut docker(["rm", "--force", "--volumes", &name]))?;
        remove_nameless_image(image.trim())?;
    }
    Ok(())
}

fn remove_images() -> anyhow::Result<()> {
    let filter = format!("reference={PREFIX}-*");
    let mut list = docker(["image", "ls", "--filter", &filter, "--format", "{{.Repository}}:{{.Tag}}"]);
    for name in finish("list the images", &mut list)?.lines() {
        // By name, so that an image that has another name too keeps that one.
        finish(&format!("remove {name}"), &mut docker(["image", "rm", name]))?;
    }
    Ok(())
}

fn remove_mounts(builder: &str) -> anyhow::Result<()> {
    let mut list = docker(["buildx", "du", "--builder", builder, "--verbose"]);
    for id in mounts(&finish("list the cache mounts", &mut list)?) {
        let filter = format!("id={id}");
        let mut prune = docker(["buildx", "prune", "--builder", builder, "--force", "--filter", &filter]);
        finish("remove a cache mount", &mut prune)?;
    }
    Ok(())
}

/// The records of `docker buildx du --verbose` that are cache mounts of ours.
fn mounts(du: &str) -> Vec<String> {
    let ours = |block: &&str| block.contains(&format!("with id \"/{PREFIX}-"));
    let id = |block: &str| block.lines().find_map(|line| line.strip_prefix("ID:")).map(|id| id.trim().to_owned());
    du.split("\n\n").filter(ours).filter_map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_cache_mounts_are_found() {
        let du = "ID:\t\tuser1\nDescription:\tcached mount /app/target from exec sh with id \"/distributed-colony-app\"\nType:\t\texec.cachemount\n\nID:\t\tlayer\nDescription:\t[builder 2/3] RUN echo distributed-colony-bench-target\n\nID:\t\tours1\nDescription:\tcached mount /app/target from exec sh with id \"/distributed-colony-bench-target\"\nType:\t\texec.cachemount\n";
        assert_eq!(mounts(du), ["ours1"]);
    }
}
