//! The next base after one that was pulled: it starts from what that one holds.

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::{Call, Outcome};
use crate::pull_base::{pulling, pushed_base};
use crate::support::{BASE, BUILD, Fixture};
use crate::workspace::Workspace;

const CHEF: &str = "chef:1";
const KEEP: &str = "keep what the pulled base holds";

/// A workspace whose base was pulled.
fn after_a_pull(workspace: &Workspace) -> Image {
    let base = pushed_base(workspace).layers(&["sha256:chef", "sha256:dependencies"]);
    pulling(workspace, &base).run().exits(0);
    base
}

/// Another base is to be built where that one stands, from a chef image of these layers, if it is here.
fn machine<'a>(workspace: &'a Workspace, base: &Image, chef: Option<&[&str]>) -> Fixture<'a> {
    let fixture = Fixture::new(workspace).image(BASE, base).background(BUILD, Answer::builds("sha256:new"));
    let fixture = fixture.background_image("sha256:new", &Image::new("sha256:new"));
    match chef {
        Some(layers) => fixture.image(CHEF, &Image::new("sha256:id-of-chef").layers(layers)),
        None => fixture,
    }
}

fn build_base(fixture: Fixture<'_>, flags: &[&str]) -> Outcome {
    fixture.xtask([&["build-base", "--no-push", "--chef-image", CHEF], flags].concat()).run()
}

fn target(build: &Call) -> Option<&str> {
    let place = build.args.iter().position(|arg| arg == "--target")?;
    build.args.get(place + 1).map(String::as_str)
}

#[test]
fn what_the_pulled_base_holds_is_kept_before_the_next_one_is_built() {
    let workspace = Workspace::new();
    let base = after_a_pull(&workspace);
    let outcome = build_base(machine(&workspace, &base, Some(&["sha256:chef"])), &[]);
    outcome.exits(0).prints(&format!("{BASE}\n")).says(&format!("{KEEP}: ok"));
    let [keeps, builds] = outcome.calls_to(&BUILD)[..] else { panic!("two builds: {outcome:?}") };
    assert_eq!((target(keeps), target(builds)), (Some("planter"), None));
    assert_eq!(keeps.pairs("--output").into_iter().collect::<Vec<_>>(), [("type".into(), "cacheonly".into())]);
    // Its step is never one that BuildKit remembers, and everything that decides what is taken is the same.
    assert!(keeps.args.windows(2).any(|pair| pair == ["--no-cache-filter", "planter"]), "{keeps:?}");
    let mut args = keeps.pairs("--build-arg");
    assert_eq!(args.remove("LAST_BASE").as_deref(), Some(BASE));
    assert_eq!(args, builds.pairs("--build-arg"));
    assert!(args.contains_key("CHEF_ID") && keeps.pairs("--label").is_empty(), "{keeps:?}");
}

#[test]
fn a_dry_run_prints_both_builds() {
    let workspace = Workspace::new();
    let base = after_a_pull(&workspace);
    let outcome = build_base(machine(&workspace, &base, None), &["--dry-run"]);
    let lines: Vec<_> =
        outcome.exits(0).has_no_effect().stdout.lines().filter(|line| line.contains("buildx")).collect();
    assert_eq!(lines.iter().map(|line| line.contains("--target planter")).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn of_another_chef_image_nothing_is_taken() {
    let workspace = Workspace::new();
    let base = after_a_pull(&workspace);
    let outcome = build_base(machine(&workspace, &base, Some(&["sha256:other"])), &[]);
    outcome.exits(0).says("the base that was pulled is of another chef:1, so nothing is taken from it\n");
    assert_eq!(outcome.calls_to(&BUILD).len(), 1);
}

#[test]
fn from_scratch_or_after_a_base_that_was_built_here_there_is_one_build() {
    let workspace = Workspace::new();
    let mut base = after_a_pull(&workspace);
    let outcome = build_base(machine(&workspace, &base, None), &["--from-scratch"]);
    outcome.exits(0).never_says(KEEP);
    assert_eq!(outcome.calls_to(&BUILD).len(), 1);
    "sha256:built".clone_into(&mut base.id);
    let outcome = build_base(machine(&workspace, &base, None), &[]);
    outcome.exits(0).never_says(KEEP);
    assert_eq!(outcome.calls_to(&BUILD).len(), 1);
}

#[test]
fn where_it_cannot_be_kept_the_base_is_built_from_nothing() {
    let workspace = Workspace::new();
    let base = after_a_pull(&workspace);
    let failing = [&BUILD[..], &["--builder", "default", "--platform", "linux/amd64"]].concat();
    let failing: [&str; 7] = failing.try_into().expect("seven words");
    let fixture = machine(&workspace, &base, None);
    let fixture =
        fixture.answer(failing, Answer::fails(1, "ERROR: no space")).answer(failing, Answer::builds("sha256:new"));
    let outcome = build_base(fixture, &[]);
    outcome.exits(0).says("[WARNING] nothing is taken from the base that was pulled: ").prints(&format!("{BASE}\n"));
    assert_eq!(outcome.calls_to(&BUILD).len(), 2);
}
