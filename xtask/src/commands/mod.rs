//! One file for each subcommand.

#[cfg(feature = "home")]
mod adopt;
mod base_first;
#[cfg(feature = "home")]
mod bench;
mod build_base;
mod build_colony;
mod check_base;
#[cfg(feature = "home")]
mod ci;
mod ci_setup;
mod clean;
mod codegen;
mod completions;
mod doctor;
mod down;
mod far_rules;
mod generated;
mod images;
mod logs;
mod options;
mod plan;
mod preview_ecr;
mod project;
mod promote;
mod pull_base;
mod rollback;
mod setup_ecr;
mod status;
mod up;
mod verify;
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
        Command::PullBase(args) => args.run(ctx),
        Command::SetupEcr(args) => args.run(ctx),
        Command::Images(args) => args.run(ctx),
        Command::Promote(args) => args.run(ctx),
        Command::Rollback(args) => args.run(ctx),
        Command::Verify(args) => args.run(ctx),
        Command::Plan(args) => args.run(ctx),
        Command::Codegen(args) => args.run(ctx),
        Command::CiSetup(args) => args.run(ctx),
        Command::Doctor(args) => args.run(ctx),
        Command::Up(args) => args.run(ctx),
        Command::Status(args) => args.run(ctx),
        Command::Logs(args) => args.run(ctx),
        Command::Down(args) => args.run(ctx),
        Command::Clean(args) => args.run(ctx),
        #[cfg(feature = "home")]
        Command::Adopt(args) => args.run(ctx),
        #[cfg(feature = "home")]
        Command::Ci(args) => args.run(ctx),
        #[cfg(feature = "home")]
        Command::Bench(args) => args.run(ctx),
        Command::Completions(args) => args.run(ctx),
        Command::Version(args) => args.run(ctx),
    }
}
