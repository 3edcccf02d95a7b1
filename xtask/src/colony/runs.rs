//! Which runs of the compiling step were seen before: BuildKit hands out the report of an old run where it takes the
//! step from its cache, as it does when an edit is undone.

use std::fs;

use anyhow::Context;

use crate::context::Ctx;
use crate::tree;

/// How many runs are remembered. BuildKit's cache forgets sooner.
const REMEMBERED: usize = 1000;

/// Whether that run was never reported before; remembers it. A lost memory reports an old run once more.
pub(crate) fn is_new(ctx: &Ctx, run: &str) -> anyhow::Result<bool> {
    let path = ctx.state_dir().join("runs");
    let known = fs::read_to_string(&path).unwrap_or_default();
    if known.lines().any(|line| line == run) {
        return Ok(false);
    }
    let newest: String =
        [run].into_iter().chain(known.lines()).take(REMEMBERED).map(|line| format!("{line}\n")).collect();
    tree::replace(&path, newest.as_bytes()).context("remember the run")?;
    Ok(true)
}
