//! One colony build: everything that decides it, the build itself, and what it compiled.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;

use crate::colony::look::{ChosenImages, Look};
use crate::colony::outcome::Report;
use crate::colony::spec::Parts;
use crate::colony::unfit_base::UnfitBase;
use crate::colony::version::Version;
use crate::colony::{self, outcome, surplus, unfit_base, version};
use crate::context::Ctx;
use crate::docker::build_spec::BuildSpec;
use crate::docker::contents::Contents;
use crate::docker::{Docker, LocalImage};
use crate::ownership;
use crate::process::threads::joined;
use crate::report::compiled::Compiled;
use crate::report::record::{Built, Record};
use crate::sources::Sources;
use crate::workspace::Workspace;
use crate::workspace::plan::Plan;

/// What the user wants built.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) images: ChosenImages,
    /// The version, if it was chosen.
    pub(crate) build_version: Option<String>,
    pub(crate) unfit_base: UnfitBase,
}

/// An image that was built here from the same inputs, with the same version.
struct Standing {
    image: LocalImage,
    contents: Contents,
}

impl Standing {
    /// `None` where it was not built here (an image that somebody made from ours bears our labels too), or was refused
    /// because it lacks one of the binaries.
    fn of(ctx: &Ctx, image: LocalImage, binaries: &[String]) -> anyhow::Result<Option<Self>> {
        let contents = Contents::known(ctx, &image.id)?;
        Ok(contents.filter(|contents| contents.lacks(binaries).is_empty()).map(|contents| Self { image, contents }))
    }
}

/// Everything that decides the build.
pub(crate) struct ColonyBuild {
    /// What bears the image's name now.
    before: Option<LocalImage>,
    /// The image that the build would give, where it stands already.
    standing: Option<Standing>,
    /// Hash of the base's identity.
    base_identity: String,
    workspace: Workspace,
    /// Whether the Dockerfile is word for word what the table gives.
    is_generated: bool,
    spec: BuildSpec,
}

impl ColonyBuild {
    /// Checks the base and stages the sources, while `builder` finds the builder. What is missing there is told before
    /// what followed from it.
    pub(crate) fn make(
        ctx: &Ctx,
        order: &Order,
        builder: impl FnOnce() -> anyhow::Result<String> + Send,
    ) -> anyhow::Result<Self> {
        thread::scope(|scope| {
            let builder = scope.spawn(builder);
            let materials = Materials::gather(ctx, order);
            let builder = joined(builder)?;
            Ok(materials?.planned(order, builder))
        })
    }

    /// Builds the image, or gives its name to the one that stands already.
    pub(crate) fn build(&self, ctx: &Ctx) -> anyhow::Result<Built> {
        match &self.standing {
            Some(standing) => self.name(ctx, standing),
            None => self.compile(ctx),
        }
    }

    fn name(&self, ctx: &Ctx, standing: &Standing) -> anyhow::Result<Built> {
        let Standing { image, contents } = standing;
        let bears_it = self.before.as_ref().is_some_and(|before| before.id == image.id);
        let docker = Docker::new(ctx);
        if ctx.manner.is_dry {
            if !bears_it {
                ctx.runner.printed(docker.tag_call(&image.id, &self.spec.name))?;
            }
            return Ok(self.printed());
        }
        if !bears_it {
            let named = ctx.report.step("name the colony image", || docker.tag(&image.id, &self.spec.name));
            // Another run, or somebody else, may have removed it.
            if named.is_err() && docker.image(&image.id)?.is_none() {
                return self.compile(ctx);
            }
            named?;
        }
        let compiled = Some(self.compiled(ctx, None));
        Ok(Built::Done(Box::new(self.record(image.clone(), contents.bytes, compiled))))
    }

    fn compile(&self, ctx: &Ctx) -> anyhow::Result<Built> {
        let docker = Docker::new(ctx);
        let Some(built) = ctx.report.step(&self.spec.step(), || docker.build_image(&self.spec))? else {
            return Ok(self.printed());
        };
        let outcome = outcome::report(&built.log);
        let report = outcome.as_ref().ok().and_then(Option::as_ref);
        // Word for word ours, the Dockerfile copies them to the root of the image, and fails where one is not there.
        let placed = report.map(|report| &report.placed).filter(|_| self.is_generated);
        let placed = placed.filter(|placed| self.workspace.binaries.iter().all(|binary| placed.contains(binary)));
        let aside = ctx.aside();
        let contents = thread::scope(|scope| {
            // Beside the look, which waits for the engine most of the time; beside the build it would hold up the compiler.
            self.superseded(ctx).map(|before| scope.spawn(|| surplus::drop_if_due(&aside, before, &self.spec.labels)));
            Contents::of(ctx, &built, placed)
        });
        ctx.report.absorb(&aside.report);
        let contents = contents?;
        self.require_binaries(&docker, &contents)?;
        let compiled = outcome.map(|report| self.compiled(ctx, report.as_ref())).map_err(|error| {
            ctx.report.warning(format!("what was compiled is not known: {error:#}"));
        });
        Ok(Built::Done(Box::new(self.record(built.image, contents.bytes, compiled.ok()))))
    }

    fn printed(&self) -> Built {
        let build_version = Some(self.spec.build_args["BUILD_VERSION"].clone());
        let image_id = self.standing.as_ref().map(|standing| standing.image.id.clone());
        Built::Printed { build_version, base_identity: self.base_identity.clone(), image_id }
    }

    fn record(&self, image: LocalImage, bytes: u64, compiled: Option<Compiled>) -> Record {
        Record {
            image: self.spec.name.clone(),
            build_version: image.variable("BUILD_VERSION").map(str::to_owned),
            base_identity: self.base_identity.clone(),
            compiled,
            ..Record::of(image, bytes)
        }
    }

    /// What will lose its name to this build and stand without one. On containerd's store an image goes with its last name,
    /// and to remove one there may cost a build at the same time a layer.
    fn superseded(&self, ctx: &Ctx) -> Option<&LocalImage> {
        let other = |before: &&LocalImage| before.label(colony::INPUTS_LABEL) != self.label(colony::INPUTS_LABEL);
        let before = self.before.as_ref().filter(other);
        before.filter(|before| !before.is_called_by_its_manifest() && !ctx.manner.is_dry)
    }

    /// Asks the finished image whether it holds what it should. One that does not loses its name again.
    fn require_binaries(&self, docker: &Docker<'_>, contents: &Contents) -> anyhow::Result<()> {
        let missing = contents.lacks(&self.workspace.binaries);
        if missing.is_empty() {
            return Ok(());
        }
        match &self.before {
            Some(before) => docker.tag(&before.id, &self.spec.name)?,
            None => docker.untag(&self.spec.name)?,
        }
        anyhow::bail!(
            "the image that was built does not hold {} in /usr/local/bin, so {} is not its name; see {}",
            missing.join(", "),
            self.spec.name,
            colony::DOCKERFILE
        )
    }

    /// What the compiling step did; a recompiled dependency and a lost target directory are warnings of their own.
    fn compiled(&self, ctx: &Ctx, report: Option<&Report>) -> Compiled {
        let before = |label| self.before.as_ref().filter(|before| before.label(label) == self.label(label));
        let Some(report) = report else {
            return Compiled::nothing(match before(colony::INPUTS_LABEL) {
                Some(_) => "the sources are those of the image that stood",
                None => "these sources were compiled before",
            });
        };
        if let Some(warning) = report.warning() {
            ctx.report.warning(warning);
        }
        if report.cold && before(colony::BASE_LABEL).is_some() {
            ctx.report.warning(
                "the warm target directory was gone although the base is that of the last build: most likely BuildKit's \
                 clean-up, a prune or cargo xtask clean dropped it; cargo xtask doctor says how to keep it",
            );
        }
        report.compiled(&self.workspace)
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.spec.labels.get(key).map(String::as_str)
    }
}

/// The sources as they are, staged; a dry run only reads them.
pub(super) fn staged(ctx: &Ctx, plan: &Plan) -> anyhow::Result<Sources> {
    let state = ctx.state_dir()?;
    if ctx.manner.is_dry {
        return Sources::read(&ctx.root, &state, plan);
    }
    Ok(ctx.report.step("stage sources", || Sources::stage(&ctx.root, &state, plan))?.0)
}

/// All that a build is made of, whoever builds it.
struct Materials {
    before: Option<LocalImage>,
    standing: Option<Standing>,
    base_identity: String,
    /// Image ID of the base.
    base_id: String,
    workspace: Workspace,
    is_generated: bool,
    /// The folder of the staged sources.
    context: PathBuf,
    /// Reference of the image that the binaries run in.
    runtime: String,
    version: Version,
    labels: BTreeMap<String, String>,
}

impl Materials {
    /// What the engine has is asked while the workspace is read.
    fn gather(ctx: &Ctx, order: &Order) -> anyhow::Result<Self> {
        // Both while the engine is asked: whatever it has, the sources are the same.
        let (look, sources) = Look::take(ctx, &order.images, || {
            let plan = ctx.report.step("plan", || Plan::make(ctx))?;
            let sources = staged(ctx, &plan)?;
            Ok((plan, sources))
        })?;
        let name = order.images.image.to_string();
        ownership::require(ctx, &name, colony::INPUTS_LABEL, look.before.as_ref())?;
        let base = unfit_base::usable(ctx, &look.freshness, &order.images.base, order.unfit_base)?;
        look.runtime.warn(ctx);
        look.plan.costs_of_profile()?.into_iter().for_each(|line| ctx.report.info(line));
        ctx.runner.printed(Plan::line())?;
        let inputs = look.inputs(ctx, &sources, &base)?;
        let Look { plan, base: expected, runtime, before, is_generated, .. } = look;
        let (version, standing) = version::find(ctx, order.build_version.clone(), before.as_ref(), &inputs)?;
        // Of a runtime image that is not here nobody knows whether it is still the same.
        let standing = standing
            .filter(|_| runtime.id.is_some())
            .map(|image| Standing::of(ctx, image, &plan.workspace.binaries))
            .transpose()?;
        let own = [(colony::INPUTS_LABEL, inputs.digest()), (colony::BASE_LABEL, base.clone())];
        let labels = own.into_iter().chain(version.label()).map(|(key, value)| (key.to_owned(), value));
        let labels = labels.chain([ctx.names.workspace.label()]).collect();
        Ok(Self {
            before,
            standing: standing.flatten(),
            base_identity: expected.identity.hash(),
            base_id: base,
            workspace: plan.workspace,
            is_generated,
            // Relative, so that the line of a dry run is the call of a real one.
            context: ctx.relative(&sources.folder(&ctx.state_dir()?)),
            runtime: runtime.reference,
            version,
            labels,
        })
    }

    fn planned(self, order: &Order, builder: String) -> ColonyBuild {
        let parts = Parts {
            image: &order.images.image,
            base: order.images.base.image.to_string(),
            base_id: self.base_id,
            runtime: self.runtime,
            version: self.version.text,
            context: self.context,
            labels: self.labels,
        };
        let spec = parts.spec(&self.workspace, builder);
        ColonyBuild {
            before: self.before,
            standing: self.standing,
            base_identity: self.base_identity,
            workspace: self.workspace,
            is_generated: self.is_generated,
            spec,
        }
    }
}
