//! What colony builds do with images that lost their name to a later one.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, COLONY, Fixture, current_base};
use crate::workspace::Workspace;

const INPUTS: &str = "io.distributed-colony.inputs";
const PRUNE: [&str; 4] = ["docker", "image", "prune", "--force"];

/// Builds an edit, where `count` superseded images stand that were named one after the other.
fn build(workspace: &Workspace, count: usize, before: &Image, prune: Option<Answer>) -> Outcome {
    let base = current_base(workspace);
    let filter = format!("label={INPUTS}");
    let list =
        ["docker", "image", "ls", "--no-trunc", "--quiet", "--filter", "dangling=true", "--filter", filter.as_str()];
    let ids: String = (0..count).map(|number| format!("sha256:{number}\n")).collect();
    let images = (0..count).map(|number| {
        let id = format!("sha256:{number}");
        let labels = [(INPUTS.to_owned(), format!("inputs-{number}"))].into();
        let mut image: Value = serde_json::from_str(&Image::new(&id).labels(&labels).to_json()).expect("JSON");
        image["Metadata"] = json!({ "LastTagTime": format!("2026-11-25T15:29:{number:02}Z") });
        format!("{image}\n")
    });
    let all: String = images.collect();
    let mut fixture = Fixture::new(workspace)
        .image(BASE, &base)
        .image(COLONY, before)
        .builds(&Image::new("sha256:new"))
        .background(list, Answer::stdout(ids))
        .background(["docker", "image", "inspect", "--format", "{{json .}}", "sha256:0"], Answer::stdout(all));
    if let Some(prune) = prune {
        fixture = fixture.answer(PRUNE, prune);
    }
    fixture.xtask(["build-colony", "--no-push"]).run()
}

/// The inputs whose images were removed.
fn pruned(outcome: &Outcome) -> Vec<&str> {
    let prunes = outcome.calls.iter().filter(|call| call.begins(&PRUNE));
    let mut inputs: Vec<&str> = prunes.filter_map(|call| call.args.last()?.rsplit('=').next()).collect();
    inputs.sort_unstable();
    inputs
}

fn before() -> Image {
    Image::new("sha256:before").labels(&[(INPUTS.to_owned(), "before".to_owned())].into())
}

#[test]
fn all_but_the_last_ones_go() {
    let workspace = Workspace::new();
    let outcome = build(&workspace, 10, &before(), Some(Answer::default()));
    outcome.exits(0).prints("distributed-colony:latest\n").never_says("superseded");
    assert_eq!(pruned(&outcome), ["inputs-0", "inputs-1"]);
}

#[test]
fn the_last_ones_stay() {
    let workspace = Workspace::new();
    let outcome = build(&workspace, 8, &before(), None);
    assert_eq!(pruned(outcome.exits(0)), [""; 0]);
}

#[test]
fn what_cannot_be_removed_is_a_warning_and_no_failed_build() {
    let workspace = Workspace::new();
    let outcome = build(&workspace, 9, &before(), Some(Answer::fails(1, "the moon is full")));
    outcome
        .exits(0)
        .says("[WARNING] superseded images stay: remove superseded images: docker ended with exit code 1\n");
    let busy = "Error response from daemon: a prune operation is already running";
    build(&workspace, 9, &before(), Some(Answer::fails(1, busy))).exits(0).never_says("superseded");
}

#[test]
fn on_the_other_store_nothing_is_asked() {
    let workspace = Workspace::new();
    let before = before().digest("distributed-colony@sha256:before");
    let outcome = build(&workspace, 9, &before, None);
    outcome.exits(0);
    assert!(!outcome.calls.iter().any(|call| call.args.contains(&"dangling=true".to_owned())));
}
