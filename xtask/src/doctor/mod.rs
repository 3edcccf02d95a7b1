//! The prerequisites of the builds: which of them are met, and the exact cure for each that is not.
//! `docker_facts.rs`, `docker_info.rs` and `facts.rs` ask the machine, `remembered.rs` spares a question, `checks.rs` judges
//! the answers, `install/` applies the cures. `cache_export.rs` is for those builds alone that keep their cache in a registry.

mod cache_export;
mod checks;
mod clean_up;
mod docker_facts;
mod docker_info;
mod facts;
mod install;
mod question;
mod remembered;
mod table;
mod version;

use std::thread;

use anyhow::Context;

use crate::context::Ctx;
use crate::doctor::docker_facts::Client;
use crate::process::threads::joined;
use crate::publish::region::Region;
use crate::signing::flags::Generation;
use crate::start_images::{CHEF, RUNTIME};

pub(crate) use crate::doctor::cache_export::require_cache_export;
pub(crate) use crate::doctor::docker_facts::far_builder;
#[cfg(feature = "home")]
pub(crate) use crate::doctor::install::apt_packages as install_packages;
#[cfg(feature = "home")]
pub(crate) use crate::doctor::install::{hold_test_tools, install_test_tools, test_tool};
pub(crate) use crate::doctor::table::{to_json, to_text, verdict};

/// What can be missing, in the order in which it is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    Client,
    Engine,
    Buildx,
    Compose,
    Builder,
    Disk,
    ChefImage,
    RuntimeImage,
    Aws,
    Credentials,
    Cosign,
}

/// One prerequisite and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) subject: Subject,
    pub(crate) state: State,
    /// What may be worth a change although builds work.
    pub(crate) note: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Met, with what was found.
    Met(String),
    Missing {
        why: String,
        cure: String,
    },
}

/// What the user chose by flag or environment, so that doctor judges what a build would use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) chef_image: Option<String>,
    pub(crate) runtime_image: Option<String>,
    /// Where credentials are tried; without one, where a push would go.
    pub(crate) region: Option<Region>,
}

impl Choice {
    pub(crate) fn of_images(chef: &Option<String>, runtime: &Option<String>) -> Self {
        Self { chef_image: chef.clone(), runtime_image: runtime.clone(), region: None }
    }
}

impl Subject {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Client => "docker client",
            Self::Engine => "docker engine",
            Self::Buildx => "docker buildx",
            Self::Compose => "docker compose",
            Self::Builder => "builder",
            Self::Disk => "disk space",
            Self::ChefImage => "chef image",
            Self::RuntimeImage => "runtime image",
            Self::Aws => "aws cli",
            Self::Credentials => "aws credentials",
            Self::Cosign => "cosign",
        }
    }

    /// What fails without it, where builds do without it.
    pub(crate) fn only_for(self) -> Option<&'static str> {
        match self {
            Self::Aws | Self::Credentials => Some("pushes"),
            Self::Compose => Some("up, logs and down"),
            Self::Cosign => Some("--sign and verify"),
            _ => None,
        }
    }

    /// Whether it is the user's to get: only they have an account.
    fn is_the_users(self) -> bool {
        matches!(self, Self::Aws | Self::Credentials)
    }
}

impl Check {
    fn met(subject: Subject, detail: impl Into<String>) -> Self {
        Self { subject, state: State::Met(detail.into()), note: None }
    }

    fn missing(subject: Subject, why: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { subject, state: State::Missing { why: why.into(), cure: cure.into() }, note: None }
    }

    fn with_note(self, note: Option<&'static str>) -> Self {
        Self { note, ..self }
    }

    pub(crate) fn is_met(&self) -> bool {
        matches!(self.state, State::Met(_))
    }
}

/// Every prerequisite. What does not depend on each other is asked at the same time.
pub(crate) fn inspect(ctx: &Ctx, choice: &Choice) -> anyhow::Result<Vec<Check>> {
    // Registries and AWS may take their time, up to the limit of a question.
    ctx.report.info("looking at this machine …");
    let client = docker_facts::client(ctx)?;
    let info = docker_info::info(ctx, client.as_ref())?;
    let (chef, runtime) = (choice.chef_image.as_deref(), choice.runtime_image.as_deref());
    thread::scope(|scope| {
        let buildx = scope.spawn(|| docker_facts::buildx(ctx));
        let compose = scope.spawn(|| docker_facts::compose(ctx));
        let builder = scope.spawn(|| docker_facts::builder(ctx, client.as_ref()));
        let disk = scope.spawn(|| facts::disk(ctx, info.as_ref()));
        let chef = scope.spawn(|| facts::start_image(ctx, client.as_ref(), &CHEF, chef));
        let runtime = scope.spawn(|| facts::start_image(ctx, client.as_ref(), &RUNTIME, runtime));
        let account = scope.spawn(|| facts::aws_account(ctx, choice.region.as_ref()));
        let cosign = scope.spawn(|| facts::cosign(ctx));
        let aws = facts::aws(ctx)?;
        Ok(vec![
            checks::client(client.as_ref()),
            checks::engine(client.as_ref(), info.as_ref().map(|info| info.store)),
            checks::buildx(&joined(buildx)?),
            checks::compose(joined(compose)?.as_ref()),
            checks::builder(&joined(builder)?),
            checks::disk(&joined(disk)?),
            checks::start_image(Subject::ChefImage, &CHEF, &joined(chef)?),
            checks::start_image(Subject::RuntimeImage, &RUNTIME, &joined(runtime)?),
            checks::aws(aws.as_ref()),
            checks::credentials(aws.is_some(), &joined(account)?),
            checks::cosign(joined(cosign)?.as_ref()),
        ])
    })
}

/// Applies the cures, as far as they can be applied here, and looks again. Says so when there is nothing to do.
pub(crate) fn install(ctx: &Ctx, choice: &Choice) -> anyhow::Result<Vec<Check>> {
    let checks = inspect(ctx, choice)?;
    if checks.iter().all(|check| check.is_met() || check.subject.is_the_users()) {
        ctx.report.info("nothing to install");
        return Ok(checks);
    }
    install::apply(ctx, choice)?;
    inspect(ctx, choice)
}

/// What every build needs: client, engine, buildx and, unless the user chose a builder, that the default one has the
/// docker driver; a push needs aws too. Fails with all that is missing at once. Quick, since it stands before every
/// build. Returns the docker context, where the client names it.
pub(crate) fn require_build(ctx: &Ctx, chosen_builder: Option<&str>, for_push: bool) -> anyhow::Result<Option<String>> {
    // Whether aws is there is enough here: the push asks for the credentials itself.
    let aws = || Ok(checks::aws(question::on_path("aws").then(|| "on PATH".to_owned()).as_ref()));
    require(ctx, chosen_builder, || for_push.then(aws).transpose())
}

/// What `up` needs: all that a build does, and compose.
pub(crate) fn require_up(ctx: &Ctx, chosen_builder: Option<&str>) -> anyhow::Result<()> {
    require(ctx, chosen_builder, || compose(ctx).map(Some)).map(drop)
}

/// What signing and verifying need. Returns which command line that cosign understands.
pub(crate) fn require_cosign(ctx: &Ctx) -> anyhow::Result<Generation> {
    let found = facts::cosign(ctx)?;
    table::demand(&[checks::cosign(found.as_ref())])?;
    found.and_then(|found| found.generation).context("it was just found")
}

/// What `down` and `logs` need: an engine, and compose to ask it.
pub(crate) fn require_compose(ctx: &Ctx) -> anyhow::Result<()> {
    let (client, compose) = thread::scope(|scope| {
        let compose = scope.spawn(|| compose(ctx));
        (docker_facts::client(ctx), joined(compose))
    });
    let client = client?;
    Ok(table::demand(&[checks::client(client.as_ref()), checks::engine(client.as_ref(), None), compose?])?)
}

fn compose(ctx: &Ctx) -> anyhow::Result<Check> {
    Ok(checks::compose(docker_facts::compose(ctx)?.as_ref()))
}

/// Besides what every build needs, `also`, which is asked at the same time.
fn require(
    ctx: &Ctx,
    chosen_builder: Option<&str>,
    also: impl FnOnce() -> anyhow::Result<Option<Check>> + Send,
) -> anyhow::Result<Option<String>> {
    let (client, buildx, chosen, also) = thread::scope(|scope| {
        let chosen = scope.spawn(|| chosen_builder.map(|name| docker_facts::chosen_builder(ctx, name)).transpose());
        let also = scope.spawn(also);
        let client = docker_facts::client(ctx);
        // After it: what is remembered lies in cargo's target directory, and by then whoever plans has asked cargo.
        (client, remembered::buildx(ctx), joined(chosen), joined(also))
    });
    let client = client?;
    let mut checks =
        vec![checks::client(client.as_ref()), checks::engine(client.as_ref(), None), checks::buildx(&buildx?)];
    if chosen_builder.is_none() && is_shadowed(client.as_ref()) {
        checks.push(checks::builder(&docker_facts::builder(ctx, client.as_ref())?));
    }
    checks.extend(chosen?.flatten().as_ref().map(checks::builder));
    checks.extend(also?);
    table::demand(&checks)?;
    Ok(client.and_then(|client| client.context))
}

/// buildx takes a stored builder before the context's own of the same name. Without one there is nothing to ask.
fn is_shadowed(client: Option<&Client>) -> bool {
    client.and_then(|client| client.context.as_deref()).is_some_and(docker_facts::is_stored_builder)
}
