//! The command line: types and help texts, no behaviour. `commands.rs`, `hosted.rs`, `registry.rs`, `release.rs`, `signing.rs`
//! and `home.rs` have one type for each command, `options.rs` what several of them share, `door.rs` what clap itself does not
//! check, `completions/` what a shell can know of all this.

mod commands;
mod completions;
mod door;
#[cfg(feature = "home")]
mod home;
mod hosted;
mod options;
mod registry;
mod release;
mod signing;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

pub(crate) use crate::cli::commands::{
    BuildBase, BuildColony, CheckBase, Clean, Codegen, Completions, Doctor, Down, Logs, Plan, SetupEcr, Status, Up,
    Version,
};
#[cfg(feature = "home")]
pub(crate) use crate::cli::home::{Adopt, Bench, Ci};
pub(crate) use crate::cli::hosted::CiSetup;
pub(crate) use crate::cli::options::{Access, Build, Colony, ColonyImages, Ecr};
pub(crate) use crate::cli::registry::PullBase;
pub(crate) use crate::cli::release::{Images, Promote, Release, Rollback};
pub(crate) use crate::cli::signing::{Sign, Verify};

use crate::cli::completions::Shell;
use crate::cli::options::Progress;
use crate::terminal::manner::{Colour, Manner, Verbosity};
use crate::workspace::names::Names;

/// Builds the base and colony images of this workspace for linux/amd64.
///
/// The base image holds the toolchain and every compiled dependency; it is built rarely. The colony image holds only
/// the shipped binaries; it is built after every edit.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, arg_required_else_help = true)]
#[command(after_help = concat!(
    "Exit codes: 0 done, 1 a step failed, 2 usage, 3 a precondition is not met and nothing was changed, 4 the base, or \
     what runs, is stale, 5 the base is missing, 101 cargo could not compile or start this program, 130 interrupted.\n\n",
    "Examples:\n",
    "  cargo xtask up --install             from nothing to a running colony\n",
    "  cargo xtask build-colony --no-push   the image of the sources in front of you\n",
    "  cargo xtask check-base               whether the base has to be built again, and why",
))]
pub(crate) struct Cli {
    #[command(flatten)]
    output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How the program talks. These stand before the command or behind it.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Output")]
struct Output {
    /// Also print each program that is started, as a line for a shell.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Print nothing but results and errors.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// When to colour [default: auto, that is on a terminal].
    #[arg(long, global = true, value_name = "WHEN")]
    color: Option<Color>,
    /// Print the result as one line of JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    BuildBase(BuildBase),
    BuildColony(BuildColony),
    CheckBase(CheckBase),
    PullBase(PullBase),
    SetupEcr(SetupEcr),
    Images(Images),
    Promote(Promote),
    Rollback(Rollback),
    Verify(Verify),
    Plan(Plan),
    Codegen(Codegen),
    CiSetup(CiSetup),
    Doctor(Doctor),
    Up(Up),
    Status(Status),
    Logs(Logs),
    Down(Down),
    Clean(Clean),
    #[cfg(feature = "home")]
    Adopt(Adopt),
    #[cfg(feature = "home")]
    Ci(Ci),
    #[cfg(feature = "home")]
    Bench(Bench),
    Completions(Completions),
    #[command(hide = true)]
    Version(Version),
}

impl Cli {
    /// The command line of this process, with the names in the workspace's table as defaults and the services of its
    /// compose file, as far as they are known, as values. Ends the process where it makes no sense.
    pub(crate) fn read(names: &Names, services: &[String]) -> Self {
        door::read(std::env::args_os(), names, services).unwrap_or_else(|error| error.exit())
    }

    /// What makes a shell complete this command line.
    pub(crate) fn completions(shell: Shell, services: &[String]) -> String {
        completions::script(shell, door::with_services(Self::command(), services))
    }

    /// The table's region counts after the variables, of which clap knows only one.
    fn with_table_region(mut self, region: Option<&String>) -> Self {
        let place = match &mut self.command {
            Command::BuildBase(args) => &mut args.ecr.access.table_region,
            Command::BuildColony(args) => &mut args.ecr.access.table_region,
            Command::CheckBase(args) => &mut args.access.table_region,
            Command::PullBase(args) => &mut args.access.table_region,
            Command::SetupEcr(args) => &mut args.ecr.access.table_region,
            Command::Images(args) => &mut args.access.table_region,
            Command::Promote(args) => &mut args.way.access.table_region,
            Command::Rollback(args) => &mut args.way.access.table_region,
            Command::Verify(args) => &mut args.access.table_region,
            Command::Doctor(args) => &mut args.table_region,
            _ => return self,
        };
        *place = region.cloned();
        self
    }

    /// How the program is to talk.
    pub(crate) fn manner(&self) -> Manner {
        let Output { verbose, quiet, color, json } = self.output;
        Manner {
            verbosity: match (quiet, verbose) {
                (true, _) => Verbosity::Quiet,
                (false, true) => Verbosity::Verbose,
                (false, false) => Verbosity::Normal,
            },
            colour: match color {
                None | Some(Color::Auto) => Colour::Auto,
                Some(Color::Always) => Colour::Always,
                Some(Color::Never) => Colour::Never,
            },
            is_dry: self.command.is_dry(),
            is_plain: self.command.progress() == Some(Progress::Plain),
            is_json: json,
        }
    }
}

impl Command {
    /// Whether effects are printed in place of being run. A mere question is asked in the same way, so that it leaves
    /// nothing behind.
    fn is_dry(&self) -> bool {
        match self {
            Self::BuildBase(args) => args.build.dry_run,
            Self::BuildColony(args) => args.build.dry_run,
            Self::PullBase(args) => args.dry_run,
            Self::SetupEcr(args) => args.dry_run,
            Self::Promote(args) => args.way.dry_run,
            Self::Rollback(args) => args.way.dry_run,
            Self::Up(args) => args.dry_run,
            Self::Clean(args) => args.dry_run,
            Self::Codegen(args) => args.dry_run,
            Self::CiSetup(args) => args.dry_run,
            Self::Status(_) => true,
            #[cfg(feature = "home")]
            Self::Adopt(args) => args.dry_run,
            _ => false,
        }
    }

    fn progress(&self) -> Option<Progress> {
        match self {
            Self::BuildBase(args) => args.build.display.progress,
            Self::BuildColony(args) => args.build.display.progress,
            Self::Up(args) => args.display.progress,
            _ => None,
        }
    }

    /// Whether the result can be JSON.
    fn has_json(&self) -> bool {
        match self {
            Self::Logs(_) | Self::Down(_) | Self::Completions(_) => false,
            #[cfg(feature = "home")]
            Self::Ci(_) | Self::Bench(_) => false,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_free_of_contradictions() {
        super::Cli::command().debug_assert();
    }
}
