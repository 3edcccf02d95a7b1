//! One type for each command.

use std::time::Duration;

use clap::Args;

use crate::base;
use crate::cli::completions::Shell;
use crate::cli::options::{
    Access, BaseReference, Build, ChefImage, Colony, ColonyImages, ColonyReference, Ecr, RuntimeImage, Shown,
};
use crate::cli::release::Release;
use crate::cli::signing::Sign;
use crate::docker::name::{Repository, Tag};
use crate::workspace::settings;

/// Builds the base image: toolchain and every dependency, compiled by cargo-chef. Slow, rare.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask build-base --no-push         for this machine alone\n  \
    cargo xtask build-base --from-scratch    every dependency compiled anew\n  \
    cargo xtask build-base --registry-cache  steps that another machine has built come from ECR\n  \
    cargo xtask build-base --dry-run         every command, ready to paste")]
pub(crate) struct BuildBase {
    /// Repository of the base image.
    #[arg(long, alias = "base-repository", env = "ECR_BASE_REPOSITORY")]
    pub(crate) repository: Repository,
    /// Tag of the base image.
    #[arg(long, alias = "base-tag", env = "BASE_IMAGE_TAG", default_value = base::TAG)]
    pub(crate) tag: Tag,
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    /// Compile every dependency anew, whatever the last base left; what comes of it is what later builds start
    /// from.
    #[arg(long)]
    pub(crate) from_scratch: bool,
    /// Read and keep BuildKit's cache in this repository of ECR [default: the base's, with -cache]; the builder has to be
    /// able to.
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) registry_cache: Option<Option<Repository>>,
    #[command(flatten)]
    pub(crate) build: Build,
    #[command(flatten)]
    pub(crate) ecr: Ecr,
}

/// Builds the colony image: the shipped binaries on distroless. Fast, after every edit.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask build-colony --no-push               the image of the sources in front of you\n  \
    cargo xtask build-colony --no-push --build-base  and its base first, where that is missing or stale\n  \
    cargo xtask build-colony --no-push --watch       again after every save\n  \
    cargo xtask build-colony --tag \"$USER\" --json    pushed under a tag of your own\n  \
    cargo xtask build-colony --version-tag 1.4.2     a release\n  \
    cargo xtask build-colony --sign --sign-key cosign.key  pushed and signed")]
pub(crate) struct BuildColony {
    #[command(flatten)]
    pub(crate) colony: Colony,
    /// Build the base first where it is missing or stale; into the local engine only.
    #[arg(long, conflicts_with = "allow_stale_base")]
    pub(crate) build_base: bool,
    /// Build again after every save, until Ctrl-C; a build that fails does not end it.
    #[arg(long, requires = "no_push", conflicts_with = "dry_run")]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) release: Release,
    #[command(flatten)]
    pub(crate) build: Build,
    #[command(flatten)]
    pub(crate) sign: Sign,
    #[command(flatten)]
    pub(crate) ecr: Ecr,
}

/// Says whether the local base image is current (exit code 0), missing (5) or stale, and why (4).
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask check-base || cargo xtask build-base\n  \
    cargo xtask check-base --remote          and whether it could be pulled\n  \
    cargo xtask check-base --json | jq --raw-output '.reasons[]'")]
pub(crate) struct CheckBase {
    /// Where it is missing or stale, also ask ECR whether `pull-base` would find it; nothing is pulled.
    #[arg(long)]
    pub(crate) remote: bool,
    #[command(flatten)]
    pub(crate) base: BaseReference,
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// Sets up both ECR repositories: creates what is missing, with scanning, encryption and lifecycle policy.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask setup-ecr --region eu-central-1\n  \
    cargo xtask setup-ecr --account 123456789012 --dry-run\n  \
    cargo xtask setup-ecr --preview")]
pub(crate) struct SetupEcr {
    /// Repository of the colony image.
    #[arg(long, env = "ECR_REPOSITORY")]
    pub(crate) repository: Repository,
    /// Repository of the base image.
    #[arg(long, env = "ECR_BASE_REPOSITORY")]
    pub(crate) base_repository: Repository,
    /// Print every command that would change something, ready to paste, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Change nothing, and list what the lifecycle policies would delete: ECR's own preview.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) preview: bool,
    #[command(flatten)]
    pub(crate) ecr: Ecr,
}

/// Writes the build contexts that the builds use below target/xtask and prints where.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo xtask plan | xargs ls")]
pub(crate) struct Plan {}

/// Writes the files below Docker that follow from [workspace.metadata.images] in Cargo.toml: both Dockerfiles and their
/// ignore files.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask codegen           after an edit of the table\n  \
    cargo xtask codegen --check   in CI: 0 where all are up to date, else 4")]
pub(crate) struct Codegen {
    /// Write nothing; fail where a file is not what the table gives, and name it.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) check: bool,
    /// Print what would be written, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Lists every prerequisite as ok or with its exact cure.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask doctor             only looks\n  \
    cargo xtask doctor --install   as root on Debian or Ubuntu")]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    #[command(flatten)]
    pub(crate) runtime: RuntimeImage,
    /// AWS region that the credentials are tried in [default: AWS_DEFAULT_REGION, the table's, or the profile's] [env:
    /// AWS_REGION].
    #[arg(long, value_parser = settings::region)]
    pub(crate) region: Option<String>,
    /// Of the workspace's table.
    #[arg(skip)]
    pub(crate) table_region: Option<String>,
    /// Apply the cures (Debian and Ubuntu, as root): engine, buildx, and the two images to start from where no registry
    /// answers.
    #[arg(long)]
    pub(crate) install: bool,
}

/// From nothing to a running colony: builds what is missing or stale, starts a coordinator and backends in containers, or
/// what else Docker/compose.yaml has.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask up --backends 4\n  \
    cargo xtask up --watch\n  \
    COMPOSE_PROJECT_NAME=second cargo xtask up --coordinator-port 9083 --backend-port 9084")]
pub(crate) struct Up {
    /// First install what is missing, as `doctor --install` does.
    #[arg(long)]
    pub(crate) install: bool,
    /// After every save build again and go on with the new image, until Ctrl-C, which leaves the colony running; a build
    /// that fails leaves alone what runs.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) watch: bool,
    /// How many backends share the world.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) backends: u16,
    /// Port of the coordinator on 127.0.0.1.
    #[arg(long, default_value_t = 8083, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) coordinator_port: u16,
    /// First of the ports on 127.0.0.1 that the backends take side by side; where the coordinator's would be among them,
    /// they take those after it (by default 8084 and 8085).
    #[arg(long, default_value_t = 8082, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) backend_port: u16,
    /// Seconds that the colony may take to be well.
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) wait_timeout: Duration,
    /// Print every command, ready to paste, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Builder of buildx; it must see local images [default: the docker driver's own].
    #[arg(long, value_name = "NAME")]
    pub(crate) builder: Option<String>,
    #[command(flatten)]
    pub(crate) display: Shown,
    #[command(flatten)]
    pub(crate) colony: Colony,
}

/// Says what runs and whether it is current (exit code 0), not there or not well (3) or superseded, and why (4).
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask status || cargo xtask up\n  \
    cargo xtask status --json | jq --raw-output '.state'")]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) images: ColonyImages,
}

/// Prints the logs of what runs, or of what ended.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask logs --follow\n  \
    cargo xtask logs --tail 20 coordinator")]
pub(crate) struct Logs {
    /// Go on with what comes, until Ctrl-C.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// So many of the last lines of each container [default: all].
    #[arg(long, value_name = "LINES")]
    pub(crate) tail: Option<u32>,
    /// Only these [default: all].
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
}

/// Stops and removes exactly what `up` started; images stay.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  COMPOSE_PROJECT_NAME=second cargo xtask down")]
pub(crate) struct Down {}

/// Gives disk space back: superseded images, cache mounts and folders of ours, told with their sizes first. What other
/// projects have stays, and so does what is in use.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask clean --dry-run\n  \
    cargo xtask clean --all")]
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
}

/// Prints a script that completes `cargo xtask` in a shell, cargo's own completion being kept.
#[derive(Debug, Args)]
#[command(after_help = "Put it where the shell reads it, and again when commands or flags have changed:\n  \
    bash  cargo xtask completions bash > ~/.cargo-xtask.bash\n        \
          and at the end of ~/.bashrc: source ~/.cargo-xtask.bash\n  \
    zsh   cargo xtask completions zsh > ~/.cargo-xtask.zsh\n        \
          and in ~/.zshrc, behind compinit: source ~/.cargo-xtask.zsh\n  \
    fish  cargo xtask completions fish > ~/.config/fish/conf.d/cargo-xtask.fish\n\n\
    Example:\n  source <(cargo xtask completions bash)   for this shell only")]
pub(crate) struct Completions {
    /// Which shell.
    pub(crate) shell: Shell,
}

/// Prints the version of this program and the commit that it was compiled from; `--version` is the same.
#[derive(Debug, Args)]
pub(crate) struct Version {}

fn seconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_secs)
}
