//! Docker engine, client, buildx and compose from Debian packages, and the start of the engine.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::context::Ctx;
use crate::doctor::docker_facts::{self, Buildx, Client, Daemon, ENGINE_WANTED, Trouble};
use crate::doctor::install::apt::Apt;
use crate::doctor::install::next_release;
use crate::doctor::install::system::System;
use crate::doctor::question;
use crate::doctor::version::Version;
use crate::failure::Failure;
use crate::process::invocation::Invocation;
use crate::process::last_lines::last_lines;
use crate::system_root;

/// On Debian, where it is the plugin from 13 on; before, it is another program of that name.
const COMPOSE: &str = "docker-compose";

/// The plugin on Ubuntu.
const COMPOSE_ON_UBUNTU: &str = "docker-compose-v2";

/// The first compose that is a plugin of the client.
const COMPOSE_WANTED: Version = Version(2, 0);

/// What an engine that we start ourselves prints.
const LOG: &str = "/var/log/dockerd.log";
const START_LIMIT: Duration = Duration::from_secs(60);

/// Installs what is missing and starts the engine, unless it runs.
pub(crate) fn ensure(ctx: &Ctx, apt: &Apt<'_>) -> anyhow::Result<()> {
    let client = docker_facts::client(ctx)?;
    let has_compose = docker_facts::compose(ctx)?.is_some();
    let packages = packages(client.as_ref(), &docker_facts::buildx(ctx)?, has_compose, docker_facts::daemon());
    if !packages.is_empty() {
        install(ctx, apt, &packages)?;
    }
    match docker_facts::client(ctx)?.map(|client| client.engine) {
        Some(Err(Trouble::Down(..))) => start(ctx, "start"),
        // The packages replaced it, and the old one still runs.
        Some(Err(Trouble::TooOld(_))) if docker_facts::daemon() == Daemon::Service => start(ctx, "restart"),
        // All else is mended by hand.
        _ => Ok(()),
    }
}

/// The packages that are needed, by their Debian names.
fn packages(client: Option<&Client>, buildx: &Buildx, has_compose: bool, daemon: Daemon) -> Vec<&'static str> {
    let mut packages = Vec::new();
    let wants_engine = match client.map(|client| &client.engine) {
        None | Some(Err(Trouble::Down(..))) => daemon == Daemon::Absent,
        Some(engine) => matches!(engine, Err(Trouble::TooOld(_))),
    };
    if wants_engine {
        packages.push("docker.io");
    }
    if client.is_none() {
        packages.push("docker-cli");
    }
    if !matches!(buildx, Buildx::Version(_)) {
        packages.push("docker-buildx");
    }
    if !has_compose {
        packages.push(COMPOSE);
    }
    packages
}

fn install(ctx: &Ctx, apt: &Apt<'_>, packages: &[&str]) -> anyhow::Result<()> {
    let system = System::detect(ctx)?;
    apt.update_once()?;
    let wants_compose = packages.contains(&COMPOSE);
    let has_engine = packages == [COMPOSE] || has_new_enough(apt)?;
    let own_compose = if has_engine && wants_compose { compose(apt)? } else { None };
    let suite = if has_engine && (own_compose.is_some() || !wants_compose) {
        String::new()
    } else if next_release::serves(&system) {
        next_release::add(ctx, apt)?;
        next_release::SUFFIX.to_owned()
    } else if has_engine {
        // The builds do without it, and the table that follows says where to get it.
        ctx.report.info(format!(
            "{} {} has no package of Docker Compose {COMPOSE_WANTED} or later",
            system.id, system.codename
        ));
        String::new()
    } else {
        return Err(Failure::precondition(format!(
            "{} {} has no package of Docker {ENGINE_WANTED} or later with buildx",
            system.id, system.codename
        ))
        .hint("Install Docker's own packages: https://docs.docker.com/engine/install/")
        .into());
    };
    let mut names = Vec::new();
    for package in packages {
        let name = match *package {
            // Before Debian 13, and on Ubuntu, the client is a part of docker.io.
            "docker-cli" if apt.candidate(package)?.is_none() => "docker.io",
            COMPOSE if suite.is_empty() => match own_compose {
                Some(name) => name,
                None => continue,
            },
            name => name,
        };
        let name = format!("{name}{suite}");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    apt.install(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The package that holds the compose plugin, by the name that this release gives it.
fn compose(apt: &Apt<'_>) -> anyhow::Result<Option<&'static str>> {
    for name in [COMPOSE_ON_UBUNTU, COMPOSE] {
        let version = apt.candidate(name)?.and_then(|version| Version::find(&version));
        if version.is_some_and(|version| version >= COMPOSE_WANTED) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn has_new_enough(apt: &Apt<'_>) -> anyhow::Result<bool> {
    let engine = apt.candidate("docker.io")?.and_then(|version| Version::find(&version));
    Ok(engine.is_some_and(|version| version >= ENGINE_WANTED) && apt.candidate("docker-buildx")?.is_some())
}

fn start(ctx: &Ctx, verb: &str) -> anyhow::Result<()> {
    System::detect(ctx)?;
    let what = format!("{verb} the docker engine");
    if docker_facts::daemon() == Daemon::Service {
        let call = Invocation::new("systemctl").args([verb, "docker"]);
        return ctx.report.step(&what, || ctx.runner.stream(&what, &call).and_then(|()| wait(ctx, None)));
    }
    let log = system_root::place(LOG);
    ctx.report.info(format!("there is no systemd, so the engine gets a session of its own; its log is {LOG}"));
    let dockerd = if question::on_path("dockerd") { "dockerd" } else { "/usr/sbin/dockerd" };
    ctx.report.step(&what, || {
        ctx.runner.detach(&what, &Invocation::new(dockerd), &log)?;
        wait(ctx, Some(&log))
    })
}

/// Until the engine answers, or says in its log that it never will.
fn wait(ctx: &Ctx, log: Option<&Path>) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        let trouble = match docker_facts::client(ctx)?.context("the docker client is gone")?.engine {
            Ok(_) => return Ok(()),
            Err(trouble) => trouble,
        };
        let text = log.map(fs::read_to_string).transpose().with_context(|| format!("read {LOG}"))?.unwrap_or_default();
        let has_given_up = text.contains("failed to start daemon");
        if has_given_up || started.elapsed() > START_LIMIT {
            let why = if has_given_up { "gave up".to_owned() } else { format!("does not answer: {}", trouble.why()) };
            let failure = Failure::precondition(format!("the docker engine {why}"));
            let failure = last_lines(&text, 20).fold(failure, |failure, line| failure.hint(format!("  {line}")));
            let hint = "Start it with the options that this machine needs, then again: cargo xtask doctor --install";
            return Err(failure.hint(hint).into());
        }
        thread::sleep(Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::docker_facts::Engine;

    fn client(engine: Result<Engine, Trouble>) -> Client {
        Client { version: None, context: None, engine }
    }

    fn down() -> Client {
        client(Err(Trouble::Down("cannot connect".to_owned(), Daemon::Absent)))
    }

    #[test]
    fn a_bare_machine_gets_everything() {
        let all = ["docker.io", "docker-cli", "docker-buildx", "docker-compose"];
        assert_eq!(packages(None, &Buildx::NoClient, false, Daemon::Absent), all);
    }

    #[test]
    fn an_engine_that_only_sleeps_is_not_installed_again() {
        let buildx = Buildx::Version("v0.13.1".to_owned());
        assert!(packages(Some(&down()), &buildx, true, Daemon::Loose).is_empty());
        assert_eq!(packages(Some(&down()), &buildx, true, Daemon::Absent), ["docker.io"]);
    }

    #[test]
    fn an_old_engine_is_replaced() {
        let old = client(Err(Trouble::TooOld("20.10.24".to_owned())));
        assert_eq!(packages(Some(&old), &Buildx::Missing, true, Daemon::Service), ["docker.io", "docker-buildx"]);
    }

    #[test]
    fn an_engine_elsewhere_is_not_replaced_by_one_here() {
        let elsewhere = client(Err(Trouble::Elsewhere("DOCKER_HOST=…".to_owned())));
        assert_eq!(packages(Some(&elsewhere), &Buildx::Missing, true, Daemon::Absent), ["docker-buildx"]);
    }
}
