//! A run that is a step of a job of GitHub Actions: what GitHub gets to see of it, and that nobody else does.

use std::fs;

use crate::answer::{Answer, record_of_failed_step};
use crate::ecr_world::{DIGEST, HOST, IDENTITY, base, colony, says};
use crate::image::Image;
use crate::support::{BASE, BUILD, Fixture, current_base};
use crate::workspace::Workspace;

impl Fixture<'_> {
    /// As GitHub starts a step.
    fn in_a_job(self, workspace: &Workspace) -> Self {
        let file = |name: &str| workspace.beside(name).to_string_lossy().into_owned();
        let (page, outputs) = (file("page.md"), file("outputs"));
        self.env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", &page)
            .env("GITHUB_OUTPUT", &outputs)
    }
}

fn beside(workspace: &Workspace, name: &str) -> String {
    fs::read_to_string(workspace.beside(name)).unwrap_or_default()
}

#[test]
fn the_next_job_gets_the_names_of_what_was_pushed_and_the_page_tells_of_it() {
    let workspace = Workspace::new();
    fs::write(workspace.beside("outputs"), "before=1\n").expect("write a file");
    let outcome = colony(&workspace).in_a_job(&workspace).run();
    let uri = format!("{HOST}/distributed-colony");
    outcome.exits(0).prints(&format!("{uri}@{DIGEST}\n"));
    let record: serde_json::Value =
        serde_json::from_str(&workspace.read("target/xtask/deploy-colony.json")).expect("a record");
    let identity = record["base_identity"].as_str().expect("a text");
    let expected = format!(
        "before=1\nimage={uri}:latest\ndigest={DIGEST}\npinned={uri}@{DIGEST}\npermanent={uri}:v1-0123456789ab\n\
         base-identity={identity}\n"
    );
    assert_eq!(beside(&workspace, "outputs"), expected);
    let page = beside(&workspace, "page.md");
    for line in [
        "### colony image".to_owned(),
        format!("| digest | {DIGEST} |"),
        format!("| pushed | {uri}:latest |"),
        "| compiled | nothing new: these sources were compiled before |".to_owned(),
        "| step | time | from |".to_owned(),
    ] {
        assert!(page.lines().any(|found| found == line), "no {line} in {page}");
    }
    assert!(page.contains("| push latest | "), "{page}");
}

#[test]
fn a_release_hands_on_its_version() {
    let workspace = Workspace::new();
    let release = colony(&workspace).xtask(["build-colony", "--version-tag=v1.4.2"]).in_a_job(&workspace);
    release.run().exits(0);
    let outputs = beside(&workspace, "outputs");
    assert!(outputs.lines().any(|line| line == "version=1.4.2"), "{outputs}");
}

#[test]
fn what_stays_in_the_engine_has_no_digest() {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new")).in_a_job(&workspace);
    fixture.xtask(["build-base", "--no-push"]).run().exits(0);
    let outputs = beside(&workspace, "outputs");
    let names: Vec<&str> = outputs.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert_eq!(names, ["image", "base-identity"], "{outputs}");
    assert!(outputs.starts_with("image=distributed-colony-base:latest\n"), "{outputs}");
}

#[test]
fn a_failure_is_an_annotation_with_its_cure() {
    let workspace = Workspace::new();
    let unknown = says(2, "Unable to locate credentials");
    let outcome = base(&workspace).answer(IDENTITY, unknown).in_a_job(&workspace).run();
    outcome.exits(3).says("[INFO] Please run: aws configure\n").says(
        "\n::error title=check the AWS identity%3A AWS CLI is not configured or credentials are invalid%3A there are no \
         credentials::  `aws sts get-caller-identity` says: aws: [ERROR]: Unable to locate credentials%0APlease run: aws \
         configure\n",
    );
    assert_eq!(beside(&workspace, "outputs"), "");
}

#[test]
fn an_error_of_the_compiler_stands_at_its_place_in_the_file() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let stderr = "\u{1b}[1merror[E0425]\u{1b}[0m: cannot find `y`, or 100%\n  --> crates/backend/src/main.rs:3:5\n   |\n\n\
                  error: could not compile `backend` (bin \"backend\") due to 1 previous error\n";
    let build = Answer::fails(1, "ERROR: failed to solve").telling(&[record_of_failed_step(stderr)]);
    let fixture = Fixture::new(&workspace).image(BASE, &base).answer(BUILD, build).in_a_job(&workspace);
    let outcome = fixture.xtask(["build-colony", "--no-push"]).run();
    let title = "error[E0425]%3A cannot find `y`%2C or 100%25";
    outcome
        .exits(1)
        .says(&format!(
            "\n::error title={title},file=crates/backend/src/main.rs,line=3,col=5::error[E0425]: cannot find `y`, or \
             100%25\n"
        ))
        .says("\n::error title=build distributed-colony%3Alatest%3A could not compile `backend`");
}

#[test]
fn the_log_of_a_build_is_folded_and_no_line_of_it_is_a_command() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let build = Answer::fails(1, "::error::from a build script")
        .telling(&[record_of_failed_step("error: no\n"), "::error::from a build script".to_owned()]);
    let fixture = || Fixture::new(&workspace).image(BASE, &base).answer(BUILD, build.clone()).in_a_job(&workspace);
    let outcome = fixture().xtask(["build-colony", "--no-push"]).run();
    let lines: Vec<&str> = outcome.exits(1).stderr.lines().collect();
    let at = |line: &str| {
        let found = lines.iter().position(|found| *found == line);
        found.unwrap_or_else(|| outcome.fail(&format!("expected the line {line}")))
    };
    let begun = at("::group::log of distributed-colony:latest");
    let word = lines[begun + 1].strip_prefix("::stop-commands::").expect("commands are off");
    let ended = at(&format!("::{word}::"));
    assert_eq!(lines[ended + 1], "::endgroup::");
    assert!((begun..ended).contains(&at("::error::from a build script")), "{lines:?}");
    // Of a build that fails the log is told all the same.
    let quiet = fixture().xtask(["build-colony", "--no-push", "--quiet"]).run();
    quiet.exits(1).says("::stop-commands::").says("\n::error title=");
}

#[test]
fn a_page_that_cannot_be_written_is_told_and_fails_nothing() {
    let workspace = Workspace::new();
    fs::create_dir_all(workspace.beside("page.md")).expect("make a folder");
    let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new")).in_a_job(&workspace);
    let outcome = fixture.xtask(["build-base", "--no-push"]).run();
    outcome.exits(0).says("[WARNING] the job is not told of the base image: write ");
}

/// What a build shows on a terminal, which `script` (of util-linux) plays.
fn on_a_terminal(ci: &str) -> String {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new"));
    let fixture = fixture.env("TERM", "xterm").env("CI", ci).env("XTASK", env!("CARGO_BIN_EXE_xtask"));
    let line = "exec /usr/bin/script --quiet --return --command \"'$XTASK' build-base --no-push\" /dev/null";
    fixture.shell(line).exits(0).stdout.clone()
}

#[test]
fn nothing_moves_where_a_ci_service_watches() {
    for (ci, is_plain) in [("true", true), ("1", true), ("false", false), ("", false)] {
        let shown = on_a_terminal(ci);
        assert!(shown.contains("build base image: ok"), "{shown}");
        assert_eq!(shown.contains("#1 [builder 3/3] RUN"), is_plain, "CI={ci}: {shown}");
    }
}

#[test]
fn elsewhere_nobody_hears_github_s_language() {
    let workspace = Workspace::new();
    for (key, value) in [("GITHUB_ACTIONS", ""), ("GITHUB_ACTIONS", "false"), ("CI", "true")] {
        let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new")).in_a_job(&workspace);
        let fixture = fixture.env("GITHUB_ACTIONS", "").env(key, value);
        fixture.xtask(["build-base", "--no-push"]).run().exits(0).never_says("::");
        let failing = Fixture::new(&workspace).in_a_job(&workspace).env("GITHUB_ACTIONS", "").env(key, value);
        failing.xtask(["check-base"]).run().exits(5).never_says("::error");
    }
    assert_eq!((beside(&workspace, "outputs"), beside(&workspace, "page.md")), (String::new(), String::new()));
}
