//! `cargo xtask completions`: the script, and nothing else. It is the user who puts it somewhere.

use crate::cli::{self, Cli};
use crate::terminal::stdout;

impl cli::Completions {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Self { shell } = self;
        stdout::line(Cli::completions(shell).trim_end())
    }
}
