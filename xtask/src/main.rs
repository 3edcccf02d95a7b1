//! `cargo xtask`, reached through the alias in `.cargo/config.toml`: turns this workspace into two container images.

mod aws;
mod base;
mod base_build;
mod base_images;
mod build_options;
mod build_spec;
mod cli;
mod clock;
mod colony;
mod commands;
mod compiled;
mod context;
mod docker;
mod docker_build;
mod docker_config;
mod docker_error;
mod doctor;
mod ecr;
mod failure;
mod git;
mod http;
mod identity;
mod image;
mod image_contents;
mod interrupt;
mod invocation;
mod local_colony;
mod lock;
mod manifest;
mod plan;
mod planner;
mod progress;
mod publish;
mod record;
mod report;
mod runner;
mod secret;
mod sources;
mod states;
mod threads;
mod toml_tree;
mod tree;
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
