//! `cargo xtask bench`: starts the benchmark, a package of its own, since nobody else should wait for its compilation.

use std::env;

use anyhow::Context;

use crate::cli;
use crate::context::Ctx;
use crate::process::invocation::Invocation;

impl cli::Bench {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { args } = self;
        let program = env::current_exe().context("find the program that runs")?;
        // Not quiet: the first compilation takes a while.
        let call =
            Invocation::cargo().args(["run", "--package", "xtask-bench", "--", "--xtask"]).arg(program).args(args);
        match ctx.runner.replace(&call)? {}
    }
}
