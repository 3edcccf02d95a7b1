//! Which images have answered to every verification, so that an unchanged one is not asked again.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, ensure};

use crate::context::Ctx;
use crate::docker::Docker;
use crate::tree;
use crate::workspace::Workspace;

/// Whether this very image has passed before. A lost record costs one more verification and nothing else.
pub(crate) fn is_known(ctx: &Ctx, image_id: &str) -> bool {
    fs::read_to_string(record(ctx)).is_ok_and(|known| known.trim() == image_id)
}

/// Each binary must answer inside the finished image: that catches a stub, a missing library and a C library of
/// another version. They run at the same time.
pub(crate) fn verify(ctx: &Ctx, docker: &Docker<'_>, image: &str, workspace: &Workspace) -> anyhow::Result<()> {
    thread::scope(|scope| {
        let runs: Vec<_> = workspace
            .binaries
            .iter()
            .map(|binary| scope.spawn(move || answers(docker, image, binary, &workspace.verify)))
            .collect();
        runs.into_iter().try_for_each(|run| run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    if ctx.runner.is_dry() {
        return Ok(());
    }
    let record = record(ctx);
    fs::create_dir_all(ctx.state_dir()).with_context(|| format!("make {}", ctx.state_dir().display()))?;
    tree::replace(Path::new(&record), format!("{image}\n").as_bytes())
}

fn answers(docker: &Docker<'_>, image: &str, binary: &str, args: &[String]) -> anyhow::Result<()> {
    if let Some(output) = docker.run_once(image, &format!("/usr/local/bin/{binary}"), args)? {
        ensure!(!output.is_empty(), "`{binary} {}` prints nothing inside {image}: it may be a stub", args.join(" "));
    }
    Ok(())
}

fn record(ctx: &Ctx) -> PathBuf {
    ctx.state_dir().join("verified-image")
}
