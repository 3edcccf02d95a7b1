//! The commands that make sense in the repository of this program alone. A copy of it in another workspace has none of them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::adopt::name::Name;
use crate::cli::options::{ChefImage, RuntimeImage};

/// Makes another workspace, or a lone package, use this program: gives it a copy, the alias, the Docker folder and a table
/// of what it ships. Run again it brings all that up to date.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask adopt ../app --dry-run      the changes as a diff\n  \
    cargo xtask adopt ../app\n  \
    cargo xtask adopt ../app --name images  where an xtask is there already")]
pub(crate) struct Adopt {
    /// The workspace: its folder, or one in it.
    pub(crate) path: PathBuf,
    /// What package, folder and alias are called there [default: xtask, or what they were called the last time].
    #[arg(long)]
    pub(crate) name: Option<Name>,
    /// Also where changes are not committed, which those made here would mingle with.
    #[arg(long)]
    pub(crate) allow_dirty: bool,
    /// Overwrite what was changed there in files that come from here.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the changes as a diff, and make none.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Runs everything that CI checks: format, lints, tests, scripts, and the end-to-end tests on a real engine.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo xtask ci --install   as root on Debian or Ubuntu")]
pub(crate) struct Ci {
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    #[command(flatten)]
    pub(crate) runtime: RuntimeImage,
    /// First install what is missing, as `doctor --install` does.
    #[arg(long)]
    pub(crate) install: bool,
}

/// Measures our rebuild beside the usual ways; `bench --help` says how.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Bench {
    /// For the benchmark, a program of its own that cargo compiles first.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    pub(crate) args: Vec<OsString>,
}
