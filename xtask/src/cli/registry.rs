//! Commands that read the registry and push nothing.

use clap::Args;

use crate::cli::options::{Access, BaseReference, ChefImage};

/// Pulls the base image of exactly this workspace, found in ECR by its identity, and makes it the local base. In place of a
/// build, where another machine pushed one; no other command ever pulls a base.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask pull-base || cargo xtask build-base   the quickest way to a base\n  \
    cargo xtask pull-base --dry-run                   every command, ready to paste")]
pub(crate) struct PullBase {
    #[command(flatten)]
    pub(crate) base: BaseReference,
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    /// Print every command, ready to paste, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) access: Access,
}
