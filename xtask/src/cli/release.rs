//! What an image is called in the repository: the flags of a release, and the commands that look at tags and move them.

use clap::Args;

use crate::cli::options::Access;
use crate::colony;
use crate::docker::name::{Repository, Tag};
use crate::publish::wanted::Wanted;
use crate::release::choice::Choice;

/// How a colony image is released.
#[derive(Clone, Debug, Args)]
pub(crate) struct Release {
    /// Push it as a version too: MAJOR.MINOR.PATCH[-PRE], `git` (the annotated tag of the commit) or `package` (that of the
    /// default binary). 1.4.2 never moves; 1.4, 1 and --tag move along, forward only; a pre-release moves nothing.
    #[arg(long, value_name = "VERSION")]
    pub(crate) version_tag: Option<Choice>,
    /// Move them where a higher version is there, too.
    #[arg(long, requires = "version_tag")]
    pub(crate) move_back: bool,
}

/// Lists what the repository holds, newest first: tags, version, commit, size, and what is signed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask images\n  \
    cargo xtask images --base\n  \
    cargo xtask images --json | jq --raw-output '.images[] | select(.latest).digest'")]
pub(crate) struct Images {
    /// Those of the base image.
    #[arg(long)]
    pub(crate) base: bool,
    /// Repository of the colony image.
    #[arg(long, env = "ECR_REPOSITORY")]
    pub(crate) repository: Repository,
    /// Repository of the base image.
    #[arg(long, env = "ECR_BASE_REPOSITORY")]
    pub(crate) base_repository: Repository,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// Lets a tag mean an image that is in the repository: same digest, nothing is uploaded. What it meant before is recorded.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask promote 1.4.2 --to production\n  \
    cargo xtask promote sha256:0123… --to latest --dry-run")]
pub(crate) struct Promote {
    /// The image: a tag or a digest, alone or behind its repository.
    #[arg(value_name = "REF")]
    pub(crate) reference: Wanted,
    /// The tag that moves to it.
    #[arg(long, value_name = "TAG")]
    pub(crate) to: Tag,
    #[command(flatten)]
    pub(crate) way: Retagging,
}

/// Lets a tag mean again what it meant before the last push, promote or rollback: two rollbacks return.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask rollback\n  \
    cargo xtask rollback production --dry-run")]
pub(crate) struct Rollback {
    /// The tag that moves back.
    #[arg(value_name = "TAG", default_value = colony::TAG)]
    pub(crate) tag: Tag,
    #[command(flatten)]
    pub(crate) way: Retagging,
}

/// What promote and rollback share.
#[derive(Clone, Debug, Args)]
pub(crate) struct Retagging {
    /// Repository of the colony image.
    #[arg(long, env = "ECR_REPOSITORY")]
    pub(crate) repository: Repository,
    /// Print every command that would change something, ready to paste, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) access: Access,
}
