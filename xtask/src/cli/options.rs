//! What several commands share.

use clap::{Args, ValueEnum};

use crate::base;
use crate::colony;
use crate::docker::name::{self, ImageReference, Repository, Tag};
use crate::workspace::settings;

/// The images that a colony has to do with.
#[derive(Clone, Debug, Args)]
pub(crate) struct ColonyImages {
    #[command(flatten)]
    pub(crate) name: ColonyReference,
    #[command(flatten)]
    pub(crate) base: BaseReference,
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    #[command(flatten)]
    pub(crate) runtime: RuntimeImage,
}

/// The name of the colony image.
#[derive(Clone, Debug, Args)]
pub(crate) struct ColonyReference {
    /// Repository of the colony image.
    #[arg(long, env = "ECR_REPOSITORY")]
    repository: Repository,
    /// Tag of the colony image.
    #[arg(long, env = "IMAGE_TAG", default_value = colony::TAG)]
    tag: Tag,
}

impl ColonyReference {
    pub(crate) fn image(&self) -> ImageReference {
        ImageReference { repository: self.repository.clone(), tag: self.tag.clone() }
    }
}

/// What goes into the colony image.
#[derive(Clone, Debug, Args)]
pub(crate) struct Colony {
    #[command(flatten)]
    pub(crate) images: ColonyImages,
    /// Build version, an environment variable of the image [default: the time of the build in UTC; kept while nothing
    /// else changes].
    #[arg(long, env = "BUILD_VERSION", value_name = "TEXT")]
    pub(crate) build_version: Option<String>,
    /// Build on a stale base all the same, with a warning.
    #[arg(long)]
    pub(crate) allow_stale_base: bool,
}

/// The name of the base image.
#[derive(Clone, Debug, Args)]
pub(crate) struct BaseReference {
    /// Repository of the base image.
    #[arg(long, env = "ECR_BASE_REPOSITORY")]
    base_repository: Repository,
    /// Tag of the base image.
    #[arg(long, env = "BASE_IMAGE_TAG", default_value = base::TAG)]
    base_tag: Tag,
}

impl BaseReference {
    pub(crate) fn image(&self) -> ImageReference {
        ImageReference { repository: self.base_repository.clone(), tag: self.base_tag.clone() }
    }
}

/// The image that the base is built from.
#[derive(Clone, Debug, Args)]
pub(crate) struct ChefImage {
    /// Image with the toolchain and cargo-chef [default: lukemathwalker/cargo-chef:latest-rust-1.87-alpine, or its
    /// local stand-in].
    #[arg(long, env = "CHEF_IMAGE", value_name = "IMAGE", value_parser = name::reference)]
    pub(crate) chef_image: Option<String>,
}

/// The image that the colony is built on.
#[derive(Clone, Debug, Args)]
pub(crate) struct RuntimeImage {
    /// Image that the binaries run in [default: gcr.io/distroless/cc, or its local stand-in].
    #[arg(long, env = "RUNTIME_IMAGE", value_name = "IMAGE", value_parser = name::reference)]
    pub(crate) runtime_image: Option<String>,
}

/// How the registry in AWS is reached.
#[derive(Clone, Debug, Args)]
pub(crate) struct Access {
    /// AWS region of the registry [default: AWS_DEFAULT_REGION, the table's, the profile's, or eu-west-1] [env:
    /// AWS_REGION].
    #[arg(long, value_parser = settings::region)]
    pub(crate) region: Option<String>,
    /// Of the workspace's table.
    #[arg(skip)]
    pub(crate) table_region: Option<String>,
    /// Refuse credentials of any other AWS account.
    #[arg(long, env = "AWS_ACCOUNT_ID", value_name = "DIGITS", value_parser = settings::account)]
    pub(crate) account: Option<String>,
    /// Registry host, such as a dual-stack or FIPS endpoint [default: what ECR answers].
    #[arg(long, env = "ECR_REGISTRY", value_name = "HOST", value_parser = settings::registry)]
    pub(crate) registry: Option<String>,
}

/// Where an image goes in AWS.
#[derive(Clone, Debug, Args)]
pub(crate) struct Ecr {
    #[command(flatten)]
    pub(crate) access: Access,
    /// Overwrite a lifecycle policy that is not ours.
    #[arg(long)]
    pub(crate) force_policy: bool,
}

/// How an image is built.
#[derive(Clone, Debug, Args)]
pub(crate) struct Build {
    /// Leave the image in the local engine; AWS is not asked for anything.
    #[arg(long)]
    pub(crate) no_push: bool,
    /// Print every command, ready to paste, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Builder of buildx; one that sees no local images pushes what it builds [default: the docker driver's own].
    #[arg(long, value_name = "NAME")]
    pub(crate) builder: Option<String>,
    /// Draw where the time went: our steps, BuildKit's and cargo's, in target/xtask/timings.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) timings: bool,
    #[command(flatten)]
    pub(crate) display: Shown,
}

/// How a build is shown.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Shown {
    /// How a build is shown: a few lines that move where there is a terminal, or every line [default: auto].
    #[arg(long, value_name = "HOW")]
    pub(crate) progress: Option<Progress>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    Auto,
    Plain,
}

impl Build {
    /// A build for the local engine, by a command that has no flags of its own for it.
    pub(crate) fn local(builder: Option<String>) -> Self {
        Self { no_push: true, dry_run: false, builder, timings: false, display: Shown { progress: None } }
    }
}
