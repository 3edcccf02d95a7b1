//! `cargo xtask status`: what runs, which image, and whether the sources give another one by now.

use crate::cli;
use crate::colony::look::{ChosenImages, Look};
use crate::colony::superseded::{Age, Made, Now, Verdict};
use crate::commands::project;
use crate::compose::Project;
use crate::compose::file::ComposeFile;
use crate::compose::instance::Instance;
use crate::context::Ctx;
use crate::docker::containers::ProjectContainer;
use crate::failure::{ExitCode, Failure};
use crate::report::running::{ContainerRecord, State, Status};
use crate::terminal::stdout;
use crate::workspace::plan::Plan;

impl cli::Status {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { images } = self;
        let images = images.chosen(true);
        let project = Project::of(&ctx.names.workspace)?;
        let is_colony = ComposeFile::require(&ctx.root)?.is_colony();
        let containers = project::containers(ctx, &project)?;
        let found = if containers.is_empty() { Vec::new() } else { judged(ctx, &images, containers, is_colony)? };
        let state = state(&found, is_colony);
        let standing = found.into_iter().map(|(_, standing)| standing).collect();
        let status = Status::new(project.name(), images.image.to_string(), state, standing);
        if ctx.manner.is_json {
            stdout::line(status.to_json()?)?;
        } else if state != State::Missing {
            stdout::line(status.table())?;
        }
        match state {
            State::Missing => Err(project.none_runs().into()),
            State::Broken => Err(broken(&status, is_colony).into()),
            State::Superseded => Err(superseded(&status).into()),
            State::Current => Ok(()),
        }
    }
}

/// Each beside what the sources give now. All of a colony is built here.
fn judged(
    ctx: &Ctx,
    images: &ChosenImages,
    containers: Vec<(Instance, ProjectContainer)>,
    is_colony: bool,
) -> anyhow::Result<Vec<(Age, ContainerRecord)>> {
    let (look, ()) = Look::take(ctx, images, || Ok((Plan::make(ctx)?, ())))?;
    let now = Now::of(ctx, images.image.to_string(), &look)?;
    let judge = |(instance, container): (Instance, ProjectContainer)| {
        let foreign = if is_colony { None } else { Verdict::foreign(|key| container.label(key)) };
        let verdict = foreign.unwrap_or_else(|| now.judge(&Made::new(&container.image_id, |key| container.label(key))));
        (verdict.age, standing(&instance, container, verdict))
    };
    Ok(containers.into_iter().map(judge).collect())
}

fn standing(instance: &Instance, container: ProjectContainer, Verdict { age, reasons }: Verdict) -> ContainerRecord {
    let address = container.url();
    let has_ended = ["exited", "dead"].contains(&container.state.as_str());
    ContainerRecord {
        name: instance.to_string(),
        service: instance.service.clone(),
        number: instance.number,
        exit_code: has_ended.then_some(container.exit_code),
        // What was found before it ended says nothing now.
        health: container.health.filter(|_| !has_ended),
        state: container.state,
        address,
        image_id: container.image_id,
        age: age.words(),
        reasons,
    }
}

/// Other services than a colony's may end once they have done their work.
fn is_well(standing: &ContainerRecord, is_colony: bool) -> bool {
    standing.is_well() || (!is_colony && standing.is_done())
}

fn state(found: &[(Age, ContainerRecord)], is_colony: bool) -> State {
    if found.is_empty() {
        State::Missing
    } else if found.iter().any(|(_, standing)| !is_well(standing, is_colony)) {
        State::Broken
    } else if found.iter().any(|(age, _)| age.is_superseded()) {
        State::Superseded
    } else {
        State::Current
    }
}

fn broken(status: &Status, is_colony: bool) -> Failure {
    let ill = status.containers.iter().filter(|standing| !is_well(standing, is_colony));
    let words: Vec<_> = ill.map(|standing| format!("{} ({})", standing.name, standing.words())).collect();
    Failure::precondition(format!("not all of the colony is well: {}", words.join(", ")))
        .hint("See why: cargo xtask logs --tail 20")
        .hint("Start it again: cargo xtask up, with the flags that it was started with")
}

/// Each reason once, since all containers run the same image as a rule.
fn superseded(status: &Status) -> Failure {
    let mut failure = Failure::new(ExitCode::Stale, "what runs is not what the sources give");
    let mut told: Vec<&String> = Vec::new();
    for reason in status.containers.iter().flat_map(|standing| &standing.reasons) {
        if !told.contains(&reason) {
            told.push(reason);
            failure = failure.hint(format!("  because {reason}"));
        }
    }
    failure.hint("Replace it: cargo xtask up, with the flags that it was started with")
}
