//! `--dry-run`: every command ready to paste, and nothing changed.

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, BUILD, Fixture, current_base};
use crate::workspace::Workspace;

const BASE_ARGS: [&str; 4] = ["build-base", "--no-push", "--chef-image", "chef:1"];
const COLONY_ARGS: [&str; 4] = ["build-colony", "--no-push", "--build-version", "it's 1"];

fn dry<'a>(fixture: Fixture<'a>, args: [&str; 4]) -> Fixture<'a> {
    fixture.xtask(args.into_iter().chain(["--dry-run"]))
}

#[test]
fn a_dry_base_build_changes_nothing() {
    let workspace = Workspace::at("with space");
    let before = workspace.listing();
    let outcome = dry(Fixture::new(&workspace), BASE_ARGS).run();
    outcome.exits(0).has_no_effect();
    assert!(workspace.listing() == before, "the workspace was touched");
}

#[test]
fn a_dry_colony_build_changes_nothing() {
    let workspace = Workspace::at("with space");
    let base = current_base(&workspace);
    let before = workspace.listing();
    let outcome = dry(Fixture::new(&workspace).image(BASE, &base), COLONY_ARGS).run();
    outcome.exits(0).has_no_effect();
    assert!(workspace.listing() == before, "the workspace was touched");
}

#[test]
fn a_dry_colony_build_leaves_a_fresh_workspace_without_a_target_folder() {
    let workspace = Workspace::new();
    let other = Workspace::new();
    let base = current_base(&other);
    dry(Fixture::new(&workspace).image(BASE, &base), COLONY_ARGS).run().exits(0);
    assert!(!workspace.root().join("target").exists());
    let left: Vec<_> = std::fs::read_dir(workspace.beside("tmp")).expect("it is there").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_dry_run_prints_the_commands_quoted() {
    let workspace = Workspace::new();
    let outcome = dry(Fixture::new(&workspace), BASE_ARGS).run();
    outcome.exits(0);
    let (first, rest) = outcome.stdout.split_once('\n').expect("two lines");
    assert_eq!(first, "cargo xtask plan");
    assert!(rest.starts_with("docker buildx build --builder default --platform linux/amd64"), "{rest}");
    assert!(rest.contains(" --label 'io.distributed-colony.base.inputs={"), "{rest}");
    assert_eq!(outcome.stdout.lines().count(), 2, "{}", outcome.stdout);
}

/// Runs what a dry run printed, in a shell where `cargo` is fake as well.
fn paste(workspace: &Workspace, printed: &Outcome) -> Outcome {
    Fixture::new(workspace)
        .with("cargo")
        .answer(["cargo", "xtask", "plan"], Answer::default())
        .answer(BUILD, Answer::default())
        .shell(&printed.exits(0).stdout)
}

#[test]
fn the_pasted_lines_of_the_base_build_do_what_the_run_does() {
    let workspace = Workspace::at("with space");
    let pasted = paste(&workspace, &dry(Fixture::new(&workspace), BASE_ARGS).run());
    let run = Fixture::new(&workspace).builds(&Image::new("sha256:new")).xtask(BASE_ARGS).run();
    assert_eq!(pasted.exits(0).build().pasted(), run.exits(0).build().pasted());
}

#[test]
fn the_pasted_lines_of_the_colony_build_do_what_the_run_does() {
    let workspace = Workspace::at("with space");
    let base = current_base(&workspace);
    let pasted = paste(&workspace, &dry(Fixture::new(&workspace).image(BASE, &base), COLONY_ARGS).run());
    let run = Fixture::new(&workspace).image(BASE, &base).builds(&Image::new("sha256:new")).xtask(COLONY_ARGS).run();
    assert_eq!(pasted.exits(0).build().pasted(), run.exits(0).build().pasted());
}

#[test]
fn the_lines_lead_to_the_root_from_wherever_they_are_pasted() {
    let workspace = Workspace::at("with space");
    let inside = dry(Fixture::new(&workspace), BASE_ARGS).in_folder("crates/backend").run();
    let (first, rest) = inside.exits(0).stdout.split_once('\n').expect("three lines");
    assert_eq!(first, format!("cd '{}'", workspace.root().display()));
    dry(Fixture::new(&workspace), BASE_ARGS).run().exits(0).prints(rest);
    let pasted = Fixture::new(&workspace)
        .with("cargo")
        .answer(["cargo", "xtask", "plan"], Answer::default())
        .answer(BUILD, Answer::default())
        .in_folder("crates/gui")
        .shell(&inside.stdout);
    assert!(pasted.exits(0).calls.iter().all(|call| call.cwd == workspace.root()));
}

#[test]
fn a_dry_run_claims_nothing_and_prints_the_same_again() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let run = || dry(Fixture::new(&workspace).image(BASE, &base), COLONY_ARGS).run();
    let (first, second) = (run(), run());
    first.exits(0).prints(&second.stdout).never_says("ok (").never_says("…").never_says(" MB");
}

#[test]
fn the_line_that_writes_the_contexts_has_the_target_directory_of_this_shell() {
    let workspace = Workspace::new();
    let elsewhere = workspace.beside("else where");
    let fixture = Fixture::new(&workspace).env("CARGO_TARGET_DIR", &elsewhere.to_string_lossy());
    let outcome = dry(fixture, BASE_ARGS).run();
    outcome.exits(0).lists(&format!("CARGO_TARGET_DIR='{}' cargo xtask plan\n", elsewhere.display()));
    outcome.lists(&format!("'plan={}/xtask/plan/", elsewhere.display()));
}

#[test]
fn lines_for_a_shell_are_no_json() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).xtask(["build-base", "--no-push", "--dry-run", "--json"]).run();
    outcome.exits(2).prints("").has_no_effect().says("'--json' cannot be used with '--dry-run'");
}

#[test]
fn a_dry_run_warns_where_a_real_run_would_stop() {
    let workspace = Workspace::new();
    let outcome = dry(Fixture::new(&workspace), COLONY_ARGS).run();
    let warning =
        "[WARNING] a real run would stop here: Base image 'distributed-colony-base:latest' not found locally!";
    outcome.exits(0).has_no_effect().says(warning);
}
