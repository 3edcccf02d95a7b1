//! What sets up a hosted CI service.

use clap::{Args, ValueEnum};

use crate::hosted::branch::{self, Branch};
use crate::hosted::called::CalledWorkflow;
use crate::hosted::repository::GitHubRepository;

/// Writes the workflow that builds, verifies, pushes, signs and releases the images on GitHub Actions, or prints the IAM
/// roles that it takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask ci-setup github                      after an edit of the table\n  \
    cargo xtask ci-setup github --deploy deploy.yml  and call that workflow after a push\n  \
    cargo xtask ci-setup github --check              in CI: 0 where it is up to date, else 4\n  \
    cargo xtask ci-setup github --role octo/colony   who may push from there, and what")]
pub(crate) struct CiSetup {
    /// Which service.
    pub(crate) service: Service,
    /// The branch whose pushes are published.
    #[arg(long, value_name = "NAME", default_value = branch::DEFAULT)]
    pub(crate) branch: Branch,
    /// A workflow of yours beside it that deploys what was pushed: it is called with the inputs image, digest and pinned.
    #[arg(long, value_name = "FILE")]
    pub(crate) deploy: Option<CalledWorkflow>,
    /// Write nothing; fail where the workflow is not what the table gives.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) check: bool,
    /// Print what would be written, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write nothing; print as JSON the roles for the workflow of this repository, with trust policy and permissions:
    /// OWNER/NAME, or with the numbers that GitHub has for both OWNER@NUMBER/NAME@NUMBER.
    #[arg(long, value_name = "REPOSITORY", conflicts_with_all = ["check", "dry_run", "deploy"])]
    pub(crate) role: Option<GitHubRepository>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    Github,
}
