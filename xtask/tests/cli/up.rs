//! `cargo xtask up`: builds what is missing, has compose start the containers, waits until their world ticks.

use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::{Call, Outcome};
use crate::service::Services;
use crate::support::{BASE, BUILD, Fixture, current_base};
use crate::workspace::Workspace;

/// How every call of compose begins that is about the colony.
pub(crate) const COMPOSE: [&str; 6] =
    ["docker", "compose", "--project-name", "distributed-colony", "--file", "Docker/compose.yaml"];

pub(crate) const START: [&str; 7] = [COMPOSE[0], COMPOSE[1], COMPOSE[2], COMPOSE[3], COMPOSE[4], COMPOSE[5], "up"];
pub(crate) const LOGS: [&str; 7] = [COMPOSE[0], COMPOSE[1], COMPOSE[2], COMPOSE[3], COMPOSE[4], COMPOSE[5], "logs"];

/// What docker says of a client without the plugin.
pub(crate) const NO_PLUGIN: &str = "docker: 'compose' is not a docker command.";

/// An engine where compose starts so many backends, all of which run.
pub(crate) fn engine<'a>(workspace: &'a Workspace, services: &Services, backends: u16) -> Fixture<'a> {
    Fixture::new(workspace)
        .background(START, Answer::default())
        .background(["docker", "ps"], Answer::stdout(services.listed(backends)))
}

/// Runs it with a current base, so that the colony image alone is built, and gets that ID.
pub(crate) fn up(fixture: Fixture<'_>, base: &Image, id: &str, services: &Services, flags: &[&str]) -> Outcome {
    let words = ["up"].iter().chain(flags).map(|word| (*word).to_owned()).chain(services.flags());
    fixture.image(BASE, base).builds(&Image::new(id)).xtask(words.collect::<Vec<_>>()).run()
}

/// What was done besides building: the calls, and the settings that compose reads.
fn deeds(outcome: &Outcome) -> Vec<String> {
    let deeds = outcome.effects().filter(|call| !call.begins(&BUILD));
    let settings = |call: &Call| call.env.iter().filter(|(key, _)| key.starts_with("COLONY_")).map(pair).collect();
    deeds.map(|call| [settings(call), call.program.clone() + " ", call.args.join(" ")].concat()).collect()
}

fn pair((key, value): (&String, &String)) -> String {
    format!("{key}={value} ")
}

/// The deed that starts the containers.
fn start(services: &Services, backends: u16, image: &str) -> String {
    let Services { coordinator, backend, .. } = services;
    format!(
        "COLONY_BACKENDS={backends} COLONY_BACKEND_PORTS={backend}-{} COLONY_COORDINATOR_PORT={coordinator} \
         COLONY_IMAGE={image} docker compose --project-name distributed-colony --file Docker/compose.yaml up --detach \
         --remove-orphans",
        backend + backends - 1
    )
}

#[test]
fn compose_starts_the_image_that_was_built_and_the_addresses_are_told() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[7, 7, 8]);
    let outcome = up(engine(&workspace, &services, 2), &base, "sha256:new", &services, &[]);
    outcome.exits(0).prints(&format!("http://127.0.0.1:{}/statistics\n", services.coordinator));
    // By ID, which no later build moves.
    assert_eq!(deeds(&outcome), [start(&services, 2, "sha256:new")]);
    let addresses = [services.coordinator, services.backend, services.backend + 1];
    for (name, port) in ["coordinator", "backend-1", "backend-2"].into_iter().zip(addresses) {
        let row = format!("[INFO] {name} http://127.0.0.1:{port}/health");
        let told = |line: &str| line.split_whitespace().eq(row.split(' '));
        assert!(outcome.stderr.lines().any(told), "{row}: {}", outcome.stderr);
    }
}

#[test]
fn it_waits_until_every_service_is_well_and_the_world_ticks() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[7, 7, 7, 9]);
    let outcome = up(engine(&workspace, &services, 2), &base, "sha256:new", &services, &[]);
    let told = |line: &str| line.split_whitespace().eq(["[INFO]", "tick", "9"]);
    assert!(outcome.exits(0).stderr.lines().any(told), "{}", outcome.stderr);
    assert_eq!(services.asked("coordinator/statistics"), 4);
    for service in ["coordinator", "backend-1", "backend-2"] {
        assert_eq!(services.asked(&format!("{service}/health")), 4, "{service}");
    }
}

#[test]
fn it_waits_for_a_container_that_is_not_there_yet() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2]);
    let fixture = engine(&workspace, &services, 2)
        .answer(["docker", "ps"], Answer::stdout(services.listed(1)))
        .answer(["docker", "ps"], Answer::stdout("backend 2 8082/tcp, 8083/tcp\n"))
        .answer(["docker", "ps"], Answer::stdout(services.listed(2)));
    up(fixture, &base, "sha256:new", &services, &[]).exits(0);
    assert_eq!(services.asked("backend-2/health"), 2);
}

#[test]
fn the_same_image_and_settings_give_the_same_call_and_others_another() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(3, &[1, 2, 3, 4, 5, 6, 7, 8]);
    let run = |backends: u16, id: &str| {
        let flag = format!("--backends={backends}");
        let outcome = up(engine(&workspace, &services, backends), &base, id, &services, &[&flag]);
        outcome.exits(0);
        deeds(&outcome)
    };
    // Compose leaves alone what runs with these settings.
    assert_eq!(run(2, "sha256:new"), run(2, "sha256:new"));
    assert_eq!(run(2, "sha256:edited"), [start(&services, 2, "sha256:edited")]);
    assert_eq!(run(3, "sha256:new"), [start(&services, 3, "sha256:new")]);
}

#[test]
fn a_project_name_of_the_users_own_keeps_two_colonies_apart() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2]);
    let own = ["docker", "compose", "--project-name", "mine"];
    let listed = ["docker", "ps", "--filter", "label=com.docker.compose.project=mine"];
    let fixture = Fixture::new(&workspace)
        .answer(own, Answer::default())
        .answer(listed, Answer::stdout(services.listed(2)))
        .env("COMPOSE_PROJECT_NAME", "mine");
    up(fixture, &base, "sha256:new", &services, &[]).exits(0);
}

#[test]
fn a_world_that_stands_still_is_told_with_the_end_of_the_logs() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[7]);
    let fixture = engine(&workspace, &services, 2)
        .answer(LOGS, Answer::stdout("coordinator-1  | waiting for 2 backends\nbackend-1  | cannot register\n"));
    let outcome = up(fixture, &base, "sha256:new", &services, &["--wait-timeout=0"]);
    outcome
        .exits(1)
        .prints("")
        .says("[INFO] last lines of the logs:\n")
        .says("[INFO] coordinator-1  | waiting for 2 backends\n[INFO] backend-1  | cannot register\n")
        .says("[ERROR] the colony is not well after 0 s: the tick stays at 7\n");
    let logs = outcome.calls.iter().find(|call| call.begins(&LOGS)).expect("answered");
    assert_eq!(logs.args[6..], ["--no-color", "--tail", "20"]);
}

#[test]
fn a_container_that_does_not_run_is_told() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[7]);
    let fixture = engine(&workspace, &services, 1).answer(LOGS, Answer::default());
    let outcome = up(fixture, &base, "sha256:new", &services, &["--wait-timeout=0"]);
    outcome.exits(1).says("the colony is not well after 0 s: 2 of 3 containers run\n");
}

#[test]
fn what_compose_cannot_start_is_not_waited_for() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[7]);
    let taken = "Bind for 127.0.0.1:8083 failed: port is already allocated";
    let fixture = engine(&workspace, &services, 2).answer(START, Answer::fails(1, taken));
    let outcome = up(fixture, &base, "sha256:new", &services, &[]);
    outcome.exits(1).says(taken).says("[ERROR] start containers: docker ended with exit code 1\n");
    assert_eq!(services.asked("coordinator/health"), 0);
}

#[test]
fn the_wait_ends_when_somebody_interrupts_it() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[7]);
    let words = ["up", "--wait-timeout=300"].map(str::to_owned).into_iter().chain(services.flags());
    let started = Instant::now();
    let fixture = engine(&workspace, &services, 2).image(BASE, &base).builds(&base).xtask(words.collect::<Vec<_>>());
    fixture.signalled("INT", ["docker", "ps"]).exits(130).says("[ERROR] interrupted\n");
    assert!(started.elapsed() < Duration::from_secs(150), "it waited to the end");
}

#[test]
fn a_base_that_is_missing_or_stale_is_built_before_the_colony() {
    let workspace = Workspace::new();
    let stale = current_base(&workspace);
    workspace.cargo(["update", "--package", "leaf"]);
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2, 3, 4]);
    let up = |fixture: Fixture<'_>| {
        let words = ["up".to_owned()].into_iter().chain(services.flags());
        let outcome = fixture.image(BASE, &base).builds(&base).xtask(words.collect::<Vec<_>>()).run();
        let builds = outcome.exits(0).calls.iter().filter(|call| call.begins(&BUILD));
        let tags = builds.filter_map(|call| call.args.iter().skip_while(|arg| *arg != "--tag").nth(1).cloned());
        assert_eq!(tags.collect::<Vec<_>>(), [BASE, "distributed-colony:latest"]);
        outcome
    };
    up(engine(&workspace, &services, 2).no_image(BASE));
    let outcome = up(engine(&workspace, &services, 2).image(BASE, &stale));
    outcome.says("the base image is stale, so it is built first: Cargo.lock changed (leaf 1.0.0 -> 1.0.1)\n");
}

#[test]
fn a_stale_base_that_is_allowed_is_built_on() {
    let workspace = Workspace::new();
    let stale = current_base(&workspace);
    workspace.cargo(["update", "--package", "leaf"]);
    let services = Services::start(2, &[1, 2, 3, 4]);
    let words = ["up".to_owned(), "--allow-stale-base".to_owned()].into_iter().chain(services.flags());
    let fixture = engine(&workspace, &services, 2).image(BASE, &stale).builds(&stale);
    let outcome = fixture.xtask(words.collect::<Vec<_>>()).run();
    outcome.exits(0).says("[WARNING] building on a stale base, because ");
    assert_eq!(outcome.calls.iter().filter(|call| call.begins(&BUILD)).count(), 1);
}

#[test]
fn without_an_engine_nothing_is_begun() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).without_engine().xtask(["up"]).run();
    outcome.exits(3).prints("").has_no_effect().says("prerequisites not met: docker engine\n");
}

#[test]
fn without_compose_nothing_is_begun_and_the_cure_is_told() {
    let workspace = Workspace::new();
    let without = |fixture: Fixture<'_>| {
        fixture.answer(["docker", "compose", "version"], Answer::fails(1, NO_PLUGIN)).xtask(["up"]).run()
    };
    let outcome = without(Fixture::new(&workspace));
    outcome
        .exits(3)
        .prints("")
        .has_no_effect()
        .says("[ERROR] prerequisites not met: docker compose\n")
        .says("cargo xtask doctor --install; elsewhere: https://docs.docker.com/compose/install/\n");
    let outcome = without(Fixture::new(&workspace).without_engine());
    outcome.exits(3).has_no_effect().says("[ERROR] prerequisites not met: docker engine, docker compose\n");
}

#[test]
fn ports_that_do_not_exist_are_refused_before_anything_is_asked() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).xtask(["up", "--backends=9", "--backend-port=65530"]).run();
    outcome
        .exits(2)
        .says("[ERROR] there are no 9 ports for the backends from 65530 on\n")
        .says("[INFO] Choose a lower port: --backend-port\n");
    assert!(outcome.calls.is_empty(), "{:?}", outcome.calls);
}
