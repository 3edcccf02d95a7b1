//! What is done with generated files, path -> text: compared with those on disk, or written where they differ.

use std::collections::BTreeMap;

use serde_json::json;

use crate::codegen::written::{self, State};
use crate::context::Ctx;
use crate::terminal::stdout;

/// Fails where a file is not what the table gives, and names each with the command that mends it.
pub(super) fn compare(ctx: &Ctx, files: &BTreeMap<String, String>, command: &str) -> anyhow::Result<()> {
    let differing = differing(ctx, files)?;
    let mut told: Vec<String> = differing.iter().map(|(path, state)| format!("{path} {}", state.words())).collect();
    let Some(first) = told.first_mut() else { return Ok(()) };
    *first = format!("generated files differ from what the table gives: {first}");
    Err(written::stale(told.join(", "), command).into())
}

/// Writes the files that differ, in a dry run none, and names them on stdout.
pub(super) fn write(ctx: &Ctx, files: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let differing = differing(ctx, files)?;
    for (path, state) in &differing {
        let what = if ctx.manner.is_dry { "would be written" } else { "written" };
        if !ctx.manner.is_dry {
            written::write(&ctx.root, path, &files[*path])?;
        }
        ctx.report.info(format!("{path} {}; {what}", state.words()));
    }
    if ctx.manner.is_json {
        return stdout::line(json!({ "written": differing.keys().collect::<Vec<_>>() }));
    }
    differing.keys().try_for_each(stdout::line)
}

fn differing<'a>(ctx: &Ctx, files: &'a BTreeMap<String, String>) -> anyhow::Result<BTreeMap<&'a str, State>> {
    let mut states = written::states(&ctx.root, files)?;
    states.retain(|_, state| *state != State::Current);
    Ok(states)
}
