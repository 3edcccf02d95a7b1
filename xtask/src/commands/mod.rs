//! One file for each subcommand.

mod build_base;
mod build_colony;
mod check_base;
mod plan;

use crate::cli::{Cli, Command};
use crate::context::Ctx;

/// Runs the chosen command.
pub(crate) fn run(cli: Cli, ctx: &Ctx) -> anyhow::Result<()> {
    match cli.command {
        Command::BuildBase(args) => args.run(ctx),
        Command::BuildColony(args) => args.run(ctx),
        Command::CheckBase(args) => args.run(ctx),
        Command::Plan(args) => args.run(ctx),
    }
}
