//! `cargo xtask build-base`: plan, build, label.

use std::io::IsTerminal;

use crate::base::{self, Expected};
use crate::base_images::CHEF;
use crate::build_spec::BuildSpec;
use crate::cli;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::planner::Plan;
use crate::report::megabytes;
use crate::result;

impl cli::BuildBase {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { base, chef, build } = self;
        build.require_no_push()?;
        let docker = Docker::new(ctx);
        let image = base.image();
        let builder = build.builder(&docker)?;
        let plan = ctx.report.step("plan", || {
            let plan = Plan::make(ctx)?;
            if ctx.runner.is_dry() {
                println!("cargo xtask plan")
            } else {
                plan.write(ctx)?
            }
            Ok(plan)
        })?;
        let expected = Expected::new(ctx, &docker, &plan, chef.chef_image.as_deref())?;
        let spec = BuildSpec {
            image: image.to_string(),
            dockerfile: base::DOCKERFILE,
            builder,
            contexts: [("plan", Plan::base_dir())].into(),
            build_args: [(CHEF.variable, expected.chef_image.clone())].into(),
            labels: expected.labels().into_iter().collect(),
            secrets: base::ca_bundle().map(|path| ("ca", path)).into_iter().collect(),
            on_terminal: std::io::stderr().is_terminal(),
        };
        ctx.report.step("build base image", || docker.build(&spec))?;
        if ctx.runner.is_dry() {
            return Ok(());
        }
        let local = docker.built(&spec.image)?;
        ctx.report.summary(
            "base image",
            &[
                ("image", spec.image.clone()),
                ("image ID", local.id.clone()),
                ("size", megabytes(local.size)),
                ("identity", expected.identity.hash()),
            ],
        );
        result::print(&spec.image, &local, build.json);
        Ok(())
    }
}
