//! `cargo xtask codegen`: the files that follow from the table, written or compared.

use serde_json::json;

use crate::cli;
use crate::codegen;
use crate::codegen::written::{self, State};
use crate::context::Ctx;
use crate::terminal::stdout;
use crate::workspace::read;

impl cli::Codegen {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let files = codegen::files(&read::workspace(ctx)?.images, &ctx.names);
        let mut states = written::states(&ctx.root, &files)?;
        states.retain(|_, state| *state != State::Current);
        if self.check {
            let mut told: Vec<String> =
                states.iter().map(|(path, state)| format!("{path} {}", state.words())).collect();
            let Some(first) = told.first_mut() else { return Ok(()) };
            *first = format!("generated files differ from what the table gives: {first}");
            return Err(written::stale(told.join(", ")).into());
        }
        for (path, state) in &states {
            let what = if self.dry_run { "would be written" } else { "written" };
            if !self.dry_run {
                written::write(&ctx.root, path, &files[*path])?;
            }
            ctx.report.info(format!("{path} {}; {what}", state.words()));
        }
        if ctx.manner.is_json {
            return stdout::line(json!({ "written": states.keys().collect::<Vec<_>>() }));
        }
        states.keys().try_for_each(stdout::line)
    }
}
