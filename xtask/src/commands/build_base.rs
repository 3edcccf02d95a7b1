//! `cargo xtask build-base`: plan, build, label, push.

use crate::base::{self, Expected};
use crate::base_images::CHEF;
use crate::build_spec::{BuildSpec, own_path};
use crate::context::Ctx;
use crate::docker::{Docker, LocalImage};
use crate::docker_build::ImageBuild;
use crate::image::ImageReference;
use crate::image_contents::Contents;
use crate::planner::Plan;
use crate::publish::record::Record;
use crate::result::Built;
use crate::{cli, publish};

impl cli::BuildBase {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { repository, tag, chef, build, ecr } = self;
        let docker = Docker::new(ctx);
        let image = ImageReference { repository, tag };
        let builder = build.builder(ctx, &docker)?;
        let plan = || Planned::make(ctx, &docker, &image, &chef, builder);
        let work = |planned: Planned| Ok((planned.build(ctx, &docker)?, planned.identity));
        let ((built, identity), ready) = publish::around(ctx, build.pushes(&ecr), &image, plan, work)?;
        let Some(ready) = ready else {
            built.iter().for_each(|built| built.tell(ctx, "base image", None, build.json));
            return Ok(());
        };
        let planned = LocalImage::planned(&image);
        let local = built.as_ref().map_or(&planned, |built| &built.local);
        let pushed = ready.registry.push(ctx, &docker, local, &[&image.tag])?;
        if let (Some(built), Some(pushed)) = (&built, &pushed) {
            let commit = ready.commit.as_ref();
            let bytes = built.bytes;
            let record = Record { pushed, image: local, bytes, permanent: None, commit, base_identity: &identity };
            record.write(ctx, "base")?;
            built.tell(ctx, "base image", Some(&record), build.json);
        }
        Ok(())
    }
}

/// Builds the base for the local engine alone.
pub(crate) fn locally(
    ctx: &Ctx,
    base: &cli::BaseReference,
    chef: &cli::ChefImage,
    build: &cli::Build,
) -> anyhow::Result<Built> {
    let docker = Docker::new(ctx);
    let builder = build.builder(ctx, &docker)?;
    let built = Planned::make(ctx, &docker, &base.image(), chef, builder)?.build(ctx, &docker)?;
    anyhow::Context::context(built, "a build that is no dry run gives an image")
}

/// Everything that decides the build.
struct Planned {
    /// Hash of the identity.
    identity: String,
    spec: BuildSpec,
}

impl Planned {
    fn make(
        ctx: &Ctx,
        docker: &Docker<'_>,
        image: &ImageReference,
        chef: &cli::ChefImage,
        builder: String,
    ) -> anyhow::Result<Self> {
        let plan = ctx.report.step("plan", || Plan::make(ctx))?;
        if ctx.runner.is_dry() {
            println!("cargo xtask plan");
        } else {
            plan.write(ctx)?;
        }
        let expected = Expected::new(ctx, &plan, CHEF.resolve(ctx, docker, chef.chef_image.as_deref())?)?;
        let spec = BuildSpec {
            name: image.to_string(),
            metadata_file: own_path("base", ".json"),
            dockerfile: base::DOCKERFILE,
            builder,
            contexts: [("plan", Plan::base_dir())].into(),
            build_args: [(CHEF.variable, expected.chef.reference.clone())].into(),
            labels: expected.labels().into_iter().collect(),
            secrets: base::ca_bundle().map(|path| ("ca", path)).into_iter().collect(),
        };
        Ok(Self { identity: expected.identity.hash(), spec })
    }

    /// `None` in a dry run.
    fn build(&self, ctx: &Ctx, docker: &Docker<'_>) -> anyhow::Result<Option<Built>> {
        let built = ctx.report.step("build base image", || docker.build_image(&self.spec))?;
        let Some(ImageBuild { image: local, is_classic, .. }) = built else { return Ok(None) };
        // The base is large, so it is looked into only where the engine's word is not what we mean by the size.
        let bytes = if is_classic { local.engine_size } else { Contents::of(ctx, docker, &local.id)?.bytes };
        let rows = vec![("identity".to_owned(), self.identity.clone())];
        Ok(Some(Built { image: self.spec.name.clone(), local, bytes, rows }))
    }
}
