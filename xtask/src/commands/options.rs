//! What the flags shared by the two builds mean.

use crate::cli;
use crate::colony;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::doctor;
use crate::failure::{ExitCode, Failure};
use crate::publish::{Destination, Ecr};

impl cli::Build {
    /// The chosen builder, or the docker driver's own, once everything that a build needs is known to be there.
    pub(crate) fn builder(&self, ctx: &Ctx) -> anyhow::Result<String> {
        let context = doctor::require_build(ctx, self.builder.as_deref(), !self.no_push).or_else(|missing| {
            if !ctx.runner.is_dry() {
                return Err(missing);
            }
            ctx.report.warning(format!("a real run would stop here: {missing:#}"));
            Ok(None)
        })?;
        // The builder of the docker driver bears the name of its context.
        self.builder.clone().or(context).map_or_else(|| Docker::new(ctx).default_builder(), Ok)
    }

    /// Where the image goes.
    pub(crate) fn destination(&self, ecr: cli::Ecr) -> anyhow::Result<Destination> {
        if self.no_push { Ok(Destination::Local) } else { Ok(Destination::Ecr(ecr.checked()?)) }
    }
}

impl cli::Ecr {
    /// Fails for a registry that is no host name: it gets the password.
    pub(crate) fn checked(self) -> anyhow::Result<Ecr> {
        let Self { region, account, registry, force_policy } = self;
        // A variable that is set to nothing counts as not set.
        let set = |option: Option<String>| option.filter(|text| !text.is_empty());
        let registry = set(registry);
        let is_host = |text: &&String| text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:[]".contains(c));
        if let Some(host) = registry.as_ref().filter(|host| !is_host(host)) {
            return Err(Failure::new(ExitCode::Usage, format!("`{host}` is no registry host"))
                .hint(
                    "Name the host alone, as in 123456789012.dkr.ecr.eu-west-1.amazonaws.com: --registry, ECR_REGISTRY",
                )
                .into());
        }
        Ok(Ecr { region, account: set(account), registry, force_policy })
    }
}

impl cli::Colony {
    pub(crate) fn order(&self) -> colony::build::Order {
        colony::build::Order {
            image: self.name.image(),
            base: self.base.image(),
            chef_image: self.chef.chef_image.clone(),
            runtime_image: self.runtime_image.clone(),
            build_version: self.build_version.clone(),
            allow_stale_base: self.allow_stale_base,
        }
    }
}
