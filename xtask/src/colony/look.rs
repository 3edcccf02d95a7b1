//! All that a colony would be made of if it were built now: the sources as they are beside what the engine has. Asks and
//! reads, and stages nothing, so that a build and a question come to the same inputs.

use std::thread;

use crate::base::{self, Expected, Freshness};
use crate::colony::{self, Inputs, shipped};
use crate::context::Ctx;
use crate::docker::name::ImageReference;
use crate::docker::{Docker, LocalImage};
use crate::process::threads::joined;
use crate::sources::Sources;
use crate::start_images::{RUNTIME, Resolved};
use crate::workspace::plan::Plan;

/// The images that a colony has to do with.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) image: ImageReference,
    pub(crate) base: ImageReference,
    /// The image that the base should start from, if it was chosen.
    pub(crate) chef_image: Option<String>,
    /// The image that the binaries run in, if it was chosen.
    pub(crate) runtime_image: Option<String>,
}

/// The plan beside what bears those names now.
pub(crate) struct Look {
    pub(crate) plan: Plan,
    /// What the base would be made of.
    pub(crate) base: Expected,
    /// The base that stands beside it.
    pub(crate) freshness: Freshness,
    pub(crate) runtime: Resolved,
    /// What bears the name of the colony image.
    pub(crate) before: Option<LocalImage>,
}

impl Look {
    /// What the engine has is asked while `plan` reads the workspace.
    pub(crate) fn take(ctx: &Ctx, names: &Names, plan: impl FnOnce() -> anyhow::Result<Plan>) -> anyhow::Result<Self> {
        let (plan, standing) = thread::scope(|scope| {
            let standing = scope.spawn(|| Standing::ask(ctx, names));
            (plan(), joined(standing))
        });
        let (plan, Standing { runtime, base, before }) = (plan?, standing?);
        shipped::require(&colony::dockerfile(&ctx.root)?, &plan.workspace.binaries)?;
        let (base, freshness) = base.beside(ctx, &plan)?;
        Ok(Self { plan, base, freshness, runtime, before })
    }

    /// What decides the image, on the base of that ID.
    pub(crate) fn inputs(&self, ctx: &Ctx, sources: &Sources, base: &str) -> anyhow::Result<Inputs> {
        let runtime = &self.runtime;
        Ok(Inputs {
            sources: sources.digest(),
            base: base.to_owned(),
            runtime: runtime.id.clone().unwrap_or_else(|| runtime.reference.clone()),
            dockerfile: colony::recipe(&ctx.root)?,
        })
    }
}

/// What the local engine has of all that the colony is made of.
struct Standing {
    runtime: Resolved,
    base: base::Standing,
    before: Option<LocalImage>,
}

impl Standing {
    /// Four questions at the same time.
    fn ask(ctx: &Ctx, names: &Names) -> anyhow::Result<Self> {
        let docker = Docker::new(ctx);
        thread::scope(|scope| {
            let runtime = scope.spawn(|| RUNTIME.resolve(ctx, names.runtime_image.as_deref()));
            let base = scope.spawn(|| base::Standing::ask(ctx, &names.base, names.chef_image.as_deref()));
            let before = docker.image(&names.image.to_string());
            Ok(Self { base: joined(base)?, runtime: joined(runtime)?, before: before? })
        })
    }
}
