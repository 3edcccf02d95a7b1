//! `cargo xtask completions`: the script, and nothing else. It is the user who puts it somewhere.

use crate::cli::{self, Cli};
use crate::compose;
use crate::context::Ctx;
use crate::terminal::stdout;

impl cli::Completions {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { shell } = self;
        stdout::line(Cli::completions(shell, &compose::file::services_at(&ctx.root)).trim_end())
    }
}
