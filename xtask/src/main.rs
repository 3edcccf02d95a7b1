//! `cargo xtask`, reached through the alias in `.cargo/config.toml`: turns this workspace into two container images.

#[cfg(feature = "home")]
mod adopt;
mod base;
mod clean;
mod cli;
mod codegen;
mod colony;
mod commands;
mod compose;
mod context;
mod docker;
mod doctor;
mod failure;
mod hosted;
mod ownership;
mod process;
mod publish;
mod release;
mod report;
mod signing;
mod sources;
mod staging;
mod start_images;
mod system_root;
mod terminal;
mod watch;
mod workspace;

use std::process::ExitCode;

use crate::context::Ctx;
use crate::report::Report;
use crate::terminal::manner::Manner;
use crate::workspace::names::Names;

fn main() -> ExitCode {
    let root_and_names = context::root().and_then(|root| Ok((Names::read(&root)?, root)));
    let (names, root) = match root_and_names {
        Ok(found) => found,
        Err(error) => return explain(&Report::new(Manner::default()), &error, false),
    };
    let cli = cli::Cli::read(&names, &compose::file::services_at(&root));
    let report = Report::new(cli.manner());
    let ctx = match Ctx::new(root, names, cli.manner()) {
        Ok(ctx) => ctx,
        Err(error) => return explain(&report, &error, false),
    };
    match commands::run(cli, &ctx) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => explain(&report, &error, ctx.runner.has_acted()),
    }
}

/// Prints what went wrong and the cure, where one is known, and gives the exit code. Once we have acted, an unmet
/// precondition is a failed step like any other: its own code says that nothing was changed.
fn explain(report: &Report, error: &anyhow::Error, has_acted: bool) -> ExitCode {
    report.failure(error);
    let code = match failure::code(error) {
        failure::ExitCode::Precondition if has_acted => failure::ExitCode::Failed,
        code => code,
    };
    ExitCode::from(code as u8)
}
