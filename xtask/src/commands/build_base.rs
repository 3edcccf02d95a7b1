//! `cargo xtask build-base`: plan, build, label.

use std::io::IsTerminal;

use crate::base::{self, Expected};
use crate::base_images::CHEF;
use crate::build_spec::{BuildSpec, Output};
use crate::cli;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::planner::Plan;
use crate::report::megabytes;
use crate::result::Built;

impl cli::BuildBase {
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
        let Self { base, chef, build } = self;
        let docker = Docker::new(ctx);
        let image = base.image();
        let builder = build.builder(ctx, &docker)?;
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
            output: Output::Image { name: image.to_string(), id_file: "target/xtask/base.iid".into() },
            dockerfile: base::DOCKERFILE,
            builder,
            contexts: [("plan", Plan::base_dir())].into(),
            build_args: [(CHEF.variable, expected.chef_image.clone())].into(),
            labels: expected.labels().into_iter().collect(),
            secrets: base::ca_bundle().map(|path| ("ca", path)).into_iter().collect(),
            on_terminal: std::io::stderr().is_terminal(),
        };
        let Some(local) = ctx.report.step("build base image", || docker.build_image(&spec))? else {
            return Ok(None);
        };
        let image = image.to_string();
        ctx.report.summary(
            "base image",
            &[
                ("image", image.clone()),
                ("image ID", local.id.clone()),
                ("size", megabytes(local.size)),
                ("identity", expected.identity.hash()),
            ],
        );
        Ok(Some(Built { image, local }))
    }
}
