//! `cargo xtask up`: from nothing to a colony that runs on this machine in its real image.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::base::{self, Expected, State};
use crate::base_images::CHEF;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::doctor::{self, Choice};
use crate::local_colony::{self, Container, LABEL, NETWORK};
use crate::planner::Plan;
use crate::record::Record;
use crate::{base_build, cli, colony, http};

/// How long the containers may take to be well.
const PATIENCE: Duration = Duration::from_secs(60);

impl cli::Up {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { install, backends, coordinator_port, backend_port, colony, builder } = self;
        base::require_other_name(&colony.base.image(), &colony.image())?;
        if install {
            let choice = Choice::of_images(&colony.chef.chef_image, &colony.runtime_image);
            ctx.report.step("install what is missing", || doctor::install(ctx, &choice))?;
        }
        let docker = Docker::new(ctx);
        let build = cli::Build::local(builder);
        if !base_is_current(ctx, &docker, &colony, build.builder.as_deref())? {
            let order = base_build::Order { image: colony.base.image(), chef_image: colony.chef.chef_image.clone() };
            let builder = build.builder(ctx, &docker)?;
            base_build::Planned::make(ctx, &docker, &order, builder)?.build(ctx, &docker)?;
        }
        let builder = || build.builder(ctx, &docker);
        let built = colony::build::Planned::make(ctx, &docker, &colony.order(), builder)?.build(ctx, &docker)?;
        let built = built.context("a build that is no dry run gives an image")?;
        let containers = local_colony::containers(backends, coordinator_port, backend_port);
        ctx.report.step("start containers", || start(ctx, &docker, &containers, &built))?;
        let ticks = ctx.report.step("wait until the world ticks", || wait(ctx, &docker, &containers))?;
        let mut rows = vec![("image", built.image.clone()), ("tick", ticks.to_string())];
        for container in &containers {
            let name = container.name.trim_start_matches(NETWORK).trim_start_matches('-');
            rows.push((name, format!("http://127.0.0.1:{}/health", container.port)));
        }
        ctx.report.summary("colony", &rows);
        ctx.report.info("Stop it with: cargo xtask down");
        println!("http://127.0.0.1:{coordinator_port}/statistics");
        Ok(())
    }
}

fn base_is_current(ctx: &Ctx, docker: &Docker<'_>, args: &cli::Colony, builder: Option<&str>) -> anyhow::Result<bool> {
    doctor::require_build(ctx, builder, false)?;
    let plan = Plan::make(ctx)?;
    let expected = Expected::new(ctx, &plan, CHEF.resolve(ctx, docker, args.chef.chef_image.as_deref())?)?;
    Ok(match expected.compare(docker.image(&args.base.image().to_string())?) {
        State::Current(_) => true,
        State::Missing => false,
        State::Stale(_, reasons) => {
            ctx.report.info(format!("the base image is stale, because {}", reasons.join("; ")));
            false
        }
    })
}

/// Leaves a container alone that runs this very image with these very settings; replaces every other one.
fn start(ctx: &Ctx, docker: &Docker<'_>, containers: &[Container], built: &Record) -> anyhow::Result<()> {
    docker.ensure_network(NETWORK, LABEL)?;
    let standing = docker.labelled_containers(LABEL)?;
    let surplus = standing.iter().filter(|name| !containers.iter().any(|container| container.name == **name));
    for name in surplus {
        docker.remove_container(name)?;
    }
    for container in containers {
        let stands = standing.contains(&container.name);
        if stands && docker.runs_with(&container.name, LABEL, &container.mark(&built.image_id))? {
            ctx.report.info(format!("{} runs already", container.name));
            continue;
        }
        if stands {
            docker.remove_container(&container.name)?;
        }
        docker.start_container(&container.name, &container.start(&built.image_id))?;
    }
    Ok(())
}

/// Waits until every service is well and the world has ticked since the first look. Returns the tick.
fn wait(ctx: &Ctx, docker: &Docker<'_>, containers: &[Container]) -> anyhow::Result<u64> {
    let [coordinator, ..] = containers else { bail!("a colony has a coordinator") };
    let started = Instant::now();
    let mut first = None;
    loop {
        let looked = containers
            .iter()
            .try_for_each(|container| http::get(container.port, "/health").map(drop))
            .and_then(|()| http::get(coordinator.port, "/statistics"))
            .and_then(|statistics| statistics["tick"].as_u64().context("/statistics gives no tick"));
        match (looked, first) {
            (Ok(tick), None) => first = Some(tick),
            (Ok(tick), Some(first)) if tick > first => return Ok(tick),
            (outcome, _) if started.elapsed() > PATIENCE => {
                for container in containers {
                    ctx.report.info(format!("last lines of {}:", container.name));
                    ctx.report.info(docker.last_log_lines(&container.name)?);
                }
                let why = outcome.map_or_else(|error| format!("{error:#}"), |tick| format!("the tick stays at {tick}"));
                bail!("the colony is not well after {} s: {why}", PATIENCE.as_secs());
            }
            _ => {}
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
