//! The command line: types and help texts, no behaviour.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::docker::name::{ImageReference, Repository, Tag};

/// Builds the base and colony images of this workspace for linux/amd64.
///
/// The base image holds the toolchain and every compiled dependency; it is built rarely. The colony image holds only
/// the shipped binaries; it is built after every edit. Exit codes: 0 done, 1 a step failed, 2 usage, 3 a precondition
/// is not met and nothing was changed, 4 the base is stale.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    BuildBase(BuildBase),
    BuildColony(BuildColony),
    CheckBase(CheckBase),
    SetupEcr(SetupEcr),
    Plan(Plan),
    Doctor(Doctor),
    Up(Up),
    Down(Down),
    Clean(Clean),
    Ci(Ci),
    Bench(Bench),
}

impl Cli {
    /// Whether effects are printed in place of being run.
    pub(crate) fn dry_run(&self) -> bool {
        match &self.command {
            Command::BuildBase(args) => args.build.dry_run,
            Command::BuildColony(args) => args.build.dry_run,
            Command::SetupEcr(args) => args.dry_run,
            Command::Clean(args) => args.dry_run,
            _ => false,
        }
    }
}

/// Builds the base image: toolchain and every dependency, compiled by cargo-chef. Slow, rare.
#[derive(Debug, Args)]
pub(crate) struct BuildBase {
    /// Repository of the base image.
    #[arg(long, alias = "base-repository", env = "ECR_BASE_REPOSITORY", default_value = "distributed-colony-base")]
    pub(crate) repository: Repository,
    /// Tag of the base image.
    #[arg(long, alias = "base-tag", env = "BASE_IMAGE_TAG", default_value = "latest")]
    pub(crate) tag: Tag,
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    #[command(flatten)]
    pub(crate) build: Build,
    #[command(flatten)]
    pub(crate) ecr: Ecr,
}

/// Builds the colony image: the shipped binaries on distroless. Fast, after every edit.
#[derive(Debug, Args)]
pub(crate) struct BuildColony {
    #[command(flatten)]
    pub(crate) colony: Colony,
    #[command(flatten)]
    pub(crate) build: Build,
    #[command(flatten)]
    pub(crate) ecr: Ecr,
}

/// What goes into the colony image, and its name.
#[derive(Clone, Debug, Args)]
pub(crate) struct Colony {
    #[command(flatten)]
    pub(crate) name: ColonyReference,
    #[command(flatten)]
    pub(crate) base: BaseReference,
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    /// Image that the binaries run in [default: gcr.io/distroless/cc, or its local stand-in].
    #[arg(long, env = "RUNTIME_IMAGE", value_name = "IMAGE")]
    pub(crate) runtime_image: Option<String>,
    /// Build version, an environment variable of the image [default: the time of the build in UTC; kept while nothing
    /// else changes].
    #[arg(long, env = "BUILD_VERSION", value_name = "TEXT")]
    pub(crate) build_version: Option<String>,
    /// Build on a stale base all the same, with a warning.
    #[arg(long)]
    pub(crate) allow_stale_base: bool,
}

/// Says whether the local base image is current (exit code 0), missing (3) or stale, and why (4).
#[derive(Debug, Args)]
pub(crate) struct CheckBase {
    #[command(flatten)]
    pub(crate) base: BaseReference,
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    /// Print the answer as one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Sets up both ECR repositories: creates what is missing, with scanning, encryption and lifecycle policy.
#[derive(Debug, Args)]
pub(crate) struct SetupEcr {
    /// Repository of the colony image.
    #[arg(long, env = "ECR_REPOSITORY", default_value = "distributed-colony")]
    pub(crate) repository: Repository,
    /// Repository of the base image.
    #[arg(long, env = "ECR_BASE_REPOSITORY", default_value = "distributed-colony-base")]
    pub(crate) base_repository: Repository,
    /// Print every command that would change something, ready to paste, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) ecr: Ecr,
}

/// Writes the build contexts that the builds use below target/xtask and prints where.
#[derive(Debug, Args)]
pub(crate) struct Plan {}

/// Lists every prerequisite as ok or with its exact cure.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    /// Image that the binaries run in [default: gcr.io/distroless/cc, or its local stand-in].
    #[arg(long, env = "RUNTIME_IMAGE", value_name = "IMAGE")]
    pub(crate) runtime_image: Option<String>,
    /// AWS region that the credentials are tried in.
    #[arg(long, env = "AWS_REGION", default_value = "eu-west-1")]
    pub(crate) region: String,
    /// Apply the cures (Debian and Ubuntu, as root): engine, buildx, and the two images to start from where no registry
    /// answers.
    #[arg(long)]
    pub(crate) install: bool,
    /// Print the table as one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// From nothing to a running colony: builds what is missing or stale, starts a coordinator and backends in containers.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// First install what is missing, as `doctor --install` does.
    #[arg(long)]
    pub(crate) install: bool,
    /// How many backends share the world.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) backends: u16,
    /// Port of the coordinator on 127.0.0.1.
    #[arg(long, default_value_t = 8083)]
    pub(crate) coordinator_port: u16,
    /// First of the ports on 127.0.0.1 that the backends take side by side; where the coordinator's would be among them,
    /// they take those after it.
    #[arg(long, default_value_t = 8082)]
    pub(crate) backend_port: u16,
    /// Seconds that the colony may take to be well.
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) wait_timeout: Duration,
    /// Builder of buildx; it must see local images [default: the docker driver's own].
    #[arg(long, value_name = "NAME")]
    pub(crate) builder: Option<String>,
    #[command(flatten)]
    pub(crate) colony: Colony,
}

/// Stops and removes exactly what `up` started; images stay.
#[derive(Debug, Args)]
pub(crate) struct Down {}

/// Gives disk space back: superseded images, cache mounts and folders of ours, told with their sizes first. What other
/// projects have stays, and so does what is in use.
#[derive(Debug, Args)]
pub(crate) struct Clean {
    /// Also the base image, the colony image, the stand-ins for the images to start from, and the tools of the tests: the
    /// next build starts from nothing.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) name: ColonyReference,
    #[command(flatten)]
    pub(crate) base: BaseReference,
    /// Builder of buildx whose cache mounts go [default: the docker driver's own].
    #[arg(long, value_name = "NAME")]
    pub(crate) builder: Option<String>,
    /// Print every command, ready to paste, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the result as one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs everything that CI checks: format, lints, tests, scripts, and the end-to-end tests on a real engine.
#[derive(Debug, Args)]
pub(crate) struct Ci {
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    /// Image that the binaries run in [default: gcr.io/distroless/cc, or its local stand-in].
    #[arg(long, env = "RUNTIME_IMAGE", value_name = "IMAGE")]
    pub(crate) runtime_image: Option<String>,
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

/// The name of the colony image.
#[derive(Clone, Debug, Args)]
pub(crate) struct ColonyReference {
    /// Repository of the colony image.
    #[arg(long, env = "ECR_REPOSITORY", default_value = "distributed-colony")]
    repository: Repository,
    /// Tag of the colony image.
    #[arg(long, env = "IMAGE_TAG", default_value = "latest")]
    tag: Tag,
}

/// The name of the base image.
#[derive(Clone, Debug, Args)]
pub(crate) struct BaseReference {
    /// Repository of the base image.
    #[arg(long, env = "ECR_BASE_REPOSITORY", default_value = "distributed-colony-base")]
    base_repository: Repository,
    /// Tag of the base image.
    #[arg(long, env = "BASE_IMAGE_TAG", default_value = "latest")]
    base_tag: Tag,
}

impl ColonyReference {
    pub(crate) fn image(&self) -> ImageReference {
        ImageReference { repository: self.repository.clone(), tag: self.tag.clone() }
    }
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
    #[arg(long, env = "CHEF_IMAGE", value_name = "IMAGE")]
    pub(crate) chef_image: Option<String>,
}

/// Where an image goes in AWS.
#[derive(Clone, Debug, Args)]
pub(crate) struct Ecr {
    /// AWS region of the registry.
    #[arg(long, env = "AWS_REGION", default_value = "eu-west-1")]
    pub(crate) region: String,
    /// Refuse credentials of any other AWS account.
    #[arg(long, env = "AWS_ACCOUNT_ID", value_name = "DIGITS")]
    pub(crate) account: Option<String>,
    /// Registry host to push to, such as a dual-stack or FIPS endpoint [default: what ECR answers].
    #[arg(long, env = "ECR_REGISTRY", value_name = "HOST")]
    pub(crate) registry: Option<String>,
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
    /// Builder of buildx; it must see local images [default: the docker driver's own].
    #[arg(long, value_name = "NAME")]
    pub(crate) builder: Option<String>,
    /// Print the result as one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Build {
    /// A build for the local engine, by a command that has no flags of its own for it.
    pub(crate) fn local(builder: Option<String>) -> Self {
        Self { no_push: true, dry_run: false, builder, json: false }
    }
}

fn seconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_free_of_contradictions() {
        super::Cli::command().debug_assert();
    }
}
