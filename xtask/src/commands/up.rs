//! `cargo xtask up`: from nothing to a colony that runs on this machine in its real image.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::base::{self, Freshness, Standing};
use crate::cli;
use crate::colony;
use crate::compose::http;
use crate::compose::{Container, Project, Settings};
use crate::context::Ctx;
use crate::doctor::{self, Choice};
use crate::failure::{self, ExitCode};
use crate::process::threads::joined;
use crate::workspace::plan::Plan;

/// Between two looks at the colony; a world ticks ten times a second.
const PAUSE: Duration = Duration::from_millis(50);

impl cli::Up {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { install, backends, coordinator_port, backend_port, wait_timeout, colony, builder } = self;
        base::require_other_name(&colony.base.image(), &colony.name.image())?;
        let settings = Settings::new(backends, coordinator_port, backend_port)?;
        if install {
            let choice = Choice::of_images(&colony.chef.chef_image, &colony.runtime_image);
            ctx.report.step("install what is missing", || doctor::install(ctx, &choice))?;
        }
        let build = cli::Build::local(builder);
        if !base_is_current(ctx, &colony, build.builder.as_deref())? {
            let order = base::build::Order { image: colony.base.image(), chef_image: colony.chef.chef_image.clone() };
            let builder = build.builder(ctx)?;
            base::build::BaseBuild::make(ctx, &order, builder)?.build(ctx)?;
        }
        let builder = || build.builder(ctx);
        let built = colony::build::ColonyBuild::make(ctx, &colony.order(), builder)?.build(ctx)?;
        let built = built.context("a build that is no dry run gives an image")?;
        let project = Project::of_environment();
        let what = "start containers";
        ctx.report.step(what, || ctx.runner.stream(what, &project.up(&settings, &built.image_id)))?;
        let waited = ctx.report.step("wait until the world ticks", || wait(ctx, &project, &settings, wait_timeout));
        let (containers, tick) = waited?;
        let mut rows = vec![("image".to_owned(), built.image), ("tick".to_owned(), tick.to_string())];
        rows.extend(
            containers
                .iter()
                .map(|container| (container.name(), format!("http://127.0.0.1:{}/health", container.port))),
        );
        let rows: Vec<_> = rows.iter().map(|(label, value)| (label.as_str(), value.clone())).collect();
        ctx.report.summary("colony", &rows);
        ctx.report.info("Stop it with: cargo xtask down");
        println!("http://127.0.0.1:{coordinator_port}/statistics");
        Ok(())
    }
}

fn base_is_current(ctx: &Ctx, args: &cli::Colony, builder: Option<&str>) -> anyhow::Result<bool> {
    let plan = thread::scope(|scope| {
        let required = scope.spawn(|| doctor::require_up(ctx, builder));
        let plan = Plan::make(ctx);
        joined(required)?;
        plan
    })?;
    let standing = Standing::ask(ctx, &args.base.image(), args.chef.chef_image.as_deref())?;
    Ok(match standing.beside(ctx, &plan)?.1 {
        Freshness::Current(_) => true,
        Freshness::Missing => false,
        Freshness::Stale(_, reasons) => {
            ctx.report.info(format!("the base image is stale, because {}", reasons.join("; ")));
            false
        }
    })
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
                let logs = ctx.runner.probe(&project.logs())?;
                ctx.report.info(format!("last lines of the logs:\n{}\n{}", logs.stdout, logs.stderr));
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
