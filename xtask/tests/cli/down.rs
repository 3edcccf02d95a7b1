//! `cargo xtask down`: compose removes what it started, and nothing else.

use crate::answer::Answer;
use crate::outcome::Outcome;
use crate::support::Fixture;
use crate::up::COMPOSE;
use crate::workspace::Workspace;

const VERSION: &str = "docker compose version --short";
const ASK: &str = "docker ps --all --quiet --no-trunc --filter label=com.docker.compose.project=distributed-colony";
const DOWN: &str = "docker compose --project-name distributed-colony --file Docker/compose.yaml down --remove-orphans";

/// Every call but the questions for client and compose; programs and words, separated by blanks.
fn lines(outcome: &Outcome) -> Vec<String> {
    let lines = outcome.calls.iter().map(|call| format!("{} {}", call.program, call.args.join(" ")));
    lines.filter(|line| line != VERSION && !line.starts_with("docker version ")).collect()
}

#[test]
fn compose_removes_the_colony_and_images_stay() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).answer(COMPOSE, Answer::default()).xtask(["down"]).run();
    outcome.exits(0).prints("").says("[INFO] remove the colony: ok");
    assert_eq!(lines(&outcome), [ASK, DOWN]);
}

#[test]
fn a_colony_with_a_name_of_the_users_own_is_the_one_that_goes() {
    let workspace = Workspace::new();
    let own = ["docker", "compose", "--project-name", "mine"];
    let fixture = Fixture::new(&workspace).answer(own, Answer::default()).env("COMPOSE_PROJECT_NAME", "mine");
    fixture.xtask(["down"]).run().exits(0);
}

#[test]
fn what_compose_cannot_remove_is_told_in_its_words() {
    let workspace = Workspace::new();
    let why = "Error response from daemon: permission denied";
    let outcome = Fixture::new(&workspace).answer(COMPOSE, Answer::fails(1, why)).xtask(["down"]).run();
    outcome.exits(1).says(why).says("[ERROR] remove the colony: docker ended with exit code 1\n");
}

#[test]
fn without_an_engine_it_is_the_engine_that_is_missing() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).without_engine().xtask(["down"]).run();
    outcome.exits(3).has_no_effect().says("[ERROR] prerequisites not met: docker engine\n").says("[INFO]   cure: ");
}

#[test]
fn without_compose_the_cure_is_told() {
    let workspace = Workspace::new();
    let none = Answer::fails(1, "docker: 'compose' is not a docker command.");
    let outcome = Fixture::new(&workspace).answer(["docker", "compose", "version"], none).xtask(["down"]).run();
    outcome.exits(3).says("[ERROR] prerequisites not met: docker compose\n").says("doctor --install");
    assert_eq!(lines(&outcome), [""; 0]);
}
