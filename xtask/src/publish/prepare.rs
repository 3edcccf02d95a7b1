//! What stands between an image and its push: identity and repository are checked before a build, policy and login are
//! done beside it.

use std::{env, thread};

use anyhow::Context;

use crate::context::Ctx;
use crate::docker::name::{ImageReference, Repository, Tag};
use crate::docker::{self, Docker};
use crate::failure::{ExitCode, Failure};
use crate::process::threads::joined;
use crate::publish::aws::{Aws, Caller};
use crate::publish::ecr::{self, Described};
use crate::publish::push::Registry;
use crate::publish::region::Region;
use crate::publish::version_tags::Versions;
use crate::publish::{Ecr, Tags, identity_tag};

/// What is known before the build; nothing was changed for it.
pub(super) struct Checked {
    pub(super) identity: Caller,
    pub(super) region: Region,
    described: Described,
    /// Of a release, where the repository is there.
    versions: Option<Versions>,
}

/// Who we are, if that is who we should be.
pub(crate) fn identify(aws: &Aws<'_>, options: &Ecr) -> anyhow::Result<Caller> {
    let checked = || {
        let identity = aws.identity().context("check the AWS identity")?;
        require_account(&identity, options.account.as_deref())?;
        Ok(identity)
    };
    checked().map_err(|error: anyhow::Error| Failure::of(ExitCode::Precondition, &error).into())
}

fn require_account(identity: &Caller, wanted: Option<&str>) -> anyhow::Result<()> {
    match wanted {
        Some(wanted) if wanted != identity.account => Err(Failure::precondition(format!(
            "the credentials belong to account {} ({}), not to {wanted}",
            identity.account, identity.arn
        ))
        .hint("Choose other credentials: AWS_PROFILE=…, or another --account")
        .into()),
        _ => Ok(()),
    }
}

fn require_movable(described: &Described, tag: &Tag, tags: Tags<'_>) -> Result<(), Failure> {
    if tags == Tags::IdentityAndMoving {
        // Under another tag no build would find the base, and its identity is pushed again with each build of it.
        return described.require_movable(tag, Some(identity_tag::PATTERN));
    }
    let movable = described.require_movable(tag, Some(ecr::RECORDS));
    movable.map_err(|failure| failure.hint("or push a tag that never moves: --tag"))
}

/// Says who we are and whether a test setting is in force, so that nobody takes a stand-in for AWS.
pub(crate) fn tell(ctx: &Ctx, identity: &Caller, region: &Region) {
    let Caller { account, arn } = identity;
    ctx.report.info(format!("AWS account {account} as {arn}, region {region}"));
    for (key, value) in env::vars().filter(|(key, _)| key.starts_with("AWS_ENDPOINT_URL")) {
        ctx.report.warning(format!("{key} is set: AWS is asked at {value}"));
    }
}

impl Checked {
    /// Asks who we are and what the repository is, both at the same time, and then for the versions that it has.
    pub(super) fn ask(
        ctx: &Ctx,
        options: &Ecr,
        region: &Region,
        image: &ImageReference,
        tags: Tags<'_>,
    ) -> anyhow::Result<Self> {
        let aws = Aws::new(ctx, &region.name);
        let outcome = thread::scope(|scope| {
            let described = scope.spawn(|| ecr::describe(&aws, &image.repository));
            // Bad credentials fail both; the identity's words are the clearer ones.
            let identity = identify(&aws, options)?;
            let described = joined(described)?;
            require_movable(&described, &image.tag, tags)?;
            let versions = match tags {
                Tags::Release(release) if described.is_there() => {
                    Some(Versions::ask(&aws, &image.repository, release)?)
                }
                _ => None,
            };
            Ok(Self { identity, region: region.clone(), described, versions })
        });
        outcome.map_err(|error: anyhow::Error| Failure::of(ExitCode::Precondition, &error).into())
    }

    /// Whether the repository can be asked once it is prepared: in a dry run one that was not created cannot.
    pub(super) fn can_be_asked(&self, ctx: &Ctx) -> bool {
        !ctx.manner.is_dry || self.described.is_there()
    }

    /// Lets the lifecycle policy, where it is ours, spare what the tag is going to mean.
    pub(super) fn shield(&self, ctx: &Ctx, tag: &Tag) -> anyhow::Result<()> {
        self.described.shield(ctx, &Aws::new(ctx, &self.region.name), tag)
    }

    /// Says of a release whether its version is there already.
    pub(super) fn tell_version(&self, ctx: &Ctx, tags: Tags<'_>) {
        let (Tags::Release(release), Some(versions)) = (tags, &self.versions) else { return };
        if versions.is_there() {
            let version = &release.version;
            ctx.report.info(format!("the version {version} is there already, so only the same content can be it"));
        }
    }

    /// Creates or completes the repository and logs docker in. Policy and login need nothing of each other.
    pub(super) fn prepare(&self, ctx: &Ctx, options: &Ecr) -> anyhow::Result<Registry> {
        let aws = Aws::new(ctx, &self.region.name);
        let uri = ctx.report.step("repository", || self.described.ensure(ctx, &aws))?;
        let registry = registry(options, &self.described.name, uri, &self.identity, &self.region)?;
        let policy =
            || ctx.report.step("lifecycle policy", || self.described.ensure_policy(ctx, &aws, options.force_policy));
        let login = || ctx.report.step("login", || login(ctx, &aws, &registry));
        if ctx.manner.is_dry {
            // One after the other, so that the printed commands keep their order.
            policy().and_then(|()| login())?;
        } else {
            thread::scope(|scope| {
                let policy = scope.spawn(policy);
                let (login, policy) = (login(), joined(policy));
                if let (Err(_), Err(error)) = (&login, &policy) {
                    ctx.report.warning(format!("besides: {error:#}"));
                }
                login.and(policy)
            })?;
        }
        Ok(registry)
    }

    /// What a dry run goes on with where AWS does not answer.
    pub(super) fn unknown(options: &Ecr, region: Region, image: &ImageReference) -> Self {
        let described = Described::missing(&image.repository);
        Self { identity: Caller::unknown(options), region, described, versions: None }
    }
}

impl Caller {
    /// What a dry run goes on with where AWS does not answer.
    pub(super) fn unknown(options: &Ecr) -> Self {
        let account = options.account.clone().unwrap_or_else(|| "ACCOUNT".to_owned());
        Self { account, arn: "unknown".to_owned() }
    }
}

/// The repository as docker knows it; `uri` is what ECR calls it. Only a dry run has none, and what it prints is what ECR
/// would most likely answer.
pub(super) fn registry(
    options: &Ecr,
    name: &Repository,
    uri: Option<String>,
    identity: &Caller,
    region: &Region,
) -> anyhow::Result<Registry> {
    let usual = || format!("{}.dkr.ecr.{}.amazonaws.com/{name}", identity.account, region.name);
    Registry::new(match &options.registry {
        Some(registry) => format!("{registry}/{name}"),
        None => uri.unwrap_or_else(usual),
    })
}

/// Hands the password from aws to docker, through pipes only.
pub(super) fn login(ctx: &Ctx, aws: &Aws<'_>, registry: &Registry) -> anyhow::Result<()> {
    let host = registry.host();
    if docker::config::logs_in_by_itself(host)? {
        ctx.report.info(format!("docker's ECR credential helper logs in to {host} by itself"));
        return Ok(());
    }
    let docker = Docker::new(ctx);
    let call = docker.login_call(host);
    if ctx.runner.printed(format_args!("{} | {call}", aws.call(&["ecr", "get-login-password"])))? {
        return Ok(());
    }
    let password = aws.login_password().context("get a registry password")?;
    let answer = ctx.runner.feed(&call, &password)?;
    if answer.success {
        return Ok(());
    }
    Err(docker::error::explain(&format!("log in to {host}"), &answer.stderr).into())
}
