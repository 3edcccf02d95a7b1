//! One colony build: everything that decides it, the build itself, and what it compiled.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;

use crate::base::{self, Freshness};
use crate::colony::outcome::Report;
use crate::colony::version::Version;
use crate::colony::{self, Inputs, outcome, shipped, superseded, version};
use crate::context::{Ctx, STATE_DIR};
use crate::docker::build::ImageBuild;
use crate::docker::build_spec::{BuildSpec, own_path};
use crate::docker::contents::Contents;
use crate::docker::name::ImageReference;
use crate::docker::{Docker, LocalImage};
use crate::process::threads::joined;
use crate::report::compiled::Compiled;
use crate::report::record::Record;
use crate::sources::Sources;
use crate::start_images::{RUNTIME, Resolved};
use crate::workspace::Workspace;
use crate::workspace::plan::Plan;

/// What the user wants built.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) image: ImageReference,
    pub(crate) base: ImageReference,
    /// The image that the base should start from, if it was chosen.
    pub(crate) chef_image: Option<String>,
    /// The image that the binaries run in, if it was chosen.
    pub(crate) runtime_image: Option<String>,
    /// The version, if it was chosen.
    pub(crate) build_version: Option<String>,
    pub(crate) allow_stale_base: bool,
}

/// Everything that decides the build.
pub(crate) struct ColonyBuild {
    /// What bears the image's name now.
    before: Option<LocalImage>,
    /// Hash of the base's identity.
    base_identity: String,
    workspace: Workspace,
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

    /// `None` in a dry run.
    pub(crate) fn build(&self, ctx: &Ctx) -> anyhow::Result<Option<Record>> {
        let docker = Docker::new(ctx);
        let aside = ctx.aside();
        let built = thread::scope(|scope| {
            // Beside the build, where it costs nothing: after it, a tenth of a second.
            self.superseded(ctx)
                .map(|before| scope.spawn(|| superseded::drop_surplus(&aside, before, &self.spec.labels)));
            ctx.report.step("build colony image", || docker.build_image(&self.spec))
        });
        ctx.report.absorb(&aside.report);
        let Some(ImageBuild { image, log, .. }) = built? else { return Ok(None) };
        let contents = Contents::of(ctx, &image.id)?;
        self.require_binaries(&docker, &contents)?;
        let compiled = outcome::report(&log).map(|report| self.compiled(ctx, report.as_ref()));
        let compiled = compiled.map_err(|error| {
            ctx.report.warning(format!("what was compiled is not known: {error:#}"));
        });
        Ok(Some(Record {
            image: self.spec.name.clone(),
            build_version: image.variable("BUILD_VERSION").map(str::to_owned),
            base_identity: self.base_identity.clone(),
            compiled: compiled.ok(),
            ..Record::of(image, contents.bytes)
        }))
    }

    /// What will lose its name to this build and stand without one. On containerd's store an image goes with its last name,
    /// and to remove one there may cost a build at the same time a layer.
    fn superseded(&self, ctx: &Ctx) -> Option<&LocalImage> {
        let other = |before: &&LocalImage| before.label(colony::INPUTS_LABEL) != self.label(colony::INPUTS_LABEL);
        let before = self.before.as_ref().filter(other);
        before.filter(|before| !before.is_called_by_its_manifest() && !ctx.runner.is_dry())
    }

    /// Asks the finished image whether it holds what it should. One that does not loses its name again.
    fn require_binaries(&self, docker: &Docker<'_>, contents: &Contents) -> anyhow::Result<()> {
        let missing: Vec<&str> = self
            .workspace
            .binaries
            .iter()
            .map(String::as_str)
            .filter(|binary| !contents.programs.contains(*binary))
            .collect();
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

/// All that a build is made of, whoever builds it.
struct Materials {
    before: Option<LocalImage>,
    base_identity: String,
    workspace: Workspace,
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
        let (plan, standing) = thread::scope(|scope| {
            let standing = scope.spawn(|| Standing::ask(ctx, order));
            (ctx.report.step("plan", || Plan::make(ctx)), joined(standing))
        });
        let (plan, Standing { runtime, base, before }) = (plan?, standing?);
        shipped::require(&colony::dockerfile(&ctx.root)?, &plan.workspace.binaries)?;
        let (expected, freshness) = base.beside(ctx, &plan)?;
        let base = usable_base(ctx, freshness, order)?;
        let sources = Sources::read(&ctx.root, &plan)?;
        let inputs = Inputs {
            sources: sources.digest(),
            base: base.clone(),
            runtime: runtime.id.clone().unwrap_or_else(|| runtime.reference.clone()),
            dockerfile: colony::recipe(&ctx.root)?,
        };
        let chosen = order.build_version.clone();
        let docker = Docker::new(ctx);
        let version = thread::scope(|scope| {
            let version = scope.spawn(|| version::find(&docker, chosen, before.as_ref(), &inputs));
            if !ctx.runner.printed("cargo xtask plan") {
                ctx.report.step("stage sources", || sources.stage(&ctx.state_dir()))?;
            }
            joined(version)
        })?;
        let own = [(colony::INPUTS_LABEL, inputs.digest()), (colony::BASE_LABEL, base)];
        let labels = own.into_iter().chain(version.label()).map(|(key, value)| (key.to_owned(), value)).collect();
        Ok(Self {
            before,
            base_identity: expected.identity.hash(),
            workspace: plan.workspace,
            // Relative, so that the line of a dry run is the call of a real one.
            context: sources.folder(Path::new(STATE_DIR)),
            runtime: runtime.reference,
            version,
            labels,
        })
    }

    fn planned(self, order: &Order, builder: String) -> ColonyBuild {
        let spec = BuildSpec {
            name: order.image.to_string(),
            metadata_file: own_path("colony", ".json"),
            dockerfile: colony::DOCKERFILE,
            builder,
            contexts: [("source", self.context)].into(),
            build_args: [
                ("BASE_IMAGE", order.base.to_string()),
                (RUNTIME.variable, self.runtime),
                ("BUILD_VERSION", self.version.text),
            ]
            .into(),
            labels: self.labels,
            secrets: [].into(),
        };
        ColonyBuild { before: self.before, base_identity: self.base_identity, workspace: self.workspace, spec }
    }
}

/// The image ID of the base, if the base may be built on. A dry run only warns.
fn usable_base(ctx: &Ctx, state: Freshness, order: &Order) -> anyhow::Result<String> {
    let image = &order.base;
    let (id, failure) = match state {
        Freshness::Current(local) => return Ok(local.id),
        Freshness::Missing => ("unknown".to_owned(), base::missing(image)),
        Freshness::Stale(local, reasons) if order.allow_stale_base => {
            ctx.report.warning(format!("building on a stale base, because {}", reasons.join("; ")));
            return Ok(local.id);
        }
        Freshness::Stale(local, reasons) => (local.id, base::stale(image, &reasons)),
    };
    if !ctx.runner.is_dry() {
        return Err(failure.into());
    }
    ctx.report.warning(format!("a real run would stop here: {failure}"));
    Ok(id)
}

/// What the local engine has of all that the build is made of.
struct Standing {
    runtime: Resolved,
    base: base::Standing,
    /// What bears the name of the colony image now.
    before: Option<LocalImage>,
}

impl Standing {
    /// Four questions at the same time.
    fn ask(ctx: &Ctx, order: &Order) -> anyhow::Result<Self> {
        let docker = Docker::new(ctx);
        thread::scope(|scope| {
            let runtime = scope.spawn(|| RUNTIME.resolve(ctx, order.runtime_image.as_deref()));
            let base = scope.spawn(|| base::Standing::ask(ctx, &order.base, order.chef_image.as_deref()));
            let before = docker.image(&order.image.to_string());
            Ok(Self { base: joined(base)?, runtime: joined(runtime)?, before: before? })
        })
    }
}
