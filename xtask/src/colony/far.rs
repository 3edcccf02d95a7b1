//! A colony that is built beyond this machine, by a builder that sees no local image: on the base that the registry has,
//! and from the builder into the registry. What stands in the local engine counts for nothing.

use crate::base::Expected;
use crate::base::far::{self, FarBase};
use crate::codegen::written;
use crate::colony::build::{Order, staged};
use crate::colony::outcome;
use crate::colony::spec::Parts;
use crate::colony::{self, Inputs, version};
use crate::context::Ctx;
use crate::docker::Docker;
use crate::docker::build_spec::{BuildSpec, Output};
use crate::docker::far_builder::FarBuilder;
use crate::docker::progress::BuildLog;
use crate::docker::pushed_build::PushedBuild;
use crate::docker::remote_image::RemoteImage;
use crate::failure::{self, ExitCode};
use crate::publish::{Ecr, told_file};
use crate::report::compiled::Compiled;
use crate::report::record::{Built, Record};
use crate::start_images::RUNTIME;
use crate::workspace::Workspace;
use crate::workspace::plan::Plan;

/// Everything that decides the build.
pub(crate) struct FarColony {
    /// Hash of the base's identity.
    base_identity: String,
    workspace: Workspace,
    spec: BuildSpec,
}

/// What bears the name of the image in the registry now: the same sources keep its version. `None` where there is none, or
/// it cannot be told.
fn before(ctx: &Ctx, order: &Order, base: &FarBase) -> anyhow::Result<Option<RemoteImage>> {
    let (Some(host), None) = (&base.host, &order.build_version) else { return Ok(None) };
    match Docker::new(ctx).remote_image(&format!("{host}/{}", order.images.image)) {
        Err(error) if failure::code(&error) == ExitCode::Interrupted => Err(error),
        // A repository that is not there yet is no reason to fail; what else is wrong, the push will tell.
        found => Ok(found.unwrap_or_default()),
    }
}

impl FarColony {
    /// Stages the sources, and finds the base by what AWS answers to `options`.
    pub(crate) fn make(ctx: &Ctx, order: &Order, options: &Ecr, builder: &FarBuilder) -> anyhow::Result<Self> {
        let wanted = &order.images.base;
        // Before anything is asked of AWS.
        let runtime = RUNTIME.resolve_far(ctx, order.images.runtime_image.as_deref(), builder)?.reference;
        let plan = ctx.report.step("plan", || Plan::make(ctx))?;
        ctx.warn_if_dry(written::require(&ctx.root, &plan.workspace.images, &ctx.names))?;
        let expected = Expected::for_far_builder(ctx, &plan, wanted.chef_image.as_deref(), builder)?;
        plan.costs_of_profile()?.into_iter().for_each(|line| ctx.report.info(line));
        let base = far::find(ctx, options, wanted, &expected)?;
        ctx.runner.printed(Plan::line())?;
        let sources = staged(ctx, &plan)?;
        let inputs = Inputs {
            sources: sources.digest().to_owned(),
            base: base.digest.clone(),
            runtime: runtime.clone(),
            dockerfile: colony::recipe(&ctx.root)?,
        };
        let before = before(ctx, order, &base)?;
        let version = version::far(order.build_version.clone(), before.as_ref(), &inputs)?;
        let own = [(colony::INPUTS_LABEL, inputs.digest()), (colony::BASE_LABEL, base.digest.clone())];
        let labels = own.into_iter().chain(version.label()).map(|(key, value)| (key.to_owned(), value));
        let parts = Parts {
            image: &order.images.image,
            base: base.pinned,
            base_id: base.digest,
            runtime,
            version: version.text,
            context: ctx.relative(&sources.folder(&ctx.state_dir()?)),
            labels: labels.chain([ctx.names.workspace.label()]).collect(),
        };
        let spec = parts.spec(&plan.workspace, builder.name.clone());
        Ok(Self { base_identity: expected.identity.hash(), workspace: plan.workspace, spec })
    }

    /// Builds the image into that repository, `registry/repository`.
    pub(crate) fn build(self, ctx: &Ctx, uri: &str) -> anyhow::Result<Built> {
        let spec = BuildSpec { output: Output::Registry(uri.to_owned()), ..self.spec.clone() };
        let file = ctx.relative(&told_file(ctx, spec.kind())?);
        let built = ctx.report.step(&spec.step(), || Docker::new(ctx).build_into_registry(&spec, &file))?;
        let build_version = Some(spec.build_args["BUILD_VERSION"].clone());
        let Some(PushedBuild { digest, log }) = built else {
            return Ok(Built::Printed { build_version, base_identity: self.base_identity, image_id: None });
        };
        Ok(Built::Done(Box::new(Record {
            compiled: self.compiled(ctx, &log),
            image: spec.name,
            build_version,
            base_identity: self.base_identity,
            ..Record::arrived(digest)
        })))
    }

    /// What the compiling step did, `None` where that is not known; a recompiled dependency is a warning of its own.
    fn compiled(&self, ctx: &Ctx, log: &BuildLog) -> Option<Compiled> {
        match outcome::report(log) {
            Ok(Some(report)) => {
                report.warning().into_iter().for_each(|warning| ctx.report.warning(warning));
                Some(report.compiled(&self.workspace))
            }
            Ok(None) => Some(Compiled::nothing("these sources were compiled before")),
            Err(error) => {
                ctx.report.warning(format!("what was compiled is not known: {error:#}"));
                None
            }
        }
    }
}
