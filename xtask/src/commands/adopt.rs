//! `cargo xtask adopt`: another workspace gets this program.

use crate::adopt::{self, Adopted, Order};
use crate::cli;
use crate::context::Ctx;
use crate::process::invocation::Invocation;
use crate::terminal::stdout;

impl cli::Adopt {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { path, name, allow_dirty, force, dry_run } = self;
        let adopted = adopt::run(ctx, Order { path, name, allow_dirty, force })?;
        tell(ctx, &adopted);
        if dry_run {
            return if adopted.diff.is_empty() { Ok(()) } else { stdout::line(adopted.diff) };
        }
        if ctx.manner.is_json {
            ctx.report.result(serde_json::to_string(&adopted)?);
            return Ok(());
        }
        ctx.report.result(Invocation::new("cd").arg(&adopted.root));
        adopted.next.iter().for_each(|line| ctx.report.result(line));
        Ok(())
    }
}

fn tell(ctx: &Ctx, adopted: &Adopted) {
    let Adopted { root, name, written, removed, kept, binaries, .. } = adopted;
    let (root, would) = (root.display(), if ctx.manner.is_dry { "would be " } else { "" });
    if written.is_empty() && removed.is_empty() {
        ctx.report.info(format!("{root} is up to date"));
    } else {
        let (owners, ours): (Vec<&String>, Vec<&String>) = written.iter().partition(|path| !is_in(path, name));
        ctx.report.info(format!(
            "{root}: {} files below {name}/ {would}written, {} removed",
            ours.len(),
            removed.len()
        ));
        owners.iter().for_each(|path| ctx.report.info(format!("{would}written: {path}")));
    }
    if !binaries.is_empty() {
        ctx.report.info(format!("shipped, by [workspace.metadata.images] in Cargo.toml: {}", binaries.join(", ")));
    }
    if !kept.is_empty() {
        ctx.report.warning(format!("kept as they were changed there: {}", kept.join(", ")));
    }
}

/// Whether a file lies in the folder of that name.
fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
