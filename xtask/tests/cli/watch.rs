//! `cargo xtask build-colony --no-push --watch`: builds after every save, and what ends that.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::Outcome;
use crate::running::WAITS;
use crate::support::{BASE, BUILD, Fixture, NO_ENGINE, current_base};
use crate::workspace::Workspace;

pub(crate) const WATCH: [&str; 3] = ["build-colony", "--no-push", "--watch"];

const BACKEND: &str = "crates/backend/src/main.rs";

/// A base that is current, and builds that work.
fn working<'a>(workspace: &'a Workspace, base: &Image) -> Fixture<'a> {
    Fixture::new(workspace).image(BASE, base).builds(&Image::new("sha256:new")).xtask(WATCH)
}

/// The folders of sources that were built, in turn.
fn built(outcome: &Outcome) -> Vec<String> {
    let builds = outcome.calls.iter().filter(|call| call.begins(&BUILD));
    builds.map(|call| call.pairs("--build-context")["source"].clone()).collect()
}

#[test]
fn every_save_builds_again_and_each_build_prints_its_result() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let stand_in = Image::new("sha256:runtime");
    let fixture = working(&workspace, &base).image("distributed-colony-runtime:local", &stand_in);
    let mut running = fixture.start_running();
    running.says(WAITS, 1);
    workspace.append(BACKEND, "// one\n");
    running.says("[INFO] crates/backend/src/main.rs changed\n", 1);
    running.says(WAITS, 2);
    workspace.append(BACKEND, "// two\n");
    running.says(WAITS, 3);
    let outcome = running.signal("INT");
    outcome.exits(130).prints(&"distributed-colony:latest\n".repeat(3));
    let [first, second, third] = &built(&outcome)[..] else { outcome.fail("expected three builds") };
    assert!(first != second && second != third && first != third, "{first} {second} {third}");
    // Said once however often it holds.
    assert_eq!(outcome.stderr.matches(" stands in for ").count(), 1, "{}", outcome.stderr);
}

#[test]
fn each_build_has_its_own_line_of_json_with_its_own_steps() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let mut running = working(&workspace, &base).xtask([&WATCH[..], &["--json"]].concat()).start_running();
    running.says(WAITS, 1);
    workspace.append(BACKEND, "// one\n");
    running.says(WAITS, 2);
    let outcome = running.signal("INT");
    let names = |line: &str| -> Vec<String> {
        let record: Value = serde_json::from_str(line).expect("JSON");
        let steps = record["steps"].as_array().expect("steps").iter();
        steps.map(|step| step["name"].as_str().expect("a name").to_owned()).collect()
    };
    let steps: Vec<Vec<String>> = outcome.stdout.lines().map(names).collect();
    assert_eq!(steps, vec![["plan", "stage sources", "build colony image"]; 2]);
}

#[test]
fn a_build_that_fails_is_told_and_the_next_save_builds() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let fixture = Fixture::new(&workspace).image(BASE, &base).answer(BUILD, Answer::fails(1, "error: expected `;`"));
    let mut running = fixture.builds(&Image::new("sha256:new")).xtask(WATCH).start_running();
    running.says(WAITS, 1);
    workspace.append(BACKEND, "// mended\n");
    running.says(WAITS, 2);
    let outcome = running.signal("INT");
    outcome
        .exits(130)
        .prints("distributed-colony:latest\n")
        .says("[ERROR] build colony image: failed after ")
        .says("error: expected `;`\n");
    assert_eq!(built(&outcome).len(), 2);
}

#[test]
fn a_base_that_got_stale_is_told_and_waited_for_and_a_file_saved_again_tries_again() {
    let workspace = Workspace::new();
    let stale = current_base(&workspace);
    workspace.cargo(["update", "--package", "leaf"]);
    let base = current_base(&workspace);
    let fixture = Fixture::new(&workspace).image(BASE, &stale).image(BASE, &base);
    let mut running = fixture.builds(&Image::new("sha256:new")).xtask(WATCH).start_running();
    running.says(WAITS, 1);
    // Somebody has built the base meanwhile.
    workspace.append(BACKEND, "");
    running.says("[INFO] crates/backend/src/main.rs saved\n", 1);
    running.says(WAITS, 2);
    let outcome = running.signal("INT");
    outcome
        .exits(130)
        .prints("distributed-colony:latest\n")
        .says("[ERROR] Base image 'distributed-colony-base:latest' is stale\n")
        .says("[INFO] Please build it again: cargo xtask build-base --no-push\n");
}

#[test]
fn a_base_that_gets_stale_is_built_where_that_was_asked_for() {
    let workspace = Workspace::new();
    let old = current_base(&workspace);
    let lock = workspace.read("Cargo.lock");
    // Asked for twice in the first round, and once before the second finds it stale.
    let fixture = Fixture::new(&workspace).image(BASE, &old).image(BASE, &old).image(BASE, &old);
    workspace.cargo(["update", "--package", "leaf"]);
    let new = current_base(&workspace);
    workspace.write("Cargo.lock", &lock);
    let fixture = fixture.image(BASE, &new).builds(&new).xtask([&WATCH[..], &["--build-base"]].concat());
    let mut running = fixture.start_running();
    running.says(WAITS, 1);
    workspace.cargo(["update", "--package", "leaf"]);
    running.says("[INFO] Cargo.lock changed\n", 1);
    running.says(WAITS, 2);
    let outcome = running.signal("INT");
    outcome
        .exits(130)
        .says("the base image is stale, so it is built first: Cargo.lock changed (leaf 1.0.0 -> 1.0.1)\n");
    let files = outcome.calls.iter().filter(|call| call.begins(&BUILD));
    let files: Vec<&String> =
        files.filter_map(|call| call.args.iter().find(|arg| arg.starts_with("Docker/"))).collect();
    assert_eq!(files, ["Docker/Dockerfile", "Docker/Dockerfile.base", "Docker/Dockerfile"]);
}

#[test]
fn a_change_during_a_build_starts_one_more() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let edited = workspace.read("Docker/Dockerfile") + "# edited\n";
    // Both builds write it, the second one without a difference.
    let build = Answer::builds("sha256:new").writing("--file", "", &edited);
    let fixture = Fixture::new(&workspace).image(BASE, &base).image("sha256:new", &Image::new("sha256:new"));
    let mut running = fixture.answer(BUILD, build).xtask(WATCH).start_running();
    running.says(WAITS, 1);
    let outcome = running.signal("INT");
    outcome.exits(130).says("[INFO] Docker/Dockerfile changed\n");
    assert_eq!(built(&outcome).len(), 2);
}

#[test]
fn to_end_it_while_it_waits_is_quiet_and_at_once() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    for signal in ["INT", "TERM", "HUP"] {
        let mut running = working(&workspace, &base).start_running();
        running.says(WAITS, 1);
        let started = Instant::now();
        let outcome = running.signal(signal);
        outcome.exits(130).never_says("interrupted").never_says("ERROR");
        assert!(outcome.stderr.ends_with(WAITS), "{}", outcome.stderr);
        assert!(started.elapsed() < Duration::from_secs(5), "{signal}: {:?}", started.elapsed());
    }
}

#[test]
fn to_end_it_during_a_build_ends_the_build() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let fixture = Fixture::new(&workspace).image(BASE, &base).answer(BUILD, Answer::hangs()).xtask(WATCH);
    fixture.signalled("INT", BUILD).exits(130).prints("").says("[ERROR] interrupted\n");
}

#[test]
fn an_engine_that_is_not_there_ends_it() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).without_engine().xtask(WATCH).start_running().ends();
    outcome.exits(3).prints("").has_no_effect().says("prerequisites not met: docker engine\n");
}

#[test]
fn an_engine_that_goes_ends_it_and_nobody_says_that_nothing_was_changed() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let version = r#"{"Client":{"Version":"28.2.2","Context":"default"},"Server":{"Version":"28.2.2","Os":"linux"}}"#;
    let fixture = working(&workspace, &base)
        .answer(["docker", "version"], Answer::stdout(version))
        .answer(["docker", "version"], Answer::fails(1, NO_ENGINE));
    let mut running = fixture.start_running();
    running.says(WAITS, 1);
    workspace.append(BACKEND, "// one\n");
    running.ends().exits(1).says("prerequisites not met: docker engine\n");
}

#[test]
fn flags_that_contradict_it_are_refused() {
    let workspace = Workspace::new();
    let refused = |args: &[&str], why: &str| {
        let outcome = Fixture::new(&workspace).xtask(args).run();
        outcome.exits(2).prints("").has_no_effect().says(why);
    };
    refused(&["build-colony", "--watch"], "required arguments were not provided:\n  --no-push\n");
    refused(&[&WATCH[..], &["--dry-run"]].concat(), "'--watch' cannot be used with '--dry-run'");
    refused(&["up", "--watch", "--dry-run"], "'--watch' cannot be used with '--dry-run'");
}

#[test]
fn what_is_no_source_builds_nothing() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let mut running = working(&workspace, &base).start_running();
    running.says(WAITS, 1);
    for path in [
        "README.md",
        "crates/backend/src/.main.rs.swp",
        "crates/backend/src/main.rs~",
        "crates/gui/src/main.rs",
        "target/release/backend",
        "xtask/src/main.rs",
        ".git/index",
    ] {
        workspace.write(path, "no source");
    }
    // The same content.
    workspace.append(BACKEND, "");
    // So that what comes next is an event of its own; that it is shorter than intended would only hide a fault.
    thread::sleep(Duration::from_millis(500));
    workspace.append("crates/shared/src/lib.rs", "// edited\n");
    running.says(WAITS, 2);
    let outcome = running.signal("INT");
    outcome.exits(130).says("[INFO] crates/shared/src/lib.rs changed\n");
    assert_eq!(built(&outcome).len(), 2);
}
