//! The way of an image that a builder beyond this machine makes: the repository is ready and docker logged in before the
//! build, which brings the image there itself.

use std::thread;

use crate::context::Ctx;
use crate::docker::name::ImageReference;
use crate::process::threads::joined;
use crate::publish::prepare::Checked;
use crate::publish::ready::{Ready, Way};
use crate::publish::region::Region;
use crate::publish::{Ecr, Tags, has_begun, nothing_pushed, tell};
use crate::report::record::{Built, Record};
use crate::signing::signer::Signer;
use crate::workspace::commit::{self, Commit};

impl Ecr {
    /// Runs `plan`, makes the repository ready, runs `build` with the plan and the repository, `registry/repository`, and
    /// gives the image its tags. Whoever signs does so before any tag moves. `None` in a dry run.
    pub(crate) fn deliver_by_builder<P>(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags<'_>,
        signer: Option<&Signer>,
        plan: impl FnOnce() -> anyhow::Result<P>,
        build: impl FnOnce(P, &str) -> anyhow::Result<Built>,
    ) -> anyhow::Result<Option<Record>> {
        // Before the sources are read, since the commit is to be theirs.
        let commit = commit::ask(ctx)?;
        let before = &ctx.aside();
        let (planned, checked) = thread::scope(|scope| {
            let checked = scope.spawn(|| self.check(before, image, tags));
            (plan(), joined(checked))
        });
        ctx.report.absorb(&before.report);
        let planned = planned.map_err(nothing_pushed)?;
        let checked = match ctx.warn_if_dry(checked.map_err(nothing_pushed))? {
            Some(checked) => checked,
            None => {
                let region = ctx.warn_if_dry(Region::settle(ctx, self.region.clone()))?.unwrap_or_default();
                Checked::unknown(self, region, image)
            }
        };
        // A colony's plan has told it where it looked for the base.
        if !ctx.manner.is_dry && tags == Tags::IdentityAndMoving {
            tell(ctx, &checked.identity, &checked.region);
        }
        checked.tell_version(ctx, tags);
        let registry = checked.prepare(ctx, self).map_err(nothing_pushed)?;
        let built = build(planned, registry.uri()).map_err(|error| nothing_pushed(has_begun(&error)))?;
        let commit = Commit::between(commit, commit::ask(ctx)?.as_ref());
        Ready { registry, commit, checked, way: Way::Builder }.push(ctx, image, tags, signer, built)
    }
}
