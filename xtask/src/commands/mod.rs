//! One file for each subcommand.

mod base_first;
mod bench;
mod build_base;
mod build_colony;
mod check_base;
mod ci;
mod clean;
mod codegen;
mod completions;
mod doctor;
mod down;
mod logs;
mod options;
mod plan;
mod project;
mod setup_ecr;
mod status;
mod up;
mod version;
mod well;

use crate::cli::{Cli, Command};
use crate::context::Ctx;

/// Runs the chosen command.
pub(crate) fn run(cli: Cli, ctx: &Ctx) -> anyhow::Result<()> {
    match cli.command {
        Command::BuildBase(args) => args.run(ctx),
        Command::BuildColony(args) => args.run(ctx),
        Command::CheckBase(args) => args.run(ctx),
        Command::SetupEcr(args) => args.run(ctx),
        Command::Plan(args) => args.run(ctx),
        Command::Codegen(args) => args.run(ctx),
        Command::Doctor(args) => args.run(ctx),
        Command::Up(args) => args.run(ctx),
        Command::Status(args) => args.run(ctx),
        Command::Logs(args) => args.run(ctx),
        Command::Down(args) => args.run(ctx),
        Command::Clean(args) => args.run(ctx),
        Command::Ci(args) => args.run(ctx),
        Command::Bench(args) => args.run(ctx),
        Command::Completions(args) => args.run(ctx),
        Command::Version(args) => args.run(ctx),
    }
}
