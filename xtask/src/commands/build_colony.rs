//! `cargo xtask build-colony`: check the base, stage the sources, build, verify.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::ensure;

use crate::base::{Expected, State};
use crate::base_images::RUNTIME;
use crate::build_spec::BuildSpec;
use crate::cli;
use crate::commands::check_base;
use crate::context::Ctx;
use crate::docker::{Docker, LocalImage};
use crate::image::ImageReference;
use crate::planner::Plan;
use crate::report::megabytes;
use crate::sources::Sources;
use crate::{colony, result};

impl cli::BuildColony {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        self.build.require_no_push()?;
        let docker = Docker::new(ctx);
        let builder = self.build.builder(&docker)?;
        let image = ImageReference { repository: self.repository, tag: self.tag }.to_string();
        let base = self.base.image();
        let plan = ctx.report.step("plan", || Plan::make(ctx))?;
        let expected = Expected::new(ctx, &docker, &plan, self.chef.chef_image.as_deref())?;
        let base_image = match expected.compare(&docker, &base)? {
            State::Current(local) => local,
            State::Missing => return Err(check_base::missing(&base).into()),
            State::Stale(local, reasons) if self.allow_stale_base => {
                ctx.report.warning(format!("building on a stale base, because {}", reasons.join("; ")));
                local
            }
            State::Stale(_, reasons) => return Err(check_base::stale(&base, &reasons).into()),
        };
        let runtime = RUNTIME.resolve(ctx, &docker, self.runtime_image.as_deref())?;
        let sources = Sources::read(&ctx.root, &plan)?;
        let before = docker.image(&image)?;
        let inputs = colony::Inputs {
            sources: sources.digest(),
            base: base_image.id,
            runtime: docker.image(&runtime)?.map_or_else(|| runtime.clone(), |image| image.id),
            dockerfile: colony::recipe(&ctx.root)?,
        };
        let version = colony::build_version(self.build_version, before.as_ref(), &inputs)?;
        let context = if ctx.runner.is_dry() {
            println!("cargo xtask plan");
            sources.folder(Path::new("target/xtask"))
        } else {
            ctx.report.step("stage sources", || sources.stage(&ctx.state_dir()))?
        };
        let spec = BuildSpec {
            image: image.clone(),
            dockerfile: colony::DOCKERFILE,
            builder,
            contexts: [("source", context)].into(),
            build_args: [("BASE_IMAGE", base.to_string()), (RUNTIME.variable, runtime), ("BUILD_VERSION", version)]
                .into(),
            labels: [(colony::INPUTS_LABEL.to_owned(), inputs.digest())].into(),
            secrets: [].into(),
            on_terminal: std::io::stderr().is_terminal(),
        };
        ctx.report.step("build colony image", || docker.build(&spec))?;
        let after = if ctx.runner.is_dry() { None } else { Some(docker.built(&image)?) };
        if !unchanged(before.as_ref(), after.as_ref()) {
            ctx.report.step("verify binaries", || verify(&docker, &image, &plan))?;
        }
        let Some(after) = after else {
            return Ok(());
        };
        ctx.report.summary(
            "colony image",
            &[
                ("image", image.clone()),
                ("image ID", after.id.clone()),
                ("size", megabytes(after.size)),
                ("state", if unchanged(before.as_ref(), Some(&after)) { "unchanged" } else { "new" }.to_owned()),
            ],
        );
        result::print(&image, &after, self.build.json);
        Ok(())
    }
}

/// An image that stands was verified when it was built.
fn unchanged(before: Option<&LocalImage>, after: Option<&LocalImage>) -> bool {
    matches!((before, after), (Some(before), Some(after)) if before.id == after.id)
}

/// Each binary must answer inside the finished image: that catches a stub, a missing library and a C library of
/// another version.
fn verify(docker: &Docker<'_>, image: &str, plan: &Plan) -> anyhow::Result<()> {
    for binary in &plan.workspace.binaries {
        let path = format!("/usr/local/bin/{binary}");
        if let Some(output) = docker.run_once(image, &path, &plan.workspace.verify)? {
            let call = plan.workspace.verify.join(" ");
            ensure!(!output.is_empty(), "`{binary} {call}` prints nothing inside {image}: it may be a stub");
        }
    }
    Ok(())
}
