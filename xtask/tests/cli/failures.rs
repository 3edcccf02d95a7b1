//! What is missing or wrong on the machine or in the workspace: the exit code, the message, and nothing changed.

use crate::answer::{Answer, record_of_failed_step};
use crate::image::Image;
use crate::support::{BASE, BUILD, COLONY, Fixture, NO_ENGINE, current_base};
use crate::workspace::Workspace;

const INSPECT: [&str; 5] = ["docker", "image", "inspect", "--format", "{{json .}}"];

#[test]
fn without_docker_every_command_names_it_and_ends_with_code_3() {
    let workspace = Workspace::new();
    for args in [["check-base"].as_slice(), &["build-base", "--no-push"], &["build-colony", "--no-push"]] {
        let outcome = Fixture::new(&workspace).without("docker").xtask(args).run();
        outcome.exits(3).prints("").has_no_effect().says("`docker` is not on PATH\n").says("cargo xtask doctor");
    }
}

#[test]
fn an_engine_that_does_not_run_is_no_missing_image() {
    let workspace = Workspace::new();
    for args in [["check-base"].as_slice(), &["build-base", "--no-push"], &["build-colony", "--no-push"]] {
        let outcome = Fixture::new(&workspace).without_engine().xtask(args).run();
        outcome.exits(3).prints("").has_no_effect().says(NO_ENGINE).never_says("not found locally");
    }
}

#[test]
fn an_engine_that_refuses_the_user_is_no_missing_image() {
    let workspace = Workspace::new();
    let denied = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock";
    let outcome = Fixture::new(&workspace).answer(INSPECT, Answer::fails(1, denied)).xtask(["check-base"]).run();
    outcome.exits(3).prints("").says(denied).says("cargo xtask doctor\n").never_says("not found locally");
}

#[test]
fn a_context_or_a_builder_that_does_not_exist_is_a_precondition_with_a_cure() {
    let workspace = Workspace::new();
    let no_context =
        "Failed to initialize: unable to resolve docker endpoint: context \"nosuch\": context not found: open x";
    let client = r#"{"Client":{"Version":"28.2.2","Context":"nosuch"},"Server":null}"#;
    for args in [["check-base"].as_slice(), &["build-base", "--no-push"], &["build-colony", "--no-push"], &["up"]] {
        let fixture = Fixture::new(&workspace)
            .background(INSPECT, Answer::fails(1, no_context))
            .background(["docker", "version"], Answer::fails(1, no_context).printing(client));
        let outcome = fixture.xtask(args).run();
        outcome.exits(3).prints("").has_no_effect().says("context not found").says("[INFO]");
    }
    for args in [["build-base", "--no-push"].as_slice(), &["build-colony", "--no-push"], &["up"]] {
        let none = Answer::fails(1, "ERROR: no builder \"nosuch\" found");
        let fixture = Fixture::new(&workspace).answer(["docker", "buildx", "inspect", "nosuch"], none);
        let outcome = fixture.xtask(args.iter().copied().chain(["--builder=nosuch"])).run();
        outcome.exits(3).prints("").has_no_effect().says("there is no builder `nosuch`\n").says("docker buildx ls");
    }
}

#[test]
fn a_place_that_cannot_be_written_to_does_for_a_question() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let locked = Workspace::new();
    locked.write("target", "no folder");
    let outcome = Fixture::new(&locked).image(BASE, &base).xtask(["check-base"]).run();
    outcome.exits(0).prints("current\n").never_says("[WARNING]");
    let outcome = Fixture::new(&locked).image(BASE, &base).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(1).has_no_effect().says("target/xtask");
}

#[test]
fn everything_is_written_to_cargos_target_directory() {
    let workspace = Workspace::new();
    let elsewhere = workspace.beside("elsewhere");
    let variable = Fixture::new(&workspace).env("CARGO_TARGET_DIR", &elsewhere.to_string_lossy());
    variable.builds(&Image::new("sha256:new")).xtask(["build-base", "--no-push"]).run().exits(0);
    assert!(elsewhere.join("xtask/plan").is_dir() && !workspace.root().join("target").exists());
    workspace.write(".cargo/config.toml", "[build]\ntarget-dir = \"configured\"\n");
    let configured =
        Fixture::new(&workspace).builds(&Image::new("sha256:new")).xtask(["build-base", "--no-push"]).run();
    let plan = configured.exits(0).build().pairs("--build-context").remove("plan").expect("a context");
    assert!(plan.starts_with("configured/xtask/plan/"), "{plan}");
    assert!(!workspace.root().join("target").exists());
}

#[test]
fn a_failed_build_ends_with_cargos_own_summary() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let summary = "could not compile `backend` (bin \"backend\") due to 1 previous error";
    let stderr = format!("\u{1b}[1merror[E0425]\u{1b}[0m: no `y`\n\u{1b}[91merror\u{1b}[0m: {summary}\n");
    let record = record_of_failed_step(&stderr);
    let build = || Answer::fails(1, "ERROR: failed to solve").telling(std::slice::from_ref(&record));
    let fixture = || Fixture::new(&workspace).image(BASE, &base).answer(BUILD, build());
    let outcome = fixture().xtask(["build-colony", "--no-push"]).run();
    outcome.exits(1).prints("").says(&format!("[ERROR] build {COLONY}: {summary}\n")).says("error[E0425]: no `y`\n");
    let coloured = fixture().xtask(["build-colony", "--no-push", "--color=always"]).run();
    coloured.exits(1).says("\u{1b}[1merror[E0425]");
    // Quiet is not silent: whatever failed is told, and nothing else.
    let quiet = fixture().xtask(["build-colony", "--no-push", "-q"]).run();
    quiet
        .exits(1)
        .says("error[E0425]: no `y`\n")
        .says(&format!("[ERROR] build {COLONY}: {summary}\n"))
        .says("[INFO] All that BuildKit told: ")
        .never_says("[INFO] plan");
}

#[test]
fn all_that_buildkit_told_is_kept_and_a_failure_says_where() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let log = || std::fs::read_to_string(workspace.root().join("target/xtask/logs/colony.log")).expect("it is kept");
    let record = record_of_failed_step("\u{1b}[91merror\u{1b}[0m: no `y`\n");
    let failing = Answer::fails(1, "ERROR: failed to solve").telling(std::slice::from_ref(&record));
    let fixture = |answer| Fixture::new(&workspace).image(BASE, &base).answer(BUILD, answer);
    let failed = fixture(failing).xtask(["build-colony", "--no-push", "-q"]).run();
    failed.exits(1).says("[INFO] All that BuildKit told: target/xtask/logs/colony.log\n");
    let told = log();
    for line in [
        "#1 [builder 3/3] RUN sh /run/colony/compile.sh /out\n",
        "#1 1.000 error: no `y`\n",
        "#1 ERROR: exit code: 101\n",
    ] {
        assert!(told.contains(line), "{told}");
    }
    assert!(!told.contains('\u{1b}'), "{told}");
    // The next one takes its place.
    let works = fixture(Answer::builds("sha256:new")).image("sha256:new", &Image::new("sha256:new"));
    works.xtask(["build-colony", "--no-push"]).run().exits(0).never_says("All that BuildKit told");
    assert!(log().contains("#1 CACHED\n") && !log().contains("no `y`"), "{}", log());
    assert!(workspace.root().join("target/xtask/logs/base.log").exists(), "the base has one of its own");
}

#[test]
fn any_other_failure_to_look_up_an_image_is_passed_on() {
    let workspace = Workspace::new();
    let inspect_base = ["docker", "image", "inspect", "--format", "{{json .}}", BASE];
    let fixture = Fixture::new(&workspace).answer(inspect_base, Answer::fails(1, "layer does not exist"));
    let outcome = fixture.xtask(["build-colony", "--no-push"]).run();
    outcome
        .exits(1)
        .has_no_effect()
        .prints("")
        .says("[ERROR] look up the local image distributed-colony-base:latest: layer does not exist\n");
}

#[test]
fn an_answer_that_is_no_json_is_a_failure_that_names_the_call() {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).answer(INSPECT, Answer::stdout("<no value>\n"));
    let outcome = fixture.xtask(["check-base"]).run();
    outcome.exits(1).says("read `docker image inspect --format '{{json .}}' distributed-colony-base:latest ");
}

#[test]
fn a_shipped_binary_that_no_member_has_is_named() {
    let workspace = Workspace::new();
    workspace.replace("Cargo.toml", "\"coordinator\"]", "\"koordinator\"]");
    let outcome = Fixture::new(&workspace).xtask(["build-base", "--no-push"]).run();
    outcome.exits(2).prints("").has_no_effect().says(
        "[ERROR] no workspace member has a binary `koordinator`, which Cargo.toml wants to ship\n\
         [INFO] Mend [workspace.metadata.images] binaries in Cargo.toml\n",
    );
}

#[test]
fn a_workspace_that_ships_nothing_is_told_what_to_add() {
    let workspace = Workspace::new();
    workspace.replace("Cargo.toml", "binaries = [\"backend\", \"coordinator\"]", "");
    let outcome = Fixture::new(&workspace).xtask(["check-base"]).run();
    outcome.exits(2).prints("").says(
        "[ERROR] Cargo.toml names no shipped binary\n\
         [INFO] Add to it: [workspace.metadata.images] binaries = [\"name\", …]\n",
    );
}

#[test]
fn a_broken_manifest_is_named() {
    let workspace = Workspace::new();
    workspace.append("crates/backend/Cargo.toml", "broken");
    let outcome = Fixture::new(&workspace).xtask(["check-base"]).run();
    outcome.exits(1).prints("").says("read the workspace: ").says("crates/backend/Cargo.toml");
}

#[test]
fn a_missing_lock_file_is_named() {
    let workspace = Workspace::new();
    std::fs::remove_file(workspace.root().join("Cargo.lock")).expect("it is there");
    let outcome = Fixture::new(&workspace).xtask(["check-base"]).run();
    outcome.exits(1).prints("").says("Cargo.lock");
}
