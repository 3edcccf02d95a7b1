//! A repository in ECR for commands that build nothing: who we are, whether it is there, and where.

use std::thread;

use crate::context::Ctx;
use crate::docker::name::{Repository, Tag};
use crate::failure::{ExitCode, Failure};
use crate::process::threads::joined;
use crate::publish::aws::Aws;
use crate::publish::ecr::Described;
use crate::publish::prepare::{identify, login, tell};
use crate::publish::push::Registry;
use crate::publish::region::Region;
use crate::publish::wanted::Wanted;
use crate::publish::{Ecr, ecr};

/// A repository that is there. Nothing was changed to find it.
pub(crate) struct Reached {
    pub(crate) name: Repository,
    pub(crate) registry: Registry,
    described: Described,
    region: Region,
}

impl Reached {
    /// Asks both at the same time. Fails with code 3 for the wrong account, a repository that is not there, and an AWS that
    /// does not answer.
    pub(crate) fn find(ctx: &Ctx, options: &Ecr, name: &Repository) -> anyhow::Result<Self> {
        Ok(Self::look(ctx, options, name)??)
    }

    /// The same for those to whom a repository that is not there is an answer: the inner failure.
    pub(crate) fn look(ctx: &Ctx, options: &Ecr, name: &Repository) -> anyhow::Result<Result<Self, Failure>> {
        let look = || {
            let region = Region::settle(ctx, options.region.clone())?;
            let aws = Aws::new(ctx, &region.name);
            let described = thread::scope(|scope| {
                let described = scope.spawn(|| ecr::describe(&aws, name));
                // Bad credentials fail both; the identity's words are the clearer ones.
                let identity = identify(&aws, options)?;
                tell(ctx, &identity, &region);
                joined(described)
            })?;
            let Some(uri) = described.uri() else { return Ok(Err(missing(name, &region))) };
            let uri = options.registry.as_ref().map_or_else(|| uri.to_owned(), |registry| format!("{registry}/{name}"));
            Ok(Ok(Self { name: name.clone(), registry: Registry::new(uri)?, described, region }))
        };
        ctx.report.step("AWS identity and repository", look).map_err(|error: anyhow::Error| precondition(&error))
    }

    pub(crate) fn aws<'a>(&'a self, ctx: &'a Ctx) -> Aws<'a> {
        Aws::new(ctx, &self.region.name)
    }

    /// Lets docker, and what reads docker's configuration, into the registry.
    pub(crate) fn login(&self, ctx: &Ctx) -> anyhow::Result<()> {
        let login = || login(ctx, &self.aws(ctx), &self.registry);
        ctx.report.step("login", login).map_err(|error| precondition(&error))
    }

    /// The digest of an image in it. Fails with code 3 where it has none of that name.
    pub(crate) fn digest(&self, ctx: &Ctx, wanted: &Wanted) -> anyhow::Result<String> {
        let found = self.aws(ctx).describe_image(&self.name, &wanted.id).map_err(|error| precondition(&error))?;
        found.map(|image| image.digest).ok_or_else(|| {
            Failure::precondition(format!("there is no image {wanted} in {}", self.registry.uri()))
                .hint("See which there are: cargo xtask images")
                .into()
        })
    }

    /// Refuses a repository in which no tag can move.
    pub(crate) fn require_mutable(&self, tag: &Tag) -> anyhow::Result<()> {
        Ok(self.described.require_mutable(tag)?)
    }

    /// Lets the lifecycle policy, where it is ours, spare what the tag is going to mean.
    pub(crate) fn shield(&self, ctx: &Ctx, tag: &Tag) -> anyhow::Result<()> {
        self.described.shield(ctx, &self.aws(ctx), tag)
    }

    /// Refuses what names another repository than this one.
    pub(crate) fn require(&self, wanted: &Wanted) -> anyhow::Result<()> {
        let (uri, name) = (self.registry.uri(), self.name.to_string());
        match &wanted.place {
            Some(place) if *place != uri && *place != name => {
                Err(Failure::precondition(format!("`{place}` is another repository than {uri}"))
                    .hint("Name it: --repository, --region and --account choose among yours")
                    .into())
            }
            _ => Ok(()),
        }
    }
}

fn missing(name: &Repository, region: &Region) -> Failure {
    Failure::precondition(format!("there is no repository {name} in the region {region}"))
        .hint("Create it: cargo xtask setup-ecr; or name another one: --repository, --region")
}

fn precondition(error: &anyhow::Error) -> anyhow::Error {
    Failure::of(ExitCode::Precondition, error).into()
}
