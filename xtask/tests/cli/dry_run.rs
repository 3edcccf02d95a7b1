//! `--dry-run`: every command ready to paste, and nothing changed.

use crate::support::{Answer, BASE, COLONY, Fixture, Image, current_base};
use crate::workspace::Workspace;

const BUILD: [&str; 3] = ["docker", "buildx", "build"];
const BASE_ARGS: [&str; 4] = ["build-base", "--no-push", "--chef-image", "my chef:1"];
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
    assert!(rest.contains(" --build-arg 'CHEF_IMAGE=my chef:1' "), "{rest}");
    assert_eq!(outcome.stdout.lines().count(), 2, "{}", outcome.stdout);
}

#[test]
fn the_pasted_lines_of_the_base_build_do_what_the_run_does() {
    let workspace = Workspace::at("with space");
    let printed = dry(Fixture::new(&workspace), BASE_ARGS).run();
    let answered = || Fixture::new(&workspace).answer(BUILD, Answer::default());
    let pasted =
        answered().with("cargo").answer(["cargo", "xtask", "plan"], Answer::default()).shell(&printed.exits(0).stdout);
    let run = answered().image(BASE, &Image::new("sha256:new")).xtask(BASE_ARGS).run();
    assert_eq!(pasted.exits(0).build().args, run.exits(0).build().args);
}

#[test]
fn the_pasted_lines_of_the_colony_build_do_what_the_run_does() {
    let workspace = Workspace::at("with space");
    let base = current_base(&workspace);
    let printed = dry(Fixture::new(&workspace).image(BASE, &base), COLONY_ARGS).run();
    let answered = || {
        let fixture = Fixture::new(&workspace).answer(BUILD, Answer::default());
        fixture.answer(["docker", "run"], Answer::stdout("backend 0.1.0\n"))
    };
    let pasted =
        answered().with("cargo").answer(["cargo", "xtask", "plan"], Answer::default()).shell(&printed.exits(0).stdout);
    let run = answered()
        .image(BASE, &base)
        .no_image(COLONY)
        .image(COLONY, &Image::new("sha256:new"))
        .xtask(COLONY_ARGS)
        .run();
    let docker = |outcome: &crate::outcome::Outcome| -> Vec<Vec<String>> {
        let calls = outcome.effects().filter(|call| call.program == "docker");
        calls.map(|call| call.args.clone()).collect()
    };
    assert_eq!(docker(pasted.exits(0)), docker(run.exits(0)));
}

#[test]
fn a_dry_colony_build_needs_a_base_too() {
    let workspace = Workspace::new();
    dry(Fixture::new(&workspace), COLONY_ARGS).run().exits(3).prints("");
}
