//! `cargo xtask`, reached through the alias in `.cargo/config.toml`: turns this workspace into two container images.

mod base;
mod clean;
mod cli;
mod colony;
mod commands;
mod compose;
mod context;
mod docker;
mod doctor;
mod failure;
mod process;
mod publish;
mod report;
mod sources;
mod staging;
mod start_images;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use crate::context::Ctx;
use crate::report::Report;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let ctx = match Ctx::new(cli.dry_run()) {
        Ok(ctx) => ctx,
        Err(error) => return explain(&error, false),
    };
    match commands::run(cli, &ctx) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => explain(&error, ctx.runner.has_acted()),
    }
}

/// Prints what went wrong and the cure, where one is known, and gives the exit code. Once we have acted, an unmet
/// precondition is a failed step like any other: its own code says that nothing was changed.
fn explain(error: &anyhow::Error, has_acted: bool) -> ExitCode {
    let report = Report::new();
    report.error(format!("{error:#}"));
    failure::hints(error).iter().for_each(|hint| report.info(hint));
    let code = match failure::code(error) {
        failure::ExitCode::Precondition if has_acted => failure::ExitCode::Failed,
        code => code,
    };
    ExitCode::from(code as u8)
}
