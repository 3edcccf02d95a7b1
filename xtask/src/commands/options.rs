//! What the flags shared by the two builds mean.

use crate::base;
use crate::cli;
use crate::colony::build::Order;
use crate::colony::look::ChosenImages;
use crate::colony::unfit_base::UnfitBase;
use crate::commands::far_rules;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::docker::far_builder::FarBuilder;
use crate::doctor;
use crate::publish::region::Region;
use crate::publish::{Destination, Ecr, Release};
use crate::release::choice::Choice;
use crate::report::timings;
use crate::signing::key::Key;
use crate::signing::signer::Signer;

impl cli::Build {
    /// The chosen builder, or the docker driver's own, once everything that a build needs is known to be there.
    pub(crate) fn builder(&self, ctx: &Ctx) -> anyhow::Result<String> {
        let context = ctx.warn_if_dry(doctor::require_build(ctx, self.builder.as_deref(), !self.no_push))?.flatten();
        // The builder of the docker driver bears the name of its context.
        self.builder.clone().or(context).map_or_else(|| Docker::new(ctx).default_builder(), Ok)
    }

    /// The chosen builder where it is none of the engine's own; fails for what such a builder cannot do. Only who named one
    /// is asked about.
    pub(crate) fn far_builder(&self, ctx: &Ctx) -> anyhow::Result<Option<FarBuilder>> {
        let far = self.builder.as_deref().map(|name| doctor::far_builder(ctx, name)).transpose()?.flatten();
        if let Some(far) = &far {
            if self.no_push {
                return Err(far_rules::no_push(far).into());
            }
            ctx.warn_if_dry(doctor::require_build(ctx, Some(&far.name), true))?;
        }
        Ok(far)
    }

    /// Draws where the time of this build went, whatever came of that, if somebody wants to see it.
    pub(crate) fn draw(&self, ctx: &Ctx, name: &str) {
        if let Err(error) = if self.timings { timings::write(ctx, name) } else { Ok(()) } {
            ctx.report.warning(format!("{error:#}"));
        }
    }

    /// Where the image goes.
    pub(crate) fn destination(&self, ecr: cli::Ecr) -> anyhow::Result<Destination> {
        if self.no_push { Ok(Destination::Local) } else { Ok(Destination::Ecr(ecr.checked()?)) }
    }
}

impl cli::Ecr {
    /// Fails for a variable that names no region.
    pub(crate) fn checked(self) -> anyhow::Result<Ecr> {
        let Self { access, force_policy } = self;
        Ok(Ecr { force_policy, ..access.checked()? })
    }
}

impl cli::Access {
    /// Fails for a variable that names no region.
    pub(crate) fn checked(self) -> anyhow::Result<Ecr> {
        let Self { region, table_region, account, registry } = self;
        Ok(Ecr { region: Region::chosen(region, table_region)?, account, registry, force_policy: false })
    }
}

impl cli::Sign {
    /// Whoever signs, once it is known that they can. `None` where nobody is to, or in a dry run where nobody could.
    pub(crate) fn signer(&self, ctx: &Ctx) -> anyhow::Result<Option<Signer>> {
        if !self.sign {
            return Ok(None);
        }
        let key = self.sign_key.as_deref().map(Key::parse).transpose()?;
        let ready = doctor::require_cosign(ctx).and_then(|generation| Signer::ready(ctx, generation, key));
        ctx.warn_if_dry(ready)
    }
}

impl cli::Release {
    /// The version that is asked for, if one is. Fails with code 3 where git or the workspace names none.
    pub(crate) fn settle(&self, ctx: &Ctx) -> anyhow::Result<Option<Release>> {
        let Self { version_tag, move_back } = self;
        let release = |choice: &Choice| Ok(Release { version: choice.settle(ctx)?, move_back: *move_back });
        version_tag.as_ref().map(release).transpose()
    }
}

impl cli::ColonyImages {
    /// `is_local`: whether the base, should it have to be built, is to stay in the local engine too.
    pub(crate) fn chosen(&self, is_local: bool) -> ChosenImages {
        ChosenImages {
            image: self.name.image(),
            base: base::Wanted {
                image: self.base.image(),
                chef_image: self.chef.chef_image.clone(),
                builder: None,
                is_local,
            },
            runtime_image: self.runtime.runtime_image.clone(),
        }
    }
}

impl cli::Colony {
    /// `is_local`: whether the base, should it have to be built, is to stay in the local engine too.
    pub(crate) fn order(&self, is_local: bool) -> Order {
        let unfit_base = if self.allow_stale_base { UnfitBase::StaleAllowed } else { UnfitBase::Refused };
        Order { images: self.images.chosen(is_local), build_version: self.build_version.clone(), unfit_base }
    }
}
