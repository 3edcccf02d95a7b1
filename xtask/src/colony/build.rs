//! One colony build: everything that decides it, the build itself, and what it compiled.

use std::path::Path;
use std::thread;

use anyhow::Context;

use crate::base::{self, Expected, State};
use crate::base_images::{CHEF, RUNTIME, Resolved};
use crate::build_spec::{BuildSpec, own_path};
use crate::cli;
use crate::colony::outcome::Outcome;
use crate::colony::{self, Inputs, shipped, version};
use crate::context::Ctx;
use crate::docker::{Docker, LocalImage};
use crate::docker_build::ImageBuild;
use crate::image_contents::Contents;
use crate::planner::Plan;
use crate::result::Built;
use crate::sources::Sources;
use crate::threads::joined;
use crate::workspace::Workspace;

/// Everything that decides the build.
pub(crate) struct Planned {
    /// What bears the image's name now.
    before: Option<LocalImage>,
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
        shipped::require(&colony::dockerfile(&ctx.root)?, &plan.workspace.binaries)?;
        let expected = Expected::new(ctx, &plan, chef)?;
        let base = usable_base(ctx, expected.compare(base), args)?;
        let sources = Sources::read(&ctx.root, &plan)?;
        let inputs = Inputs {
            sources: sources.digest(),
            base: base.clone(),
            runtime: runtime.id.clone().unwrap_or_else(|| runtime.reference.clone()),
            dockerfile: colony::recipe(&ctx.root)?,
        };
        let chosen = args.build_version.clone();
        // Relative, so that the line of a dry run is the call of a real one.
        let context = sources.folder(Path::new("target/xtask"));
        let version = thread::scope(|scope| {
            let version = scope.spawn(|| version::find(docker, chosen, before.as_ref(), &inputs));
            if ctx.runner.is_dry() {
                println!("cargo xtask plan");
            } else {
                ctx.report.step("stage sources", || sources.stage(&ctx.state_dir()))?;
            }
            joined(version)
        })?;
        let mut labels = vec![(colony::INPUTS_LABEL, inputs.digest()), (colony::BASE_LABEL, base)];
        labels.extend(version.label());
        let spec = BuildSpec {
            name: image,
            metadata_file: own_path("colony", ".json"),
            dockerfile: colony::DOCKERFILE,
            builder: String::new(),
            contexts: [("source", context)].into(),
            build_args: [
                ("BASE_IMAGE", args.base.image().to_string()),
                (RUNTIME.variable, runtime.reference),
                ("BUILD_VERSION", version.text),
            ]
            .into(),
            labels: labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            secrets: [].into(),
        };
        Ok(Self { before, base_identity: expected.identity.hash(), workspace: plan.workspace, spec })
    }

    /// Chooses the builder, which everything else is independent of.
    pub(crate) fn on(mut self, builder: String) -> Self {
        self.spec.builder = builder;
        self
    }

    /// `None` in a dry run.
    pub(crate) fn build(&self, ctx: &Ctx, docker: &Docker<'_>) -> anyhow::Result<Option<Built>> {
        let built = ctx.report.step("build colony image", || docker.build_image(&self.spec))?;
        let Some(ImageBuild { image: local, log, .. }) = built else { return Ok(None) };
        let contents = Contents::of(ctx, docker, &local.id)?;
        self.require_binaries(docker, &contents)?;
        let rows = match Outcome::of(&log) {
            Ok(outcome) => self.rows(ctx, &outcome),
            Err(error) => {
                ctx.report.warning(format!("what was compiled is not known: {error:#}"));
                Vec::new()
            }
        };
        Ok(Some(Built { image: self.spec.name.clone(), local, bytes: contents.bytes, rows }))
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

    /// What the compiling step did, in rows for the summary; a recompiled dependency is a warning of its own.
    fn rows(&self, ctx: &Ctx, outcome: &Outcome) -> Vec<(String, String)> {
        let before = |label| self.before.as_ref().filter(|before| before.label(label) == self.label(label));
        let Outcome::Ran(report) = outcome else {
            let why = match before(colony::INPUTS_LABEL) {
                Some(_) => "the sources are those of the image that stood",
                None => "these sources were compiled before",
            };
            return vec![("compiled".to_owned(), format!("nothing new: {why}"))];
        };
        if let Some(warning) = report.warning() {
            ctx.report.warning(warning);
        }
        if report.cold && before(colony::BASE_LABEL).is_some() {
            ctx.report.warning(
                "the warm target directory was gone although the base is that of the last build: most likely BuildKit's \
                 clean-up or a prune dropped it; cargo xtask doctor says how to keep it",
            );
        }
        report.rows(&self.workspace)
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.spec.labels.get(key).map(String::as_str)
    }
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
