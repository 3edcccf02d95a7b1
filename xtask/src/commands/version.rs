//! `cargo xtask --version`: of the package, and the commit that this checkout, and so this program, is of.

use crate::cli;
use crate::context::Ctx;
use crate::terminal::stdout;
use crate::workspace::commit;

impl cli::Version {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self {} = self;
        let version = format!("cargo xtask {}", env!("CARGO_PKG_VERSION"));
        match commit::ask(ctx)? {
            Some(commit) => {
                let short: String = commit.hash.chars().take(12).collect();
                let dirty = if commit.dirty { ", with changes" } else { "" };
                stdout::line(format_args!("{version} ({short}{dirty})"))
            }
            None => stdout::line(version),
        }
    }
}
