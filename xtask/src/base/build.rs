//! One base build: everything that decides it, and the build itself.

use std::thread;

use crate::base::identity::IDENTITY_LABEL;
use crate::base::{self, Expected, pulled, secrets, toolchain};
use crate::codegen::written;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::docker::build_spec::{BuildSpec, Output, mount_namespace};
use crate::docker::contents::Contents;
use crate::docker::far_builder::FarBuilder;
use crate::docker::name::ImageReference;
use crate::docker::pushed_build::PushedBuild;
use crate::ownership;
use crate::process::threads::joined;
use crate::publish::told_file;
use crate::report::record::{Built, Record};
use crate::start_images::CHEF;
use crate::workspace::lock;
use crate::workspace::plan::Plan;
use crate::workspace::supply;

/// The stage of the Dockerfile that compiles.
const BUILDER: &str = "builder";

/// What the user wants built.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) image: ImageReference,
    /// The image to start from, if it was chosen.
    pub(crate) chef_image: Option<String>,
    /// Whether to compile all dependencies, whatever the last base left.
    pub(crate) from_scratch: bool,
    /// Where in a registry BuildKit's cache is read and kept, `registry/repository:tag`, if anywhere.
    pub(crate) cache: Option<String>,
}

/// Everything that decides the build.
pub(crate) struct BaseBuild {
    /// Hash of the identity.
    identity: String,
    /// What is built before it.
    planter: Option<BuildSpec>,
    spec: BuildSpec,
}

impl BaseBuild {
    /// Plans for the builder of that name, and writes the context.
    pub(crate) fn make(ctx: &Ctx, order: &Order, builder: String) -> anyhow::Result<Self> {
        let name = order.image.to_string();
        let (plan, standing) = thread::scope(|scope| {
            let standing = scope.spawn(|| Docker::new(ctx).image(&name));
            (ctx.report.step("plan", || Plan::make(ctx)), joined(standing))
        });
        let (plan, standing) = (plan?, standing?);
        ownership::require(ctx, &name, IDENTITY_LABEL, standing.as_ref())?;
        let expected = || Expected::for_build(ctx, &plan, order.chef_image.as_deref());
        let (expected, spec) = Self::planned(ctx, order, builder, &plan, expected)?;
        let planter = match order.from_scratch {
            true => None,
            false => pulled::planter(ctx, standing.as_ref(), &expected.chef, &spec)?,
        };
        Ok(Self { identity: expected.identity.hash(), planter, spec })
    }

    /// The same for a builder that sees no image of this machine.
    pub(crate) fn make_far(ctx: &Ctx, order: &Order, builder: &FarBuilder) -> anyhow::Result<Self> {
        let plan = ctx.report.step("plan", || Plan::make(ctx))?;
        let expected = || Expected::for_far_builder(ctx, &plan, order.chef_image.as_deref(), builder);
        let (expected, spec) = Self::planned(ctx, order, builder.name.clone(), &plan, expected)?;
        Ok(Self { identity: expected.identity.hash(), planter: None, spec })
    }

    fn planned(
        ctx: &Ctx,
        order: &Order,
        builder: String,
        plan: &Plan,
        expected: impl FnOnce() -> anyhow::Result<Expected>,
    ) -> anyhow::Result<(Expected, BuildSpec)> {
        ctx.warn_if_dry(written::require(&ctx.root, &plan.workspace.images, &ctx.names))?;
        if !ctx.runner.printed(Plan::line())? {
            plan.write(ctx)?;
        }
        let expected = expected()?;
        expected.chef.warn(ctx);
        toolchain::require(&plan.base, &expected.chef)?.into_iter().for_each(|line| ctx.report.warning(line));
        // The Dockerfile has the default too.
        let profile = &plan.workspace.images.profile;
        let profile = (!profile.is_default()).then(|| ("PROFILE", profile.name().to_owned()));
        let images = &plan.workspace.images;
        ctx.warn_if_dry(secrets::require(&ctx.root, images).map_err(Into::into))?;
        let spec = BuildSpec {
            name: order.image.to_string(),
            dockerfile: base::DOCKERFILE,
            builder,
            output: Output::Engine,
            contexts: [("plan", plan.base_dir(ctx)?), (supply::CONTEXT, plan.supply_dir(ctx)?)]
                .map(|(name, folder)| (name, ctx.relative(&folder)))
                .into(),
            build_args: [(CHEF.variable, expected.chef.reference.clone())]
                .into_iter()
                .chain(expected.chef.id.clone().map(|id| ("CHEF_ID", id)))
                .chain(profile)
                .map(|(name, value)| (name.to_owned(), value))
                .chain(plan.workspace.build_env.clone())
                .chain(mount_namespace())
                .collect(),
            labels: expected.labels().into_iter().collect(),
            crates: Some(lock::count(&plan.base["Cargo.lock"])?),
            secrets: secrets::all(images, order.from_scratch),
            ssh: images.ssh,
            target: None,
            anew: if order.from_scratch { &[BUILDER] } else { &[] },
            cache: order.cache.clone(),
        };
        Ok((expected, spec))
    }

    pub(crate) fn build(&self, ctx: &Ctx) -> anyhow::Result<Built> {
        if let Some(planter) = &self.planter {
            pulled::plant(ctx, planter)?;
        }
        let built = ctx.report.step(&self.spec.step(), || Docker::new(ctx).build_image(&self.spec))?;
        let Some(built) = built else {
            return Ok(Built::Printed { build_version: None, base_identity: self.identity.clone(), image_id: None });
        };
        // The base is large, so it is looked into only where the engine's word is not what we mean by the size.
        let bytes = if built.is_classic { built.image.engine_size } else { Contents::of(ctx, &built, None)?.bytes };
        Ok(Built::Done(Box::new(Record {
            image: self.spec.name.clone(),
            base_identity: self.identity.clone(),
            ..Record::of(built.image, bytes)
        })))
    }

    /// Builds the image into that repository, `registry/repository`.
    pub(crate) fn build_far(self, ctx: &Ctx, uri: &str) -> anyhow::Result<Built> {
        let spec = BuildSpec { output: Output::Registry(uri.to_owned()), ..self.spec };
        let file = ctx.relative(&told_file(ctx, spec.kind())?);
        let built = ctx.report.step(&spec.step(), || Docker::new(ctx).build_into_registry(&spec, &file))?;
        let Some(PushedBuild { digest, .. }) = built else {
            return Ok(Built::Printed { build_version: None, base_identity: self.identity, image_id: None });
        };
        let (image, base_identity) = (spec.name, self.identity);
        Ok(Built::Done(Box::new(Record { image, base_identity, ..Record::arrived(digest) })))
    }
}
