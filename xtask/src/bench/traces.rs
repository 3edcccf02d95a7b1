//! What a benchmark leaves in the engine, and its removal: also after a failure, and of an earlier run that was killed.

use crate::context::Ctx;
use crate::interrupt::Interrupt;
use crate::invocation::Invocation;
use crate::report::Report;
use crate::runner::Runner;

use super::PREFIX;

/// Removes everything that bears our prefix when it goes.
pub(crate) struct Traces {
    ctx: Ctx,
    builder: String,
    keep: bool,
}

impl Traces {
    /// With `keep` everything stays.
    pub(crate) fn new(ctx: &Ctx, builder: &str, keep: bool) -> Self {
        // An interruption ends the measurements and must not end the tidying.
        let runner = Runner::new(&ctx.root, false, Interrupt::default());
        let ctx = Ctx { root: ctx.root.clone(), runner, report: Report::new() };
        Self { ctx, builder: builder.to_owned(), keep }
    }

    /// Removes container, images and cache mounts. Everything is tried; what fails is said.
    pub(crate) fn remove(&self) {
        let Self { ctx, builder, .. } = self;
        let tries = [
            ("the container", remove_containers(ctx)),
            ("the images", remove_images(ctx)),
            ("the cache mounts", remove_mounts(ctx, builder)),
        ];
        for (what, outcome) in tries {
            if let Err(error) = outcome {
                ctx.report.warning(format!("{what} of the benchmark could not be removed: {error:#}"));
            }
        }
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if self.keep {
            let text =
                format!("images, container and cache mounts of the benchmark stay; their names begin with {PREFIX}");
            self.ctx.report.info(text);
            return;
        }
        self.remove();
        self.ctx.report.info(
            "container, images and cache mounts of the benchmark are removed; its layers stay in the build cache of \
             the engine until that is full (at once: docker builder prune, which drops yours too)",
        );
    }
}

/// Removes an image that has no name any more. One that has is somebody else's too.
pub(crate) fn remove_nameless_image(ctx: &Ctx, id: &str) -> anyhow::Result<()> {
    let call = docker(&["image", "inspect", "--format", "{{len .RepoTags}}", id]);
    let answer = ctx.runner.probe(&call)?;
    if answer.success && answer.stdout == "0" {
        ctx.runner.capture("remove a replaced image", &docker(&["image", "rm", id]))?;
    }
    Ok(())
}

fn remove_containers(ctx: &Ctx) -> anyhow::Result<()> {
    let filter = format!("name=^{PREFIX}-");
    let list = docker(&["ps", "--all", "--filter", &filter, "--format", "{{.Names}}"]);
    for name in ctx.runner.capture("list the containers", &list)?.lines() {
        ctx.runner.capture(&format!("remove {name}"), &docker(&["rm", "--force", "--volumes", name]))?;
    }
    Ok(())
}

fn remove_images(ctx: &Ctx) -> anyhow::Result<()> {
    let filter = format!("reference={PREFIX}-*");
    let list = docker(&["image", "ls", "--filter", &filter, "--format", "{{.Repository}}:{{.Tag}}"]);
    for name in ctx.runner.capture("list the images", &list)?.lines() {
        // By name, so that an image that has another name too keeps that one.
        ctx.runner.capture(&format!("remove {name}"), &docker(&["image", "rm", name]))?;
    }
    Ok(())
}

fn remove_mounts(ctx: &Ctx, builder: &str) -> anyhow::Result<()> {
    let list = docker(&["buildx", "du", "--builder", builder, "--verbose"]);
    for id in mounts(&ctx.runner.capture("list the cache mounts", &list)?) {
        let filter = format!("id={id}");
        let prune = docker(&["buildx", "prune", "--builder", builder, "--force", "--filter", &filter]);
        ctx.runner.capture("remove a cache mount", &prune)?;
    }
    Ok(())
}

/// The records of `docker buildx du --verbose` that are cache mounts of ours.
fn mounts(du: &str) -> Vec<String> {
    let ours = |block: &&str| block.contains(&format!("with id \"/{PREFIX}-"));
    let id = |block: &str| block.lines().find_map(|line| line.strip_prefix("ID:")).map(|id| id.trim().to_owned());
    du.split("\n\n").filter(ours).filter_map(id).collect()
}

fn docker(args: &[&str]) -> Invocation {
    Invocation::new("docker").args(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_cache_mounts_are_found() {
        let du = "ID:\t\tuser1\nDescription:\tcached mount /app/target from exec sh with id \"/distributed-colony-target\"\nType:\t\texec.cachemount\n\nID:\t\tlayer\nDescription:\t[builder 2/3] RUN echo distributed-colony-bench-target\n\nID:\t\tours1\nDescription:\tcached mount /app/target from exec sh with id \"/distributed-colony-bench-target\"\nType:\t\texec.cachemount\n";
        assert_eq!(mounts(du), ["ours1"]);
    }
}
