//! Stdout holds results only; stderr the rest, without colours unless it is a terminal.

use crate::answer::Answer;
use crate::image::Image;
use crate::support::{BASE, BUILD, Fixture, current_base};
use crate::workspace::Workspace;

#[test]
fn stdout_has_the_one_line_of_the_result_and_stderr_the_rest() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = Fixture::new(&workspace)
        .image(BASE, &base)
        .answer(BUILD, Answer::builds("sha256:new").printing("a child's stdout\n"))
        .image("sha256:new", &Image::new("sha256:new"))
        .xtask(["build-colony", "--no-push"])
        .run();
    outcome.exits(0).prints("distributed-colony:latest\n").says("a child's stdout\n");
    let is_ours = |line: &&str| *line != "a child's stdout" && !line.starts_with('#');
    for line in outcome.stderr.lines().filter(is_ours) {
        assert!(line.starts_with("[INFO] "), "{line}");
    }
}

#[test]
fn every_step_says_how_it_ended_and_the_summary_has_its_time() {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new"));
    let outcome = fixture.xtask(["build-base", "--no-push"]).run();
    outcome
        .exits(0)
        .says("[INFO] plan …\n[INFO] plan: ok (")
        .says("[INFO] build base image …\n")
        .says("[INFO] build base image: ok (")
        .says("[INFO] ---- base image ----\n")
        .says("image             distributed-colony-base:latest\n")
        .says("image ID          sha256:new\n")
        .says("size              48.2 MB\n")
        .says("[INFO] total ");
}

#[test]
fn how_much_is_said_is_chosen_before_the_command_or_behind_it() {
    let workspace = Workspace::new();
    let run = |args: &[&str]| Fixture::new(&workspace).builds(&Image::new("sha256:new")).xtask(args).run();
    for args in [["-q", "build-base", "--no-push"], ["build-base", "--no-push", "--quiet"]] {
        let outcome = run(&args);
        outcome.exits(0).prints("distributed-colony-base:latest\n");
        assert_eq!(outcome.stderr, "");
    }
    for args in [["-v", "build-base", "--no-push"], ["build-base", "--no-push", "--verbose"]] {
        let outcome = run(&args);
        outcome.exits(0).says("[INFO] $ docker buildx version\n");
        outcome.says("[INFO] $ BUILDX_GIT_INFO=false docker buildx build --builder");
    }
    run(&["build-base", "--no-push"]).exits(0).never_says("[INFO] $ ");
    run(&["--json", "build-base", "--no-push"]).exits(0).lists("\"schema\":1");
    let coloured = run(&["--color", "always", "build-base", "--no-push"]);
    coloured.exits(0).says("\u{1b}[32m[INFO]");
    Fixture::new(&workspace).xtask(["-q", "-v", "build-base", "--no-push"]).run().exits(2);
}

#[test]
fn a_stand_in_is_warned_of_once_where_something_is_built_and_not_where_somebody_asks() {
    let workspace = Workspace::new();
    let with_chef = || Fixture::new(&workspace).image("distributed-colony-chef:local", &Image::new("sha256:chef"));
    with_chef().xtask(["check-base"]).run().exits(5).never_says("stands in");
    let built = with_chef().builds(&Image::new("sha256:new")).xtask(["build-base", "--no-push"]).run();
    assert_eq!(built.exits(0).stderr.matches("stands in for").count(), 1);
}

#[test]
fn there_are_no_colours_where_there_is_no_terminal() {
    let workspace = Workspace::new();
    for (key, value) in [("TERM", "xterm-256color"), ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "0")] {
        let outcome = Fixture::new(&workspace).env(key, value).xtask(["check-base"]).run();
        outcome.exits(5).never_says("\u{1b}").says("[ERROR] ");
    }
}
