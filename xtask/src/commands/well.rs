//! Waits until what compose started is well.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::commands::project;
use crate::compose::instance::Instance;
use crate::compose::{Container, Project, Settings, http};
use crate::context::Ctx;
use crate::failure::{self, ExitCode};
use crate::report::running::Address;

/// Between two looks; a world ticks ten times a second.
const PAUSE: Duration = Duration::from_millis(50);

/// Waits until every service of a colony is well and the world has ticked since the first look. Returns the containers and
/// the tick.
pub(super) fn colony(
    ctx: &Ctx,
    project: &Project,
    settings: &Settings,
    limit: Duration,
) -> anyhow::Result<(Vec<Address>, u64)> {
    let mut first = None;
    wait(ctx, project, "colony", limit, || {
        let (containers, tick) = look(ctx, project, settings)?;
        if tick <= *first.get_or_insert(tick) {
            bail!("the tick stays at {tick}");
        }
        Ok((containers.iter().map(address).collect(), tick))
    })
}

/// Waits until every container runs and is healthy, where it says so, or has ended as it should.
pub(super) fn all(ctx: &Ctx, project: &Project, limit: Duration) -> anyhow::Result<Vec<Address>> {
    wait(ctx, project, "project", limit, || {
        let containers = project::containers(ctx, project)?;
        if containers.is_empty() {
            bail!("it has no container");
        }
        for (instance, container) in &containers {
            let health = container.health.as_deref();
            match container.state.as_str() {
                "running" if health.is_none_or(|health| health == "healthy") => {}
                "exited" if container.exit_code == 0 => {}
                state => bail!("{instance} is {state}{}", health.map(|word| format!(", {word}")).unwrap_or_default()),
            }
        }
        Ok(containers.into_iter().map(|(instance, container)| published(&instance, container.url())).collect())
    })
}

/// Looks until that gives something, or the time is over: then the last failure is the error, and the logs are shown.
fn wait<T>(
    ctx: &Ctx,
    project: &Project,
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let started = Instant::now();
    loop {
        match look() {
            Ok(found) => return Ok(found),
            Err(error) if failure::code(&error) == ExitCode::Interrupted => return Err(error),
            Err(error) if started.elapsed() > limit => {
                let logs = ctx.runner.probe(&project.last_logs())?;
                ctx.report.cure(format!("last lines of the logs:\n{}\n{}", logs.stdout, logs.stderr));
                bail!("the {what} is not well after {} s: {error:#}", limit.as_secs());
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// The containers, all of which are well, and the tick of their world.
fn look(ctx: &Ctx, project: &Project, settings: &Settings) -> anyhow::Result<(Vec<Container>, u64)> {
    let containers = Container::list(&ctx.runner.capture("list the containers", &project.list())?)?;
    if containers.len() != settings.containers() {
        bail!("{} of {} containers run", containers.len(), settings.containers());
    }
    containers.iter().try_for_each(|container| http::get(container.port, "/health").map(drop))?;
    let statistics = http::get(settings.coordinator_port, "/statistics")?;
    Ok((containers, statistics["tick"].as_u64().context("/statistics gives no tick")?))
}

fn address(container: &Container) -> Address {
    let Container { instance, port } = container;
    let health_url = Some(format!("http://127.0.0.1:{port}/health"));
    Address { name: instance.to_string(), health_url, address: None }
}

fn published(instance: &Instance, address: Option<String>) -> Address {
    Address { name: instance.to_string(), health_url: None, address }
}
