//! Docker/compose.yaml brings a colony up and down, by itself and through `cargo xtask up` and `down`; `status` and `logs`
//! tell of it. Each test has a project of its own, so that a colony that runs on the machine is not touched.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::engine::{self, docker, try_docker};
use crate::fixture::{Fixture, unique};
use crate::process::{self, Ended};
use crate::services;

/// Three health checks in a row, and what compose needs besides.
const LIMIT: Duration = Duration::from_secs(60);

/// A compose project; what is left of it goes with the value, also when a test fails.
struct Project<'a> {
    fixture: &'a Fixture,
    name: String,
}

impl<'a> Project<'a> {
    fn new(fixture: &'a Fixture) -> Self {
        Self { fixture, name: format!("distributed-colony-e2e-{}", unique()) }
    }

    /// Runs compose as its users do, from the root of the repository. The engine chooses the ports.
    fn compose(&self, args: &[&str]) -> Ended {
        let mut command = engine::command("docker");
        command
            .args(["compose", "-f", "Docker/compose.yaml"])
            .args(args)
            .current_dir(self.fixture.copy.root())
            .env_remove("COLONY_BACKENDS")
            .env("COMPOSE_PROJECT_NAME", &self.name)
            .env("COLONY_IMAGE", self.fixture.colony())
            .env("COLONY_COORDINATOR_PORT", "0")
            .env("COLONY_BACKEND_PORTS", "0");
        process::run(&mut command, LIMIT)
    }

    /// What docker lists of the project's containers, running or not.
    fn containers(&self, format: &str) -> Vec<String> {
        let filter = format!("label=com.docker.compose.project={}", self.name);
        let listed = docker(["ps", "--all", "--no-trunc", "--filter", &filter, "--format", format]);
        let mut lines: Vec<String> = listed.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    fn is_gone(&self) {
        assert_eq!(self.containers("{{.Names}}"), Vec::<String>::new());
        let networks = docker(["network", "ls", "--filter", &format!("name={}", self.name), "--format", "{{.Name}}"]);
        assert_eq!(networks, "");
    }
}

impl Drop for Project<'_> {
    fn drop(&mut self) {
        // Nothing here may panic: a failed test is on its way out already.
        let ended = try_docker(["compose", "--project-name", &self.name, "down", "--timeout", "2"]);
        if ended.code != Some(0) {
            eprintln!("remove {}: {}", self.name, ended.stderr);
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn compose_alone_brings_the_colony_up_to_healthy_and_down() {
    let fixture = Fixture::new();
    fixture.build_base();
    fixture.build_colony(&[]);
    let project = Project::new(&fixture);
    let up = project.compose(&["up", "--detach", "--wait", "--scale", "backend=3"]);
    assert_eq!(up.code, Some(0), "{up:?}");
    let told =
        "{{.Label \"com.docker.compose.service\"}} {{.State}} {{.Label \"com.docker.compose.container-number\"}}";
    let expected = ["backend running 1", "backend running 2", "backend running 3", "coordinator running 1"];
    assert_eq!(project.containers(told), expected);
    for name in project.containers("{{.Names}}") {
        assert_eq!(docker(["inspect", "--format", "{{.State.Health.Status}}", &name]), "healthy", "{name}");
        assert_eq!(docker(["inspect", "--format", "{{.Config.User}}", &name]), "65532:65532", "{name}");
    }
    // The world began with the first backend, and the others joined it.
    let coordinator = format!("{}-coordinator-1", project.name);
    let started = Instant::now();
    while services::answer(&coordinator, "8083", "/statistics")["backends"] != 3 {
        assert!(started.elapsed() < LIMIT, "{}", services::answer(&coordinator, "8083", "/topology"));
    }
    let logs = project.compose(&["logs"]);
    assert!(logs.stdout.contains("backend-2") && logs.stdout.contains("registered with coordinator"), "{logs:?}");
    let down = project.compose(&["down"]);
    assert_eq!(down.code, Some(0), "{down:?}");
    project.is_gone();
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn up_starts_leaves_alone_and_replaces_and_down_removes() {
    let fixture = Fixture::new();
    fixture.build_base();
    let project = Project::new(&fixture);
    let first = three_free_ports();
    let ports = [format!("--backend-port={first}"), format!("--coordinator-port={}", first + 2)];
    let env = [("COMPOSE_PROJECT_NAME", project.name.as_str())];
    let up = |more: &[&str]| {
        let outcome = fixture.xtask(&[&["up", &ports[0], &ports[1]], more].concat(), &env);
        outcome.exits(0).prints(&format!("http://127.0.0.1:{}/statistics", first + 2));
        for port in [first, first + 1, first + 2] {
            outcome.says(&format!("http://127.0.0.1:{port}/health"));
        }
        project.containers("{{.ID}}")
    };
    let begun = up(&["--build-version=one"]);
    assert_eq!(begun.len(), 3);
    assert_eq!(up(&["--build-version=one"]), begun, "what runs from this image is left alone");
    let replaced = up(&["--build-version=two"]);
    assert!(replaced.len() == 3 && !replaced.iter().any(|id| begun.contains(id)), "{begun:?} {replaced:?}");
    let coordinator = format!("{}-coordinator-1", project.name);
    assert!(services::health(&coordinator, "8083").to_string().contains("(build two)"));
    let told = fixture.xtask(&["up", &ports[0], &ports[1], "--build-version=two", "--json"], &env);
    told.exits(0);
    let told: Value = serde_json::from_str(&told.0.stdout).expect("JSON");
    assert_eq!(told["image_id"].as_str(), fixture.colony_id().as_deref(), "{told}");
    assert_eq!(told["containers"].as_array().map(Vec::len), Some(3), "{told}");
    assert_eq!(project.containers("{{.ID}}"), replaced, "nothing is replaced by being told as JSON");
    fixture.xtask(&["down"], &env).exits(0);
    project.is_gone();
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn status_tells_what_is_current_from_what_an_edit_superseded() {
    let fixture = Fixture::new();
    fixture.build_base();
    fixture.build_colony(&[]);
    let project = Project::new(&fixture);
    let env = [("COMPOSE_PROJECT_NAME", project.name.as_str())];
    let state = |code| {
        let outcome = fixture.xtask(&["status", "--json"], &env);
        outcome.exits(code);
        serde_json::from_str::<Value>(&outcome.0.stdout).expect("JSON")
    };
    assert_eq!(state(3)["state"], "missing");
    fixture.xtask(&["logs"], &env).exits(3).says("Start one: cargo xtask up");

    // By compose alone, since no world has to tick for it.
    let up = project.compose(&["up", "--detach", "--wait"]);
    assert_eq!(up.code, Some(0), "{up:?}");
    let current = state(0);
    for (container, name) in current["containers"].as_array().expect("a list").iter().zip(["coordinator", "backend-1"])
    {
        assert_eq!((&container["name"], &container["age"]), (&name.into(), &"current".into()), "{current}");
        assert_eq!((&container["state"], &container["health"]), (&"running".into(), &"healthy".into()), "{current}");
        assert_eq!(container["image_id"].as_str(), fixture.colony_id().as_deref(), "{current}");
        assert!(container["address"].as_str().is_some_and(|it| it.starts_with("http://127.0.0.1:")), "{current}");
    }

    let source = "crates/backend/src/cli.rs";
    let before = fixture.copy.read(source);
    fixture.copy.append(source, "// edited\n");
    assert_eq!(state(4)["containers"][0]["age"], "superseded by the sources");
    fixture.build_colony(&[]);
    assert_eq!(state(4)["containers"][0]["age"], "superseded by a newer build");
    fixture.copy.write(source, &before);
    assert_eq!(state(0)["containers"][0]["age"], "current");

    let logs = fixture.xtask(&["logs", "--tail=200", "coordinator"], &env);
    logs.exits(0);
    let said = &logs.0.stdout;
    assert!(said.contains("coordinator-1") && said.contains("listening on") && !said.contains("backend-1"), "{logs:?}");
    docker(["stop", "--time", "2", &format!("{}-backend-1", project.name)]);
    assert_eq!(state(3)["state"], "broken");
}

/// The first of three ports in a row that nobody has.
fn three_free_ports() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let first = listener.local_addr().expect("it is bound").port();
        let next =
            [1, 2].map(|distance| first.checked_add(distance).map(|port| TcpListener::bind(("127.0.0.1", port))));
        if next.iter().all(|bound| matches!(bound, Some(Ok(_)))) {
            return first;
        }
    }
}
