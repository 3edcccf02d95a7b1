//! `cargo xtask up --dry-run`: every command ready to paste, and nothing changed.

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::{Call, Outcome};
use crate::service::Services;
use crate::support::{BASE, BUILD, COLONY, Fixture, current_base};
use crate::up::{NO_PLUGIN, START, engine, up};
use crate::workspace::Workspace;

const COMPOSE_LINE: &str = "COLONY_BACKENDS=2 COLONY_BACKEND_PORTS=8084-8085 COLONY_COORDINATOR_PORT=8083 \
                            COLONY_IMAGE=distributed-colony:latest docker compose --project-name distributed-colony \
                            --file Docker/compose.yaml up --detach --remove-orphans";

fn dry(fixture: Fixture<'_>) -> Outcome {
    let outcome = fixture.xtask(["up", "--dry-run"]).run();
    outcome.exits(0).has_no_effect();
    outcome
}

/// What each line begins with, and the name that it builds.
fn told(outcome: &Outcome) -> Vec<String> {
    let name = |line: &str| line.split_once(" --tag ").and_then(|(_, rest)| rest.split(' ').next()).map(str::to_owned);
    outcome.stdout.lines().map(|line| name(line).unwrap_or_else(|| line.to_owned())).collect()
}

#[test]
fn on_a_current_base_the_colony_is_built_and_started() {
    let workspace = Workspace::at("with space");
    let base = current_base(&workspace);
    let before = workspace.listing();
    let outcome = dry(Fixture::new(&workspace).image(BASE, &base));
    assert_eq!(told(&outcome), ["cargo xtask plan", COLONY, COMPOSE_LINE]);
    outcome.never_says("a real run would stop here");
    assert!(workspace.listing() == before, "the workspace was touched");
}

#[test]
fn a_base_that_is_missing_or_stale_is_built_first() {
    let workspace = Workspace::new();
    let stale = current_base(&workspace);
    workspace.cargo(["update", "--package", "leaf"]);
    for fixture in [Fixture::new(&workspace), Fixture::new(&workspace).image(BASE, &stale)] {
        let outcome = dry(fixture);
        assert_eq!(told(&outcome), ["cargo xtask plan", BASE, "cargo xtask plan", COLONY, COMPOSE_LINE]);
        outcome.never_says("a real run would stop here").says("`unknown` stands for it\n");
        assert!(outcome.stdout.contains("--label io.distributed-colony.base=unknown "), "{}", outcome.stdout);
    }
}

/// The settings and the words of a call, but for the image: a dry run does not know its ID.
fn start(outcome: &Outcome) -> (Vec<(String, String)>, Vec<String>) {
    let call = outcome.calls.iter().find(|call| call.begins(&START)).expect("compose was called");
    let settings = call.env.iter().filter(|(key, _)| key.starts_with("COLONY_") && *key != "COLONY_IMAGE");
    (settings.map(|(key, value)| (key.clone(), value.clone())).collect(), call.args.clone())
}

#[test]
fn the_pasted_lines_do_what_the_run_does() {
    let workspace = Workspace::at("with space");
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2]);
    let [coordinator, backend] = services.flags();
    let words = ["up", "--dry-run", "--build-version", "it's 1", &coordinator, &backend];
    let printed = Fixture::new(&workspace).image(BASE, &base).xtask(words).run();
    let pasted = Fixture::new(&workspace)
        .with("cargo")
        .answer(["cargo", "xtask", "plan"], Answer::default())
        .answer(BUILD, Answer::default())
        .answer(START, Answer::default())
        .shell(&printed.exits(0).stdout);
    let run = up(engine(&workspace, &services, 2), &base, "sha256:new", &services, &["--build-version", "it's 1"]);
    assert_eq!(pasted.exits(0).build().pasted(), run.exits(0).build().pasted());
    assert_eq!(start(&pasted), start(&run));
    let image = |outcome: &Outcome| {
        let found = outcome.calls.iter().find(|call: &&Call| call.begins(&START)).expect("compose was called");
        found.env["COLONY_IMAGE"].clone()
    };
    assert_eq!((image(&pasted).as_str(), image(&run).as_str()), (COLONY, "sha256:new"));
}

#[test]
fn a_fresh_workspace_is_left_without_a_target_folder() {
    let (workspace, other) = (Workspace::new(), Workspace::new());
    let base = current_base(&other);
    dry(Fixture::new(&workspace).image(BASE, &base));
    dry(Fixture::new(&workspace).image(BASE, &Image::new("sha256:other")));
    assert!(!workspace.root().join("target").exists());
}

#[test]
fn what_is_missing_is_only_told_of_and_nothing_is_installed() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let without_compose = |words: &[&str]| {
        let none = Answer::fails(1, NO_PLUGIN);
        let fixture = Fixture::new(&workspace).image(BASE, &base).answer(["docker", "compose", "version"], none);
        fixture.xtask(words).run()
    };
    let outcome = without_compose(&["up", "--dry-run"]);
    outcome
        .exits(0)
        .has_no_effect()
        .says("[WARNING] a real run would stop here: prerequisites not met: docker compose\n");
    let outcome = without_compose(&["up", "--dry-run", "--install"]);
    outcome
        .exits(0)
        .has_no_effect()
        .says("[INFO] a real run would first install what is missing, as `cargo xtask doctor --install` does\n")
        .says("[WARNING] a real run would mend this first: prerequisites not met: docker compose\n")
        .never_says("a real run would stop here");
    assert_eq!(told(&outcome).last().map(String::as_str), Some(COMPOSE_LINE));
}

#[test]
fn without_an_engine_nobody_knows_what_would_be_built() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).without_engine().xtask(["up", "--dry-run"]).run();
    outcome
        .exits(3)
        .prints("")
        .has_no_effect()
        .says("a real run would stop here: prerequisites not met: docker engine");
}
