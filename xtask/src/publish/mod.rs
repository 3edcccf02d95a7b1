//! Where a finished image goes: into the local engine alone, or also into ECR.
//!
//! `prepare.rs` checks identity and repository before a build and gets policy and login done beside it, `push.rs` sends
//! tags after it, `permanent.rs` and `identity_tag.rs` name the ones that never move, and `standing.rs` tells by them what a
//! later build has superseded.
//! `cache.rs` makes a repository ready for BuildKit's cache, `reached.rs` is for commands that build nothing, `wanted.rs` what people call an image there.

pub(crate) mod aws;
pub(crate) mod cache;
pub(crate) mod ecr;
pub(crate) mod identity_tag;
mod permanent;
mod prepare;
mod push;
pub(crate) mod reached;
pub(crate) mod region;
mod standing;
pub(crate) mod wanted;

use std::thread;

pub(crate) use crate::publish::prepare::{identify, tell};
pub(crate) use crate::publish::standing::{Standing, is_known_by_digest, lasting_names};

use crate::context::Ctx;
use crate::docker::name::ImageReference;
use crate::failure::{self, ExitCode, Failure};
use crate::process::threads::joined;
use crate::publish::identity_tag::identity_tag;
use crate::publish::permanent::permanent_tag;
use crate::publish::prepare::Checked;
use crate::publish::push::Registry;
use crate::publish::region::Region;
use crate::report::record::{Built, Push, Record};
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
pub(crate) enum Tags {
    /// Made of the base's identity, so that another machine finds the base.
    IdentityAndMoving,
    /// Made of commit and image.
    PermanentAndMoving,
}

/// Everything that a push needs once the image is there.
struct Ready {
    registry: Registry,
    /// The commit that the sources had.
    commit: Option<Commit>,
}

impl Destination {
    /// Fails where a push could not even begin, for those who do something long before it.
    pub(crate) fn require(&self, ctx: &Ctx, image: &ImageReference) -> anyhow::Result<()> {
        match self {
            // A dry run comes to it anyway, and says so once.
            Self::Ecr(ecr) if !ctx.manner.is_dry => ecr.check(ctx, image).map(drop),
            _ => Ok(()),
        }
    }

    /// Runs `plan`, then `build` with its result, and brings the image to where it goes. What can be asked there without
    /// a change is asked beside `plan`, so that it fails before the build; what else has to be ready before a push, beside
    /// `build`. Whoever signs does so last. `None` in a dry run.
    pub(crate) fn deliver<P>(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags,
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
                    ecr.prepare_in_turn(ctx, image, plan, build)
                } else {
                    ecr.prepare_beside(ctx, image, plan, build)
                }?;
                ready.push(ctx, image, tags, signer, built)
            }
        }
    }
}

impl Ecr {
    /// Asks who we are and what is there, and changes nothing.
    fn check(&self, ctx: &Ctx, image: &ImageReference) -> anyhow::Result<Checked> {
        ctx.report.step("AWS identity and repository", || {
            let region = Region::settle(ctx, self.region.clone())?;
            Checked::ask(ctx, self, &region, image)
        })
    }

    /// One after the other, so that the printed commands of a dry run stand in an order that works.
    fn prepare_in_turn<P>(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        plan: impl FnOnce() -> anyhow::Result<P>,
        build: impl FnOnce(P) -> anyhow::Result<Built>,
    ) -> anyhow::Result<(Built, Ready)> {
        let commit = commit::ask(ctx)?;
        let planned = plan()?;
        let region = ctx.warn_if_dry(Region::settle(ctx, self.region.clone()))?.unwrap_or_default();
        let checked = ctx.warn_if_dry(Checked::ask(ctx, self, &region, image))?;
        let checked = checked.unwrap_or_else(|| Checked::unknown(self, region, image));
        let registry = checked.prepare(ctx, self)?;
        Ok((build(planned)?, Ready { registry, commit }))
    }

    fn prepare_beside<P>(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        plan: impl FnOnce() -> anyhow::Result<P>,
        build: impl FnOnce(P) -> anyhow::Result<Built>,
    ) -> anyhow::Result<(Built, Ready)> {
        // Before the sources are read, since the commit is to be theirs.
        let commit = commit::ask(ctx)?;
        let (before, beside) = (&ctx.aside(), &ctx.aside());
        thread::scope(|scope| {
            let checked = scope.spawn(|| self.check(before, image));
            let planned = plan();
            let checked = joined(checked);
            ctx.report.absorb(&before.report);
            let (planned, checked) = (planned.map_err(nothing_pushed)?, checked.map_err(nothing_pushed)?);
            tell(ctx, &checked.identity, &checked.region);
            let ready = scope.spawn(move || {
                let commit = Commit::between(commit, commit::ask(beside)?.as_ref());
                anyhow::Ok(Ready { commit, registry: checked.prepare(beside, self)? })
            });
            let built = build(planned);
            let ready = joined(ready);
            ctx.report.absorb(&beside.report);
            let built = built.map_err(|error| nothing_pushed(has_begun(&error)))?;
            let ready = ready.map_err(|error| {
                Failure::of(ExitCode::Failed, &error)
                    .hint("The image was built and stands in the local engine; nothing was pushed.")
            })?;
            Ok((built, ready))
        })
    }
}

impl Ready {
    /// Pushes the image under its tags, the moving one last, so that it never points at something without a permanent
    /// name. `None` in a dry run, which prints the calls.
    fn push(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags,
        signer: Option<&Signer>,
        built: Built,
    ) -> anyhow::Result<Option<Record>> {
        let (id, version, identity) = match &built {
            Built::Done(built) => (built.image_id.as_str(), &built.build_version, &built.base_identity),
            Built::Printed { build_version, base_identity } => (permanent::UNKNOWN_ID, build_version, base_identity),
        };
        let permanent = match tags {
            Tags::IdentityAndMoving => identity_tag(identity)?,
            Tags::PermanentAndMoving => {
                permanent_tag(self.commit.as_ref(), version.as_deref().unwrap_or_default(), id)?
            }
        };
        let all = [&permanent, &image.tag];
        let Built::Done(built) = built else {
            self.registry.print(ctx, &image.to_string(), &all)?;
            let moving = self.registry.reference(&image.tag);
            signer.map(|signer| signer.print(ctx, self.registry.uri(), &moving)).transpose()?;
            return Ok(None);
        };
        let pushed = self.registry.push(ctx, &built.image_id, &built.held_as, &all)?;
        let signed = signer.map(|signer| signer.sign(ctx, &pushed.pinned)).transpose()?;
        let permanent = Some(self.registry.reference(&permanent));
        Ok(Some(Record { push: Some(Push { permanent, git: self.commit.clone(), signed, ..pushed }), ..*built }))
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
