//! `cargo xtask up`: from nothing to a colony that runs on this machine in its real image.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::cli;
use crate::colony::build::{ColonyBuild, Order};
use crate::commands::base_first;
use crate::compose::http;
use crate::compose::{COMPOSE_FILE, Container, Project, Settings};
use crate::context::Ctx;
use crate::doctor::{self, Choice};
use crate::failure::{self, ExitCode, Failure};
use crate::report::record::Built;
use crate::report::running::{Address, Started};
use crate::watch;

/// Between two looks at the colony; a world ticks ten times a second.
const PAUSE: Duration = Duration::from_millis(50);

impl cli::Up {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self {
            install,
            watch,
            backends,
            coordinator_port,
            backend_port,
            wait_timeout,
            dry_run: _,
            builder,
            display: _,
            colony,
        } = self;
        colony.images.chosen(true).require_two_names()?;
        let project = Project::of(&ctx.names.workspace)?;
        let settings = Settings::new(backends, coordinator_port, backend_port)?;
        if install {
            install_missing(ctx, &colony)?;
        }
        let build = cli::Build::local(builder);
        let order = colony.order(true);
        let up = Up { order, build, project, settings, wait_timeout, install, was_started: Cell::default() };
        if !watch {
            return up.once(ctx);
        }
        watch::on_save(ctx, &[COMPOSE_FILE], |ctx| up.once(ctx)).map_err(|error| up.goes_on(error))
    }
}

/// What is to run.
struct Up {
    order: Order,
    build: cli::Build,
    project: Project,
    settings: Settings,
    wait_timeout: Duration,
    /// Whether what is missing was installed.
    install: bool,
    /// Whether containers were started.
    was_started: Cell<bool>,
}

impl Up {
    /// Builds what is missing or stale, starts it and waits until it is well.
    fn once(&self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { build, project, settings, wait_timeout, install, .. } = self;
        let mut order = self.order.clone();
        let require = || require(ctx, build.builder.as_deref(), *install);
        base_first::build_where_needed(ctx, &mut order, require, || build.builder(ctx))?;
        let built = ColonyBuild::make(ctx, &order, || build.builder(ctx))?.build(ctx)?;
        // A dry run has no image ID; the line that it prints finds the image by the name that it got.
        let image = match &built {
            Built::Done(built) => built.image_id.clone(),
            Built::Printed { .. } => order.images.image.to_string(),
        };
        let what = "start containers";
        ctx.report.step(what, || ctx.runner.stream(what, &project.up(settings, &image)))?;
        self.was_started.set(true);
        let Built::Done(built) = built else { return Ok(()) };
        let waited = ctx.report.step("wait until the world ticks", || wait(ctx, project, settings, *wait_timeout));
        let (containers, tick) = waited?;
        let started = Started {
            image: built.image,
            image_id: built.image_id,
            tick,
            statistics: format!("http://127.0.0.1:{}/statistics", settings.coordinator_port),
            containers: containers.iter().map(address).collect(),
        };
        tell(ctx, &started)
    }

    /// An interruption ends the waiting for edits, and not what was started.
    fn goes_on(&self, error: anyhow::Error) -> anyhow::Error {
        if failure::code(&error) == ExitCode::Interrupted && self.was_started.get() {
            let hint = "The colony goes on; stop it with: cargo xtask down";
            return Failure::of(ExitCode::Interrupted, &error).hint(hint).into();
        }
        error
    }
}

fn install_missing(ctx: &Ctx, colony: &cli::Colony) -> anyhow::Result<()> {
    if ctx.manner.is_dry {
        ctx.report.info("a real run would first install what is missing, as `cargo xtask doctor --install` does");
        return Ok(());
    }
    let choice = Choice::of_images(&colony.images.chef.chef_image, &colony.images.runtime.runtime_image);
    ctx.report.step("install what is missing", || doctor::install(ctx, &choice)).map(drop)
}

fn address(container: &Container) -> Address {
    let Container { instance, port } = container;
    Address { name: instance.to_string(), health_url: format!("http://127.0.0.1:{port}/health") }
}

/// Prints the summary, then on stdout where the world is told of, or all of it.
fn tell(ctx: &Ctx, started: &Started) -> anyhow::Result<()> {
    let mut rows = vec![("image", started.image.clone()), ("tick", started.tick.to_string())];
    rows.extend(started.containers.iter().map(|container| (container.name.as_str(), container.health_url.clone())));
    ctx.report.summary("colony", &rows);
    ctx.report.info("Stop it with: cargo xtask down");
    ctx.report.result(if ctx.manner.is_json { started.to_json(&ctx.report)? } else { started.statistics.clone() });
    Ok(())
}

/// A dry run only warns of what is missing, which a real one might have `installed` by then.
fn require(ctx: &Ctx, builder: Option<&str>, installed: bool) -> anyhow::Result<()> {
    let then = if installed { "mend this first" } else { "stop here" };
    ctx.warn_if_dry_that(doctor::require_up(ctx, builder), then).map(drop)
}

/// Waits until every service is well and the world has ticked since the first look. Returns the containers and the tick.
fn wait(ctx: &Ctx, project: &Project, settings: &Settings, limit: Duration) -> anyhow::Result<(Vec<Container>, u64)> {
    let started = Instant::now();
    let mut first = None;
    loop {
        match (look(ctx, project, settings), first) {
            (Ok((_, tick)), None) => first = Some(tick),
            (Ok((containers, tick)), Some(first)) if tick > first => return Ok((containers, tick)),
            (Err(error), _) if failure::code(&error) == ExitCode::Interrupted => return Err(error),
            (outcome, _) if started.elapsed() > limit => {
                let logs = ctx.runner.probe(&project.last_logs())?;
                ctx.report.cure(format!("last lines of the logs:\n{}\n{}", logs.stdout, logs.stderr));
                let why =
                    outcome.map_or_else(|error| format!("{error:#}"), |(_, tick)| format!("the tick stays at {tick}"));
                bail!("the colony is not well after {} s: {why}", limit.as_secs());
            }
            _ => {}
        }
        thread::sleep(PAUSE);
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
