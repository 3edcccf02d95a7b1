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
fn there_are_no_colours_where_there_is_no_terminal() {
    let workspace = Workspace::new();
    for (key, value) in [("TERM", "xterm-256color"), ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "0")] {
        let outcome = Fixture::new(&workspace).env(key, value).xtask(["check-base"]).run();
        outcome.exits(5).never_says("\u{1b}").says("[ERROR] ");
    }
}
