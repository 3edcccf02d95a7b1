//! From the local engine into ECR: identity and repository are checked before a build, policy and login are done beside
//! it, tags are pushed after it.

mod permanent;
mod push;
pub(crate) mod record;

use std::env;
use std::thread;

use anyhow::Context;

pub(crate) use crate::publish::permanent::permanent_tag;
pub(crate) use crate::publish::push::{Pushed, Registry};

use crate::aws::{Aws, Identity};
use crate::cli;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::ecr::{self, Described};
use crate::failure::{self, ExitCode, Failure};
use crate::git::{self, Commit};
use crate::image::ImageReference;
use crate::threads::joined;
use crate::{docker_config, docker_error};

/// What is known before the build; nothing was changed for it.
pub(crate) struct Checked {
    identity: Identity,
    described: Described,
}

/// Asks who we are and what the repository is, both at the same time.
pub(crate) fn check(ctx: &Ctx, options: &cli::Ecr, image: &ImageReference) -> anyhow::Result<Checked> {
    let aws = Aws::new(ctx, &options.region);
    let outcome = thread::scope(|scope| {
        let described = scope.spawn(|| ecr::describe(&aws, &image.repository));
        // Bad credentials fail both; the identity's words are the clearer ones.
        let identity = identify(&aws, options)?;
        let described = joined(described)?;
        described.require_movable(&image.tag)?;
        Ok(Checked { identity, described })
    });
    outcome.map_err(|error: anyhow::Error| Failure::of(ExitCode::Precondition, &error).into())
}

/// Who we are, if that is who we should be.
pub(crate) fn identify(aws: &Aws<'_>, options: &cli::Ecr) -> anyhow::Result<Identity> {
    let checked = || {
        let identity = aws.identity().context("check the AWS identity")?;
        require_account(&identity, set(&options.account))?;
        Ok(identity)
    };
    checked().map_err(|error: anyhow::Error| Failure::of(ExitCode::Precondition, &error).into())
}

/// A variable that is set to nothing counts as not set.
fn set(option: &Option<String>) -> Option<&str> {
    option.as_deref().filter(|text| !text.is_empty())
}

/// The registry that the user chose. Checked before anything else, for it gets the password.
fn chosen_registry(options: &cli::Ecr) -> anyhow::Result<Option<&str>> {
    let is_host = |text: &&str| text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:[]".contains(c));
    match set(&options.registry) {
        Some(host) if !is_host(&host) => Err(Failure::new(ExitCode::Usage, format!("`{host}` is no registry host"))
            .hint("Name the host alone, as in 123456789012.dkr.ecr.eu-west-1.amazonaws.com: --registry, ECR_REGISTRY")
            .into()),
        chosen => Ok(chosen),
    }
}

fn require_account(identity: &Identity, wanted: Option<&str>) -> anyhow::Result<()> {
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

/// Says who we are and whether a test setting is in force, so that nobody takes a stand-in for AWS.
pub(crate) fn tell(ctx: &Ctx, identity: &Identity, options: &cli::Ecr) {
    let Identity { account, arn } = identity;
    ctx.report.info(format!("AWS account {account} as {arn}, region {}", options.region));
    for (key, value) in env::vars().filter(|(key, _)| key.starts_with("AWS_ENDPOINT_URL")) {
        ctx.report.warning(format!("{key} is set: AWS is asked at {value}"));
    }
}

impl Checked {
    /// Creates or completes the repository and logs docker in. Policy and login need nothing of each other.
    fn prepare(&self, ctx: &Ctx, options: &cli::Ecr) -> anyhow::Result<Registry> {
        let aws = Aws::new(ctx, &options.region);
        let name = &self.described.name;
        let uri = ctx.report.step("repository", || self.described.ensure(ctx, &aws))?;
        // Only a dry run has no URI; what it prints is what ECR would most likely answer.
        let usual = || format!("{}.dkr.ecr.{}.amazonaws.com/{name}", self.identity.account, options.region);
        let uri = match chosen_registry(options)? {
            Some(registry) => format!("{registry}/{name}"),
            None => uri.unwrap_or_else(usual),
        };
        let registry = Registry::new(uri)?;
        let policy =
            || ctx.report.step("lifecycle policy", || self.described.ensure_policy(ctx, &aws, options.force_policy));
        let login = || ctx.report.step("login", || login(ctx, &aws, &registry));
        if ctx.runner.is_dry() {
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
    fn unknown(ctx: &Ctx, image: &ImageReference, error: &anyhow::Error) -> Self {
        ctx.report.warning(format!("a real run would stop here: {error:#}"));
        let identity = Identity { account: "ACCOUNT".to_owned(), arn: "unknown".to_owned() };
        Self { identity, described: Described::missing(&image.repository) }
    }
}

/// Hands the password from aws to docker, through pipes only.
fn login(ctx: &Ctx, aws: &Aws<'_>, registry: &Registry) -> anyhow::Result<()> {
    let host = registry.host();
    if docker_config::logs_in_by_itself(host)? {
        ctx.report.info(format!("docker's ECR credential helper logs in to {host} by itself"));
        return Ok(());
    }
    let docker = Docker::new(ctx);
    if ctx.runner.is_dry() {
        println!("{} | {}", aws.call(&["ecr", "get-login-password"]), docker.login_call(host));
        return Ok(());
    }
    let password = aws.login_password().context("get a registry password")?;
    let answer = ctx.runner.feed(&docker.login_call(host), &password)?;
    if answer.success {
        return Ok(());
    }
    Err(docker_error::explain(&format!("log in to {host}"), &answer.stderr).into())
}

/// Everything that a push needs once the image is there.
pub(crate) struct Ready {
    pub(crate) registry: Registry,
    /// The commit that the sources had.
    pub(crate) commit: Option<Commit>,
}

/// Runs `plan`, then `build` with its result, and gets everything ready for a push at the same time: what changes
/// nothing beside `plan`, so that it fails before the build, the rest beside `build`. Without options only the two run.
pub(crate) fn around<P, B>(
    ctx: &Ctx,
    options: Option<&cli::Ecr>,
    image: &ImageReference,
    plan: impl FnOnce() -> anyhow::Result<P>,
    build: impl FnOnce(P) -> anyhow::Result<B>,
) -> anyhow::Result<(B, Option<Ready>)> {
    let Some(options) = options else {
        return Ok((build(plan()?).map_err(|error| has_begun(&error))?, None));
    };
    chosen_registry(options)?;
    // Before the sources are read, since the commit is to be theirs.
    let commit = git::commit(ctx)?;
    if ctx.runner.is_dry() {
        // One after the other, so that the printed commands stand in an order that works.
        let planned = plan()?;
        let checked = check(ctx, options, image).unwrap_or_else(|error| Checked::unknown(ctx, image, &error));
        let registry = checked.prepare(ctx, options)?;
        return Ok((build(planned)?, Some(Ready { commit, registry })));
    }
    let (before, beside) = (&ctx.aside(), &ctx.aside());
    thread::scope(|scope| {
        let checked =
            scope.spawn(|| before.report.step("AWS identity and repository", || check(before, options, image)));
        let planned = plan();
        let checked = joined(checked);
        ctx.report.absorb(&before.report);
        let (planned, checked) = (planned.map_err(nothing_pushed)?, checked.map_err(nothing_pushed)?);
        tell(ctx, &checked.identity, options);
        let ready = scope.spawn(move || {
            let commit = Commit::between(commit, git::commit(beside)?.as_ref());
            let registry = checked.prepare(beside, options)?;
            anyhow::Ok(Ready { commit, registry })
        });
        let built = build(planned);
        let ready = joined(ready);
        ctx.report.absorb(&beside.report);
        let built = built.map_err(|error| nothing_pushed(has_begun(&error)))?;
        let ready = ready.map_err(|error| {
            Failure::of(ExitCode::Failed, &error)
                .hint("The image was built and stands in the local engine; nothing was pushed.")
        })?;
        Ok((built, Some(ready)))
    })
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
