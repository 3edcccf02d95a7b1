//! `cargo xtask up`: from nothing to what the compose file starts on this machine, in its real image.

use std::cell::Cell;
use std::time::Duration;

use crate::cli;
use crate::colony::build::{ColonyBuild, Order};
use crate::commands::{base_first, far_rules, project, well};
use crate::compose::file::{COMPOSE_FILE, ComposeFile};
use crate::compose::{Project, Settings};
use crate::context::Ctx;
use crate::doctor::{self, Choice};
use crate::failure::{self, ExitCode, Failure};
use crate::report::record::Built;
use crate::report::running::{Address, Started};
use crate::watch;

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
        if let Some(far) = builder.as_deref().map(|name| doctor::far_builder(ctx, name)).transpose()?.flatten() {
            return Err(far_rules::up(&far).into());
        }
        let project = Project::of(&ctx.names.workspace)?;
        ComposeFile::require(&ctx.root)?;
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
        let Self { build, project, settings, install, .. } = self;
        let mut order = self.order.clone();
        let require = || require(ctx, project, build.builder.as_deref(), *install);
        base_first::build_where_needed(ctx, &mut order, require, || build.builder(ctx))?;
        let built = ColonyBuild::make(ctx, &order, || build.builder(ctx))?.build(ctx)?;
        // A dry run has no image ID; the line that it prints finds the image by the name that it got.
        let image = match &built {
            Built::Done(built) => built.id().to_owned(),
            Built::Printed { .. } => order.images.image.to_string(),
        };
        let what = "start containers";
        ctx.report.step(what, || ctx.runner.stream(what, &project.up(settings, &image)))?;
        self.was_started.set(true);
        let Built::Done(built) = built else { return Ok(()) };
        let (containers, tick) = self.wait(ctx)?;
        let statistics = tick.map(|_| format!("http://127.0.0.1:{}/statistics", settings.coordinator_port));
        tell(ctx, &Started { image_id: built.id().to_owned(), image: built.image, tick, statistics, containers })
    }

    /// What is well then, and of a colony the tick of its world.
    fn wait(&self, ctx: &Ctx) -> anyhow::Result<(Vec<Address>, Option<u64>)> {
        let Self { project, settings, wait_timeout, .. } = self;
        if !ComposeFile::require(&ctx.root)?.is_colony() {
            let waited = ctx.report.step("wait until all is well", || well::all(ctx, project, *wait_timeout));
            return Ok((waited?, None));
        }
        let ticks = || well::colony(ctx, project, settings, *wait_timeout);
        let (containers, tick) = ctx.report.step("wait until the world ticks", ticks)?;
        Ok((containers, Some(tick)))
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

/// Prints the summary, then on stdout where the world is told of, or all of it.
fn tell(ctx: &Ctx, started: &Started) -> anyhow::Result<()> {
    let mut rows = vec![("image", started.image.clone())];
    rows.extend(started.tick.map(|tick| ("tick", tick.to_string())));
    let address = |container: &Address| container.health_url.as_ref().or(container.address.as_ref()).cloned();
    let is_well = || "well".to_owned();
    rows.extend(started.containers.iter().map(|one| (one.name.as_str(), address(one).unwrap_or_else(is_well))));
    ctx.report.summary("colony", &rows);
    ctx.report.info("Stop it with: cargo xtask down");
    if ctx.manner.is_json {
        ctx.report.result(started.to_json(&ctx.report)?);
        return Ok(());
    }
    let published = started.containers.iter().filter_map(|container| container.address.as_ref());
    started.statistics.iter().chain(published).for_each(|address| ctx.report.result(address));
    Ok(())
}

/// A dry run only warns of what is missing, which a real one might have `installed` by then.
fn require(ctx: &Ctx, project: &Project, builder: Option<&str>, installed: bool) -> anyhow::Result<()> {
    let then = if installed { "mend this first" } else { "stop here" };
    if ctx.warn_if_dry_that(doctor::require_up(ctx, builder), then)?.is_some() {
        ctx.warn_if_dry(project::require_ours(ctx, project))?;
    }
    Ok(())
}
