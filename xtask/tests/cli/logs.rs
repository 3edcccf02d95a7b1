//! `cargo xtask logs`: compose's own output, on stdout.

use crate::answer::Answer;
use crate::containers::{LIST, colony, with, with_in};
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{Fixture, NO_ENGINE};
use crate::up::{LOGS, NO_PLUGIN};
use crate::workspace::Workspace;

const LINES: &str = "coordinator-1  | listening\nbackend-1      | registered\n";

/// An engine where something runs, or has ended: that has logs too.
fn engine(workspace: &Workspace) -> Fixture<'_> {
    with(Fixture::new(workspace), &colony(&Image::new("sha256:1")))
}

/// The words after `logs`.
fn asked(outcome: &Outcome) -> &[String] {
    let call = outcome.calls.iter().find(|call| call.begins(&LOGS));
    &call.unwrap_or_else(|| outcome.fail("compose was not asked")).args[LOGS.len() - 1..]
}

#[test]
fn the_logs_are_all_of_stdout() {
    let workspace = Workspace::new();
    let outcome = engine(&workspace).answer(LOGS, Answer::stdout(LINES)).xtask(["logs"]).run();
    outcome.exits(0).prints(LINES);
    assert_eq!(outcome.stderr, "");
    assert!(asked(&outcome).is_empty(), "{:?}", asked(&outcome));
}

#[test]
fn flags_and_services_go_to_compose() {
    let workspace = Workspace::new();
    let run = |words: &[&str]| {
        let words = ["logs"].iter().chain(words);
        let outcome = engine(&workspace).answer(LOGS, Answer::stdout(LINES)).xtask(words).run();
        outcome.exits(0);
        asked(&outcome).to_vec()
    };
    assert_eq!(run(&["-f", "--tail", "3", "backend"]), ["--follow", "--tail", "3", "backend"]);
    assert_eq!(run(&["coordinator", "backend", "--follow"]), ["--follow", "coordinator", "backend"]);
}

#[test]
fn what_compose_ends_with_is_our_end() {
    let workspace = Workspace::new();
    let none = Answer::fails(14, "no such service: backend");
    let outcome = engine(&workspace).answer(LOGS, none).xtask(["logs", "backend"]).run();
    outcome.exits(14).prints("").says("no such service: backend");
}

#[test]
fn a_service_that_does_not_exist_is_a_usage_error() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).xtask(["logs", "backends"]).run();
    outcome.exits(2).prints("").has_no_effect().says("[possible values: coordinator, backend]");
}

#[test]
fn an_interruption_of_what_is_followed_is_compose_s_own() {
    let workspace = Workspace::new();
    let fixture = engine(&workspace).answer(LOGS, Answer::hangs()).xtask(["logs", "--follow"]);
    // The fake ends with this when it is told to; we would say that we were interrupted.
    fixture.signalled("INT", LOGS).exits(130).prints("").never_says("interrupted");
}

#[test]
fn a_project_of_the_users_own_is_the_one_that_is_asked() {
    let workspace = Workspace::new();
    let own = ["docker", "compose", "--project-name", "mine"];
    let fixture = with_in(Fixture::new(&workspace), "mine", &colony(&Image::new("sha256:1")));
    let fixture = fixture.answer(own, Answer::stdout(LINES));
    fixture.env("COMPOSE_PROJECT_NAME", "mine").xtask(["logs"]).run().exits(0).prints(LINES);
}

#[test]
fn where_nothing_runs_the_cure_is_told() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).answer(LIST, Answer::default()).xtask(["logs"]).run();
    outcome
        .exits(3)
        .prints("")
        .has_no_effect()
        .says("[ERROR] no colony runs: the compose project 'distributed-colony' has no container\n")
        .says("[INFO] Start one: cargo xtask up\n");
}

#[test]
fn without_an_engine_or_compose_the_cure_is_told() {
    let workspace = Workspace::new();
    let dead = Fixture::new(&workspace).answer(LIST, Answer::fails(1, NO_ENGINE)).xtask(["logs"]).run();
    dead.exits(3).prints("").says(NO_ENGINE).says("cargo xtask doctor\n");
    let none = Answer::fails(1, NO_PLUGIN);
    let outcome = Fixture::new(&workspace).answer(["docker", "compose", "version"], none).xtask(["logs"]).run();
    outcome.exits(3).prints("").says("[ERROR] prerequisites not met: docker compose\n").says("doctor --install");
}
