//! `cargo xtask build-colony`: check the base, stage the sources, build, verify, tell what was compiled and why.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::thread;

use crate::base::{Expected, State};
use crate::base_images::RUNTIME;
use crate::build_spec::{BuildSpec, Output};
use crate::cli;
use crate::colony::outcome::Outcome;
use crate::colony::{self, runs, verified};
use crate::commands::check_base;
use crate::context::Ctx;
use crate::docker::{Docker, LocalImage};
use crate::image::ImageReference;
use crate::planner::Plan;
use crate::report::megabytes;
use crate::result::Built;
use crate::sources::Sources;

impl cli::BuildColony {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        self.build.require_no_push()?;
        let json = self.build.json;
        if let Some(built) = self.build(ctx)? {
            built.print(json);
        }
        Ok(())
    }

    /// Builds into the local engine. `None` in a dry run.
    pub(crate) fn build(self, ctx: &Ctx) -> anyhow::Result<Option<Built>> {
        let Self { colony: args, build } = self;
        let docker = Docker::new(ctx);
        let builder = build.builder(ctx, &docker)?;
        let image = ImageReference { repository: args.repository.clone(), tag: args.tag.clone() }.to_string();
        let plan = ctx.report.step("plan", || Plan::make(ctx))?;
        let base = usable_base(ctx, &docker, &plan, &args)?;
        let before = docker.image(&image)?;
        let spec = spec(ctx, &docker, &plan, &args, &image, builder, &base, before.as_ref())?;
        let after = ctx.report.step("build colony image", || docker.build_image(&spec))?;
        let Some(after) = after else {
            ctx.report.step("verify binaries", || verified::verify(ctx, &docker, &image, &plan.workspace))?;
            return Ok(None);
        };
        let mut rows = vec![("image", image.clone()), ("image ID", after.id.clone()), ("size", megabytes(after.size))];
        if before.as_ref().is_some_and(|before| before.id == after.id) && verified::is_known(ctx, &after.id) {
            rows.push(("compiled", "nothing: the image stands as it was".to_owned()));
            ctx.report.summary("colony image", &rows);
        } else {
            let told = ctx.report.step("verify binaries", || {
                // The report is read while the binaries prove themselves.
                thread::scope(|scope| {
                    let told = scope.spawn(|| compiled(ctx, &docker, &spec, &plan));
                    verified::verify(ctx, &docker, &after.id, &plan.workspace)
                        .or_else(|error| restore(&docker, &image, before.as_ref()).and(Err(error)))?;
                    told.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
            })?;
            rows.extend(told.iter().map(|(name, what)| (name.as_str(), what.clone())));
            ctx.report.summary("colony image", &rows);
        }
        Ok(Some(Built { image, local: after }))
    }
}

/// The image ID of the base, if the base may be built on. A dry run only warns.
fn usable_base(ctx: &Ctx, docker: &Docker<'_>, plan: &Plan, args: &cli::Colony) -> anyhow::Result<String> {
    let base = args.base.image();
    let expected = Expected::new(ctx, docker, plan, args.chef.chef_image.as_deref())?;
    let (id, failure) = match expected.compare(docker, &base)? {
        State::Current(local) => return Ok(local.id),
        State::Missing => ("unknown".to_owned(), check_base::missing(&base)),
        State::Stale(local, reasons) if args.allow_stale_base => {
            ctx.report.warning(format!("building on a stale base, because {}", reasons.join("; ")));
            return Ok(local.id);
        }
        State::Stale(local, reasons) => (local.id, check_base::stale(&base, &reasons)),
    };
    if !ctx.runner.is_dry() {
        return Err(failure.into());
    }
    ctx.report.warning(format!("a real run would stop here: {failure}"));
    Ok(id)
}

#[expect(clippy::too_many_arguments, reason = "everything that decides one call, used once")]
fn spec(
    ctx: &Ctx,
    docker: &Docker<'_>,
    plan: &Plan,
    args: &cli::Colony,
    image: &str,
    builder: String,
    base_id: &str,
    before: Option<&LocalImage>,
) -> anyhow::Result<BuildSpec> {
    let runtime = RUNTIME.resolve(ctx, docker, args.runtime_image.as_deref())?;
    let sources = Sources::read(&ctx.root, plan)?;
    let inputs = colony::Inputs {
        sources: sources.digest(),
        base: base_id.to_owned(),
        runtime: docker.image(&runtime)?.map_or_else(|| runtime.clone(), |image| image.id),
        dockerfile: colony::recipe(&ctx.root)?,
    };
    let version = colony::build_version(args.build_version.clone(), before, &inputs)?;
    let context = if ctx.runner.is_dry() {
        println!("cargo xtask plan");
        sources.folder(Path::new("target/xtask"))
    } else {
        ctx.report.step("stage sources", || sources.stage(&ctx.state_dir()))?
    };
    Ok(BuildSpec {
        output: Output::Image { name: image.to_owned(), id_file: "target/xtask/colony.iid".into() },
        dockerfile: colony::DOCKERFILE,
        builder,
        contexts: [("source", context)].into(),
        build_args: [
            ("BASE_IMAGE", args.base.image().to_string()),
            (RUNTIME.variable, runtime),
            ("BUILD_VERSION", version),
        ]
        .into(),
        labels: [(colony::INPUTS_LABEL.to_owned(), inputs.digest())].into(),
        secrets: [].into(),
        on_terminal: std::io::stderr().is_terminal(),
    })
}

/// An image that failed must not keep the name: what bore it before gets it back.
fn restore(docker: &Docker<'_>, image: &str, before: Option<&LocalImage>) -> anyhow::Result<()> {
    match before {
        Some(before) => docker.tag(&before.id, image),
        None => docker.untag(image),
    }
}

/// What the compiling step did, in rows for the summary; a recompiled dependency is a warning of its own.
fn compiled(ctx: &Ctx, docker: &Docker<'_>, image: &BuildSpec, plan: &Plan) -> anyhow::Result<Vec<(String, String)>> {
    let folder = PathBuf::from("target/xtask/report");
    let output = Output::Stage { stage: "report", folder: folder.clone() };
    docker.export_stage(&BuildSpec { output, on_terminal: false, ..image.clone() })?;
    let outcome = Outcome::read(&ctx.root.join(folder))?;
    if !runs::is_new(ctx, &outcome.run)? {
        return Ok(vec![("compiled".to_owned(), "nothing: these sources were compiled before".to_owned())]);
    }
    if let Some(warning) = outcome.warning() {
        ctx.report.warning(warning);
    }
    Ok(outcome.lines(&plan.workspace))
}
