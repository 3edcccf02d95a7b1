//! Where a finished image goes: into the local engine alone, or also into ECR.
//!
//! `prepare.rs` checks identity and repository before a build and gets policy and login done beside it, `ready.rs` and
//! `push.rs` send tags after it, `permanent.rs` and `identity_tag.rs` name the ones that never move, `version_tags.rs` says what
//! a release may be called, and `former.rs` records what a tag meant before it moved. `standing.rs` tells by the names what
//! a later build has superseded.
//!
//! `by_builder.rs` is the way of an image that a builder beyond this machine brings to the registry itself, `given.rs` its tags.
//!
//! `cache.rs` makes a repository ready for BuildKit's cache, `reached.rs` is for commands that build nothing, and `wanted.rs`
//! is what people call an image there.

pub(crate) mod aws;
mod by_builder;
pub(crate) mod cache;
pub(crate) mod ecr;
pub(crate) mod former;
mod given;
pub(crate) mod identity_tag;
pub(crate) mod permanent;
mod prepare;
mod push;
pub(crate) mod reached;
mod ready;
pub(crate) mod region;
mod standing;
mod version_tags;
pub(crate) mod wanted;

use std::thread;

pub(crate) use crate::publish::given::told_file;
pub(crate) use crate::publish::prepare::{identify, tell};
pub(crate) use crate::publish::standing::{Standing, is_known_by_digest, lasting_names};
pub(crate) use crate::publish::version_tags::Release;

use crate::context::Ctx;
use crate::docker::name::ImageReference;
use crate::failure::{self, ExitCode, Failure};
use crate::process::threads::joined;
use crate::publish::prepare::Checked;
use crate::publish::ready::{Ready, Way, built_only};
use crate::publish::region::Region;
use crate::report::record::{Built, Record};
use crate::signing::signer::Signer;
use crate::workspace::commit::{self, Commit};

/// Where a build's image goes.
#[derive(Clone, Debug)]
pub(crate) enum Destination {
    /// It stays in the local engine; AWS is asked for nothing.
    Local,
    Ecr(Ecr),
}

/// How ECR is reached and what is done there.
#[derive(Clone, Debug)]
pub(crate) struct Ecr {
    /// Without one the profile's, or the default.
    pub(crate) region: Option<Region>,
    /// The only account whose credentials will do, if there is one.
    pub(crate) account: Option<String>,
    /// Registry host to push to; without it what ECR answers.
    pub(crate) registry: Option<String>,
    /// Whether a lifecycle policy that is not ours is overwritten.
    pub(crate) force_policy: bool,
}

/// Which tag an image gets besides the one in its name. It never moves, and is pushed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tags<'a> {
    /// Made of the base's identity, so that another machine finds the base.
    IdentityAndMoving,
    /// Made of commit and image.
    PermanentAndMoving,
    /// The same, the version beside it, and before the one in its name those that follow versions.
    Release(&'a Release),
}

impl Destination {
    /// Fails where a push could not even begin, for those who do something long before it.
    pub(crate) fn require(&self, ctx: &Ctx, image: &ImageReference) -> anyhow::Result<()> {
        match self {
            // A dry run comes to it anyway, and says so once.
            Self::Ecr(ecr) if !ctx.manner.is_dry => ecr.check(ctx, image, Tags::PermanentAndMoving).map(drop),
            _ => Ok(()),
        }
    }

    /// Runs `plan`, then `build` with its result, and brings the image to where it goes. What can be asked there without
    /// a change is asked beside `plan`, so that it fails before the build; what else has to be ready before a push, beside
    /// `build`. Whoever signs does so before any tag moves. `None` in a dry run.
    pub(crate) fn deliver<P>(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags<'_>,
        signer: Option<&Signer>,
        plan: impl FnOnce() -> anyhow::Result<P>,
        build: impl FnOnce(P) -> anyhow::Result<Built>,
    ) -> anyhow::Result<Option<Record>> {
        match self {
            Self::Local => Ok(match build(plan()?)? {
                Built::Done(record) => Some(*record),
                Built::Printed { .. } => None,
            }),
            Self::Ecr(ecr) => {
                let (built, ready) = if ctx.manner.is_dry {
                    ecr.prepare_in_turn(ctx, image, tags, plan, build)
                } else {
                    ecr.prepare_beside(ctx, image, tags, plan, build)
                }?;
                ready.push(ctx, image, tags, signer, built)
            }
        }
    }
}

impl Ecr {
    /// Asks who we are and what is there, and changes nothing.
    fn check(&self, ctx: &Ctx, image: &ImageReference, tags: Tags<'_>) -> anyhow::Result<Checked> {
        ctx.report.step("AWS identity and repository", || {
            let region = Region::settle(ctx, self.region.clone())?;
            Checked::ask(ctx, self, &region, image, tags)
        })
    }

    /// One after the other, so that the printed commands of a dry run stand in an order that works.
    fn prepare_in_turn<P>(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags<'_>,
        plan: impl FnOnce() -> anyhow::Result<P>,
        build: impl FnOnce(P) -> anyhow::Result<Built>,
    ) -> anyhow::Result<(Built, Ready)> {
        let commit = commit::ask(ctx)?;
        let planned = plan()?;
        let region = ctx.warn_if_dry(Region::settle(ctx, self.region.clone()))?.unwrap_or_default();
        let checked = ctx.warn_if_dry(Checked::ask(ctx, self, &region, image, tags))?;
        let checked = checked.unwrap_or_else(|| Checked::unknown(self, region, image));
        checked.tell_version(ctx, tags);
        let registry = checked.prepare(ctx, self)?;
        Ok((build(planned)?, Ready { registry, commit, checked, way: Way::Engine }))
    }

    fn prepare_beside<P>(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags<'_>,
        plan: impl FnOnce() -> anyhow::Result<P>,
        build: impl FnOnce(P) -> anyhow::Result<Built>,
    ) -> anyhow::Result<(Built, Ready)> {
        // Before the sources are read, since the commit is to be theirs.
        let commit = commit::ask(ctx)?;
        let (before, beside) = (&ctx.aside(), &ctx.aside());
        thread::scope(|scope| {
            let checked = scope.spawn(|| self.check(before, image, tags));
            let planned = plan();
            let checked = joined(checked);
            ctx.report.absorb(&before.report);
            let (planned, checked) = (planned.map_err(nothing_pushed)?, checked.map_err(nothing_pushed)?);
            tell(ctx, &checked.identity, &checked.region);
            checked.tell_version(ctx, tags);
            let ready = scope.spawn(move || {
                let commit = Commit::between(commit, commit::ask(beside)?.as_ref());
                let registry = checked.prepare(beside, self)?;
                anyhow::Ok(Ready { registry, commit, checked, way: Way::Engine })
            });
            let built = build(planned);
            let ready = joined(ready);
            ctx.report.absorb(&beside.report);
            let built = built.map_err(|error| nothing_pushed(has_begun(&error)))?;
            Ok((built, ready.map_err(built_only)?))
        })
    }
}

/// Whatever a part of it calls a precondition: once a build has begun, the exit code cannot say that nothing was done.
fn has_begun(error: &anyhow::Error) -> anyhow::Error {
    Failure::of(ExitCode::Failed, error).into()
}

/// Says what was done where the exit code alone does not: a precondition means that nothing was.
fn nothing_pushed(error: anyhow::Error) -> anyhow::Error {
    match failure::code(&error) {
        code @ (ExitCode::Failed | ExitCode::Interrupted) => {
            Failure::of(code, &error).hint("Nothing was pushed.").into()
        }
        _ => error,
    }
}
