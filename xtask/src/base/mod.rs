//! The base image as it should be and as it stands on this machine. Looked up locally; `pull.rs` alone pulls one, and only
//! for whoever typed it. `far.rs` finds in the registry the base for a colony that is built beyond this machine, `remote.rs`
//! looks whether the registry has it, `pulled.rs` lets the next one start from it, `wanted.rs` says what to do where it is
//! missing.

pub(crate) mod build;
pub(crate) mod far;
pub(crate) mod identity;
pub(crate) mod pull;
mod pulled;
pub(crate) mod remote;
mod secrets;
mod toolchain;
mod wanted;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::Context;

pub(crate) use crate::base::wanted::Wanted;

use crate::base::identity::{Detail, IDENTITY_INPUTS_LABEL, IDENTITY_LABEL, Identity};
use crate::context::Ctx;
use crate::docker::far_builder::FarBuilder;
use crate::docker::name::ImageReference;
use crate::docker::{Docker, LocalImage};
use crate::failure::{ExitCode, Failure};
use crate::ownership;
use crate::publish::is_known_by_digest;
use crate::start_images::{CHEF, Resolved};
use crate::workspace::own_name::WorkspaceName;
use crate::workspace::plan::Plan;

/// The Dockerfile of the base, relative to the workspace root.
pub(crate) const DOCKERFILE: &str = "Docker/Dockerfile.base";

/// The script that it runs around cargo-chef, relative to the workspace root.
pub(crate) const SEED: &str = "Docker/seed.sh";

/// The tag of the base image where nobody chose one.
pub(crate) const TAG: &str = "latest";

/// The label that holds the local image ID of the chef image, where it had one when the base was built.
const CHEF_ID_LABEL: &str = "io.distributed-colony.base.chef-id";

/// How many lines of reasons fit on a screen.
const SHOWN_REASONS: usize = 12;

/// What the base image would be made of if it were built now.
pub(crate) struct Expected {
    pub(crate) identity: Identity,
    pub(crate) chef: Resolved,
    workspace: WorkspaceName,
}

/// How the local base image relates to the workspace.
#[derive(Debug)]
pub(crate) enum Freshness {
    Current(LocalImage),
    Missing,
    /// With one line for each reason, as many and as long as fit a screen. [`Expected::reasons`] has all of them.
    Stale(LocalImage, Vec<String>),
}

impl Freshness {
    /// What bears the name, if anything does.
    pub(crate) fn local(&self) -> Option<&LocalImage> {
        match self {
            Self::Current(local) | Self::Stale(local, _) => Some(local),
            Self::Missing => None,
        }
    }
}

/// What the local engine has under the name of the base, and of the image that it starts from.
pub(crate) struct Standing {
    chef: Resolved,
    local: Option<LocalImage>,
}

impl Standing {
    /// `chef` is the image to start from, if it was chosen.
    pub(crate) fn ask(ctx: &Ctx, image: &ImageReference, chef: Option<&str>) -> anyhow::Result<Self> {
        let name = image.to_string();
        let references = [vec![name.as_str()], CHEF.candidates(chef)].concat();
        Ok(Self::among(&Docker::new(ctx).images(&references)?, &name, chef))
    }

    /// The same where those of the images that are here are known: the one of that name, and the candidates for the chef
    /// image.
    pub(crate) fn among(standing: &BTreeMap<String, LocalImage>, name: &str, chef: Option<&str>) -> Self {
        Self { chef: CHEF.among(standing, chef), local: standing.get(name).cloned() }
    }

    /// Beside what the base would be made of if it were built now.
    pub(crate) fn beside(self, ctx: &Ctx, plan: &Plan) -> anyhow::Result<(Expected, Freshness)> {
        let expected = Expected::new(ctx, plan, self.chef)?;
        let freshness = expected.compare(self.local);
        Ok((expected, freshness))
    }
}

impl Expected {
    fn new(ctx: &Ctx, plan: &Plan, chef: Resolved) -> anyhow::Result<Self> {
        let read = |path: &str| {
            let place = ctx.root.join(path);
            match fs::read_to_string(&place) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let failure = Failure::new(ExitCode::Stale, format!("{path} is missing"));
                    Err(failure.hint("Please write it again: cargo xtask codegen").into())
                }
                text => text.with_context(|| format!("read {}", place.display())),
            }
        };
        let build_env = &plan.workspace.build_env;
        let identity = Identity::new(&plan.base, &read(DOCKERFILE)?, &read(SEED)?, &chef.reference, build_env)?;
        Ok(Self { identity, chef, workspace: ctx.names.workspace.clone() })
    }

    /// For a builder that sees no image of this machine.
    pub(crate) fn for_far_builder(
        ctx: &Ctx,
        plan: &Plan,
        chef: Option<&str>,
        builder: &FarBuilder,
    ) -> anyhow::Result<Self> {
        Self::new(ctx, plan, CHEF.resolve_far(ctx, chef, builder)?)
    }

    /// For a build, which asks nothing of what stands. `chef` is the image to start from, if it was chosen.
    pub(crate) fn for_build(ctx: &Ctx, plan: &Plan, chef: Option<&str>) -> anyhow::Result<Self> {
        Self::new(ctx, plan, CHEF.resolve(ctx, chef)?)
    }

    /// The labels that let a later run compare.
    pub(crate) fn labels(&self) -> Vec<(String, String)> {
        let mut labels = vec![
            (IDENTITY_LABEL.to_owned(), self.identity.hash()),
            (IDENTITY_INPUTS_LABEL.to_owned(), self.identity.to_json()),
            self.workspace.label(),
        ];
        labels.extend(self.chef.id.clone().map(|id| (CHEF_ID_LABEL.to_owned(), id)));
        labels
    }

    /// Compares what bears the name of the base in the local engine with this.
    fn compare(&self, local: Option<LocalImage>) -> Freshness {
        let Some(local) = local else { return Freshness::Missing };
        let mut reasons = self.differences(&local, Detail::Screen);
        if reasons.is_empty() {
            return Freshness::Current(local);
        }
        if reasons.len() > SHOWN_REASONS {
            let others = reasons.split_off(SHOWN_REASONS - 1).len();
            reasons.push(format!("{others} other inputs changed; check-base --json names them"));
        }
        Freshness::Stale(local, reasons)
    }

    /// Everything in which a local image differs from this, however much that is.
    pub(crate) fn reasons(&self, local: &LocalImage) -> Vec<String> {
        self.differences(local, Detail::All)
    }

    fn differences(&self, local: &LocalImage, detail: Detail) -> Vec<String> {
        let Some(inputs) = local.label(IDENTITY_INPUTS_LABEL) else {
            return vec!["it was not built by `cargo xtask build-base` (it has no identity label)".to_owned()];
        };
        if let Some(other) = ownership::other(&self.workspace, IDENTITY_LABEL, |key| local.label(key)) {
            return vec![format!("it is the base of another workspace, `{other}`")];
        }
        let mut reasons = match Identity::from_json(inputs) {
            Ok(built) => built.differences(&self.identity, detail),
            Err(error) => return vec![format!("its identity label cannot be read ({error:#})")],
        };
        if let (Some(built), Some(now)) = (local.label(CHEF_ID_LABEL), &self.chef.id) {
            // What was pulled was made from the chef image of another machine, whose ID there says nothing here.
            if built != now && !is_known_by_digest(local) {
                reasons.push(format!("{} is another image now ({built} -> {now})", self.chef.reference));
            }
        }
        reasons
    }
}

/// The CA bundle that the host is told to trust, handed to the builds as a secret: behind a TLS-inspecting proxy the
/// crates registry answers only those who trust it. These are the variables that cargo, OpenSSL and curl read.
pub(crate) fn ca_bundle() -> Option<PathBuf> {
    ["CARGO_HTTP_CAINFO", "SSL_CERT_FILE", "CURL_CA_BUNDLE"]
        .into_iter()
        .filter_map(std::env::var_os)
        .map(PathBuf::from)
        .find(|path| path.is_file())
}
