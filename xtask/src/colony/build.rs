//! One colony build: everything that decides it, the build itself, and what it compiled.

use std::io::IsTerminal;
use std::path::Path;
use std::{fs, thread};

use anyhow::Context;

use crate::base::{self, Expected, State};
use crate::base_images::{CHEF, RUNTIME, Resolved};
use crate::build_spec::{BuildSpec, Output, own_path};
use crate::cli;
use crate::colony::outcome::Outcome;
use crate::colony::{self, Inputs, runs};
use crate::context::Ctx;
use crate::docker::{Docker, LocalImage};
use crate::planner::Plan;
use crate::result::Built;
use crate::sources::Sources;
use crate::threads::joined;
use crate::workspace::Workspace;

/// Everything that decides the build.
pub(crate) struct Planned {
    image: String,
    /// Whether anything but the version differs from what bears the image's name now.
    has_changed: bool,
    /// Hash of the base's identity.
    pub(crate) base_identity: String,
    workspace: Workspace,
    spec: BuildSpec,
}

impl Planned {
    /// Checks the base and stages the sources. What the engine has is asked while the workspace is read.
    pub(crate) fn make(ctx: &Ctx, docker: &Docker<'_>, args: &cli::Colony) -> anyhow::Result<Self> {
        let image = args.image().to_string();
        let (plan, standing) = thread::scope(|scope| {
            let standing = scope.spawn(|| Standing::ask(ctx, docker, args));
            (ctx.report.step("plan", || Plan::make(ctx)), joined(standing))
        });
        let (plan, Standing { chef, runtime, base, before }) = (plan?, standing?);
        let expected = Expected::new(ctx, &plan, chef)?;
        let base = usable_base(ctx, expected.compare(base), args)?;
        let sources = Sources::read(&ctx.root, &plan)?;
        let inputs = Inputs {
            sources: sources.digest(),
            base,
            runtime: runtime.id.clone().unwrap_or_else(|| runtime.reference.clone()),
            dockerfile: colony::recipe(&ctx.root)?,
        };
        let version = colony::build_version(args.build_version.clone(), before.as_ref(), &inputs)?;
        // Relative, so that the line of a dry run is the call of a real one.
        let context = sources.folder(Path::new("target/xtask"));
        if ctx.runner.is_dry() {
            println!("cargo xtask plan");
        } else {
            ctx.report.step("stage sources", || sources.stage(&ctx.state_dir()))?;
        }
        let base_image = args.base.image().to_string();
        let spec = BuildSpec {
            output: Output::Image { name: image.clone(), metadata_file: own_path("colony", ".json") },
            dockerfile: colony::DOCKERFILE,
            builder: String::new(),
            contexts: [("source", context)].into(),
            build_args: [("BASE_IMAGE", base_image), (RUNTIME.variable, runtime.reference), ("BUILD_VERSION", version)]
                .into(),
            labels: [(colony::INPUTS_LABEL.to_owned(), inputs.digest())].into(),
            secrets: [].into(),
            on_terminal: std::io::stderr().is_terminal(),
        };
        let has_changed = before.is_none_or(|before| before.label(colony::INPUTS_LABEL) != Some(&inputs.digest()));
        Ok(Self { image, has_changed, base_identity: expected.identity.hash(), workspace: plan.workspace, spec })
    }

    /// Chooses the builder, which everything else is independent of.
    pub(crate) fn on(mut self, builder: String) -> Self {
        self.spec.builder = builder;
        self
    }

    /// `None` in a dry run.
    pub(crate) fn build(&self, ctx: &Ctx, docker: &Docker<'_>) -> anyhow::Result<Option<Built>> {
        let beside = &ctx.aside();
        let (after, rows) = thread::scope(|scope| {
            // BuildKit runs a step once for all who ask for it at the same time, so it is quicker beside than after.
            let told =
                (self.has_changed && !ctx.runner.is_dry()).then(|| scope.spawn(|| self.compiled(beside, docker)));
            let after = ctx.report.step("build colony image", || docker.build_image(&self.spec))?;
            let nothing = || Ok(compiled_nothing("the sources are those of the image that stood"));
            anyhow::Ok((after, told.map_or_else(nothing, joined)))
        })?;
        ctx.report.absorb(&beside.report);
        let Some(local) = after else { return Ok(None) };
        let rows = rows.unwrap_or_else(|error| {
            ctx.report.warning(format!("what was compiled is not known: {error:#}"));
            Vec::new()
        });
        Ok(Some(Built { image: self.image.clone(), local, rows }))
    }

    /// What the compiling step did, in rows for the summary; a recompiled dependency is a warning of its own.
    fn compiled(&self, ctx: &Ctx, docker: &Docker<'_>) -> anyhow::Result<Vec<(String, String)>> {
        let folder = own_path("report", "");
        let output = Output::Stage { stage: "report", folder: folder.clone() };
        docker.export_stage(&BuildSpec { output, on_terminal: false, ..self.spec.clone() })?;
        let folder = ctx.root.join(folder);
        let outcome = Outcome::read(&folder)?;
        fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
        if !runs::is_new(ctx, &outcome.run)? {
            return Ok(compiled_nothing("these sources were compiled before"));
        }
        if let Some(warning) = outcome.warning() {
            ctx.report.warning(warning);
        }
        Ok(outcome.lines(&self.workspace))
    }
}

fn compiled_nothing(why: &str) -> Vec<(String, String)> {
    vec![("compiled".to_owned(), format!("nothing new: {why}"))]
}

/// Builds the colony for the local engine alone.
pub(crate) fn locally(ctx: &Ctx, colony: &cli::Colony, build: &cli::Build) -> anyhow::Result<Built> {
    let docker = Docker::new(ctx);
    let builder = build.builder(ctx, &docker)?;
    let built = Planned::make(ctx, &docker, colony)?.on(builder).build(ctx, &docker)?;
    built.context("a build that is no dry run gives an image")
}

/// The image ID of the base, if the base may be built on. A dry run only warns.
fn usable_base(ctx: &Ctx, state: State, args: &cli::Colony) -> anyhow::Result<String> {
    let image = args.base.image();
    let (id, failure) = match state {
        State::Current(local) => return Ok(local.id),
        State::Missing => ("unknown".to_owned(), base::missing(&image)),
        State::Stale(local, reasons) if args.allow_stale_base => {
            ctx.report.warning(format!("building on a stale base, because {}", reasons.join("; ")));
            return Ok(local.id);
        }
        State::Stale(local, reasons) => (local.id, base::stale(&image, &reasons)),
    };
    if !ctx.runner.is_dry() {
        return Err(failure.into());
    }
    ctx.report.warning(format!("a real run would stop here: {failure}"));
    Ok(id)
}

/// What the local engine has of all that the build is made of.
struct Standing {
    chef: Resolved,
    runtime: Resolved,
    base: Option<LocalImage>,
    /// What bears the name of the colony image now.
    before: Option<LocalImage>,
}

impl Standing {
    /// Four questions at the same time.
    fn ask(ctx: &Ctx, docker: &Docker<'_>, args: &cli::Colony) -> anyhow::Result<Self> {
        thread::scope(|scope| {
            let chef = scope.spawn(|| CHEF.resolve(ctx, docker, args.chef.chef_image.as_deref()));
            let runtime = scope.spawn(|| RUNTIME.resolve(ctx, docker, args.runtime_image.as_deref()));
            let base = scope.spawn(|| docker.image(&args.base.image().to_string()));
            let before = docker.image(&args.image().to_string());
            Ok(Self { chef: joined(chef)?, runtime: joined(runtime)?, base: joined(base)?, before: before? })
        })
    }
}
