//! All that a colony would be made of if it were built now: the sources as they are beside what the engine has. Asks and
//! reads, so that a build and a question come to the same inputs.

use std::thread;

use crate::base::{self, Expected, Freshness};
use crate::codegen::written::{self, State};
use crate::colony::{self, Inputs};
use crate::context::Ctx;
use crate::docker::name::ImageReference;
use crate::docker::{Docker, LocalImage};
use crate::failure::{ExitCode, Failure};
use crate::process::threads::joined;
use crate::sources::Sources;
use crate::start_images::{CHEF, RUNTIME, Resolved};
use crate::workspace::plan::Plan;

/// The images that a colony has to do with, as the user chose them.
#[derive(Clone, Debug)]
pub(crate) struct ChosenImages {
    pub(crate) image: ImageReference,
    pub(crate) base: base::Wanted,
    /// The image that the binaries run in, if it was chosen.
    pub(crate) runtime_image: Option<String>,
}

impl ChosenImages {
    /// A colony under the name of the base would take its place.
    pub(crate) fn require_two_names(&self) -> Result<(), Failure> {
        let base = &self.base.image;
        if *base != self.image {
            return Ok(());
        }
        Err(Failure::new(
            ExitCode::Usage,
            format!("'{base}' is the name of both images: the colony would overwrite the base"),
        )
        .hint("Name another repository or tag for one of them: --repository, --tag, --base-repository, --base-tag")
        .hint("(or ECR_REPOSITORY, IMAGE_TAG, ECR_BASE_REPOSITORY, BASE_IMAGE_TAG)"))
    }
}

/// The plan beside what bears their names now.
pub(crate) struct Look {
    pub(crate) plan: Plan,
    /// What the base would be made of.
    pub(crate) base: Expected,
    /// The base that stands beside it.
    pub(crate) freshness: Freshness,
    pub(crate) runtime: Resolved,
    /// What bears the name of the colony image.
    pub(crate) before: Option<LocalImage>,
    /// Whether the colony's Dockerfile is word for word what the table gives.
    pub(crate) is_generated: bool,
}

impl Look {
    /// What the engine has is asked while `plan` reads the workspace, and makes of it what else the caller wants.
    pub(crate) fn take<T>(
        ctx: &Ctx,
        images: &ChosenImages,
        plan: impl FnOnce() -> anyhow::Result<(Plan, T)>,
    ) -> anyhow::Result<(Self, T)> {
        let (plan, standing) = thread::scope(|scope| {
            let standing = scope.spawn(|| Local::ask(ctx, images));
            (plan(), joined(standing))
        });
        let ((plan, made), Local { runtime, base, before }) = (plan?, standing?);
        let dockerfile = ctx.warn_if_dry(written::require(&ctx.root, &plan.workspace.images, &ctx.names))?;
        let is_generated = dockerfile == Some(State::Current);
        let (base, freshness) = base.beside(ctx, &plan)?;
        Ok((Self { plan, base, freshness, runtime, before, is_generated }, made))
    }

    /// What decides the image, on the base of that ID.
    pub(crate) fn inputs(&self, ctx: &Ctx, sources: &Sources, base: &str) -> anyhow::Result<Inputs> {
        let runtime = &self.runtime;
        Ok(Inputs {
            sources: sources.digest().to_owned(),
            base: base.to_owned(),
            runtime: runtime.id.clone().unwrap_or_else(|| runtime.reference.clone()),
            dockerfile: colony::recipe(&ctx.root)?,
        })
    }
}

/// What the local engine has of all that the colony is made of.
struct Local {
    runtime: Resolved,
    base: base::Standing,
    before: Option<LocalImage>,
}

impl Local {
    fn ask(ctx: &Ctx, images: &ChosenImages) -> anyhow::Result<Self> {
        let ChosenImages { image, base, runtime_image } = images;
        let (name, base_name) = (image.to_string(), base.image.to_string());
        let (chef, runtime) = (base.chef_image.as_deref(), runtime_image.as_deref());
        let own = vec![name.as_str(), base_name.as_str()];
        let references = [own, CHEF.candidates(chef), RUNTIME.candidates(runtime)].concat();
        let mut standing = Docker::new(ctx).images(&references)?;
        Ok(Self {
            runtime: RUNTIME.among(&standing, runtime),
            base: base::Standing::among(&standing, &base_name, chef),
            before: standing.remove(&name),
        })
    }
}
