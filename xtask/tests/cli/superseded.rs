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
    let list = ["docker", "image", "ls", "--all", "--no-trunc", "--quiet", "--filter", filter.as_str()];
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
    let words = prunes.flat_map(|call| &call.args);
    let mut inputs: Vec<&str> = words.filter_map(|word| word.strip_prefix("label=")?.strip_prefix(INPUTS)).collect();
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
    assert_eq!(pruned(&outcome), ["=inputs-0", "=inputs-1"]);
}

#[test]
fn the_last_ones_stay() {
    let workspace = Workspace::new();
    let outcome = build(&workspace, 8, &before(), None);
    assert_eq!(pruned(outcome.exits(0)), [""; 0]);
}

#[test]
fn the_first_build_looks_for_them_and_then_every_fourth() {
    let workspace = Workspace::new();
    let looks = |prune: Option<Answer>| !pruned(build(&workspace, 9, &before(), prune).exits(0)).is_empty();
    assert!(looks(Some(Answer::default())));
    for build in 2..=4 {
        assert!(!looks(None), "build {build}");
    }
    assert!(looks(Some(Answer::default())));
}

#[test]
fn what_cannot_be_removed_is_a_warning_and_no_failed_build() {
    let workspace = Workspace::new();
    let outcome = build(&workspace, 9, &before(), Some(Answer::fails(1, "the moon is full")));
    outcome
        .exits(0)
        .says("[WARNING] superseded images stay: remove superseded images: docker ended with exit code 1\n");
    let busy = "Error response from daemon: a prune operation is already running";
    let workspace = Workspace::new();
    build(&workspace, 9, &before(), Some(Answer::fails(1, busy))).exits(0).never_says("superseded");
}

#[test]
fn on_the_other_store_nothing_is_asked() {
    let workspace = Workspace::new();
    let before = before().digest("distributed-colony@sha256:before");
    let outcome = build(&workspace, 9, &before, None);
    outcome.exits(0);
    assert!(!outcome.calls.iter().any(|call| call.args.contains(&format!("label={INPUTS}"))));
}

/// Nine images that were pushed and stand under the permanent names alone; of the last two to go, a container uses one.
#[test]
fn what_was_pushed_does_not_pile_up_either() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let id = |number| format!("sha256:{number:012}ffff");
    let images = (0..10).map(|number| {
        let labels = [(INPUTS.to_owned(), format!("inputs-{number}"))].into();
        let repository = "host.example:5000/colony";
        let image = Image::new(&id(number)).labels(&labels).digest(&format!("{repository}@sha256:{number}"));
        let image = image.name(&format!("{repository}:ffffffffffff-{number:012}"));
        let mut image: Value = serde_json::from_str(&image.to_json()).expect("JSON");
        image["Metadata"] = json!({ "LastTagTime": format!("2026-11-25T15:29:{number:02}Z") });
        format!("{image}\n")
    });
    let all: String = images.collect();
    let ids: Vec<String> = (0..10).map(id).collect();
    let filter = format!("label={INPUTS}");
    let container = json!({
        "Id": "1", "Image": id(1), "Created": "2026-11-25T15:29:00Z", "State": { "Status": "running" },
    });
    let remove = ["docker", "image", "rm", "host.example:5000/colony:ffffffffffff-000000000000"];
    let outcome = Fixture::new(&workspace)
        .image(BASE, &base)
        .image(COLONY, &before())
        .builds(&Image::new("sha256:new"))
        .background(
            ["docker", "image", "ls", "--all", "--no-trunc", "--quiet", "--filter", &filter],
            Answer::stdout(ids.join("\n")),
        )
        .answer(["docker", "image", "inspect", "--format", "{{json .}}", &ids[0]], Answer::stdout(all))
        .answer(["docker", "ps"], Answer::stdout("1\n"))
        .answer(["docker", "container", "inspect"], Answer::stdout(container.to_string()))
        .answer(remove, Answer::stdout("Untagged: x\nDeleted: sha256:x\n"))
        .xtask(["build-colony", "--no-push"])
        .run();
    outcome.exits(0).never_says("superseded");
    let removals = outcome.calls.iter().filter(|call| call.begins(&["docker", "image", "rm"]));
    assert_eq!(removals.count(), 1);
    assert_eq!(pruned(&outcome), [""; 0]);
}
