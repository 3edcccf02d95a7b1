//! `cargo xtask clean`: what is ours goes, what is not or is in use stays.

use serde_json::json;

use crate::answer::Answer;
use crate::clean_folders::age;
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, COLONY, Fixture, NO_ENGINE};
use crate::workspace::Workspace;

pub(crate) const INPUTS: &str = "io.distributed-colony.inputs";
pub(crate) const IDENTITY: &str = "io.distributed-colony.base.identity";
pub(crate) const WORKSPACE: &str = "io.distributed-colony.workspace";
const STAND_IN: &str = "io.distributed-colony.stand-in.for";

pub(crate) const PRUNE: [&str; 4] = ["docker", "image", "prune", "--force"];
const PRUNE_MOUNT: [&str; 4] = ["docker", "buildx", "prune", "--builder"];
pub(crate) const REMOVE: [&str; 3] = ["docker", "image", "rm"];

/// A machine with an engine where no container is and no cache mount.
pub(crate) fn machine(workspace: &Workspace) -> Fixture<'_> {
    Fixture::new(workspace)
        .background(["docker", "ps"], Answer::default())
        .background(["docker", "buildx", "du"], Answer::default())
        .background(["docker", "system", "df"], Answer::stdout("[]\n"))
}

pub(crate) fn labelled(id: &str, label: &str) -> Image {
    labelled_by(id, label, "distributed-colony")
}

/// The same of another workspace.
pub(crate) fn labelled_by(id: &str, label: &str, workspace: &str) -> Image {
    let labels = [(label, "x"), (WORKSPACE, workspace)];
    Image::new(id).labels(&labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into())
}

pub(crate) fn container(id: &str, image: &str, status: &str, label: &str) -> String {
    let (state, labels) = (json!({ "Status": status }), json!({ label: "" }));
    let created = "2026-11-01T15:29:00.123456789Z";
    let container =
        json!({ "Id": id, "Image": image, "Created": created, "State": state, "Config": { "Labels": labels } });
    format!("{container}\n")
}

/// Of the colony's builds on one base.
pub(crate) const MOUNT: &str = "distributed-colony-app-0123456789abcdef";

pub(crate) fn record(id: &str, mount: &str, reclaimable: bool) -> String {
    format!(
        "ID:\t\t{id}\nReclaimable:\t{reclaimable}\nSize:\t\t67.81MB\n\
         Description:\tcached mount /t from exec true with id \"/{mount}\"\n\n"
    )
}

/// Two superseded colonies, of which a container uses the second, and a cache mount beside another project's.
fn used(fixture: Fixture<'_>) -> Fixture<'_> {
    let filter = format!("label={INPUTS}");
    let list = ["docker", "image", "ls", "--all", "--no-trunc", "--quiet", "--filter", filter.as_str()];
    let both = [labelled("sha256:1", INPUTS), labelled("sha256:2", INPUTS)].map(|image| image.to_json()).concat();
    let records = record("record-1", MOUNT, true) + &record("record-2", "theirs", true);
    fixture
        .answer(list, Answer::stdout("sha256:1\nsha256:2\n"))
        .answer(["docker", "image", "inspect", "--format", "{{json .}}", "sha256:1", "sha256:2"], Answer::stdout(both))
        .answer(["docker", "ps"], Answer::stdout("1\n"))
        .answer(["docker", "container", "inspect"], Answer::stdout(container("1", "sha256:2", "running", "theirs")))
        .answer(["docker", "buildx", "du"], Answer::stdout(records))
        .answer(["docker", "system", "df"], Answer::stdout("[{\"ID\":\"sha256:1\",\"UniqueSize\":\"1.5MB\"}]\n"))
}

fn removals(fixture: Fixture<'_>) -> Fixture<'_> {
    fixture
        .answer(PRUNE, Answer::stdout("Deleted Images:\ndeleted: sha256:1\n\nTotal reclaimed space: 1.5MB\n"))
        .answer(PRUNE_MOUNT, Answer::stdout("ID\tRECLAIMABLE\nrecord-1\ttrue\nTotal:\t67.81MB\n"))
}

/// The calls that change something; programs and words, separated by blanks.
pub(crate) fn effects(outcome: &Outcome) -> Vec<String> {
    outcome.effects().map(|call| format!("{} {}", call.program, call.args.join(" "))).collect()
}

const COMMANDS: [&str; 2] = [
    "docker image prune --force --filter label=io.distributed-colony.inputs=x \
     --filter label=io.distributed-colony.workspace=distributed-colony",
    "docker buildx prune --builder default --force --filter id=record-1",
];

#[test]
fn what_is_superseded_and_our_cache_mounts_go_and_the_rest_stays() {
    let workspace = Workspace::new();
    let outcome = removals(used(machine(&workspace))).xtask(["clean"]).run();
    outcome
        .exits(0)
        .prints("69.3 MB\n")
        .says("to be removed, 2 in all, 69.3 MB of their own:\n")
        .says("superseded image  sha256:1  48.2 MB, 1.5 MB of it shared by no image\n")
        .says("cache mount       distributed-colony-app-0123456789abcdef  67.8 MB\n")
        .says("kept: superseded image sha256:2: a container uses it\n")
        .never_says("theirs");
    assert_eq!(effects(&outcome), COMMANDS);
    // At the same time the one would miss what the other is measuring.
    outcome.makes_in_order(&[&["docker", "buildx", "du"], &["docker", "system", "df"]]);
}

#[test]
fn a_dry_run_tells_the_same_prints_the_commands_and_removes_nothing() {
    let workspace = Workspace::new();
    let outcome = used(machine(&workspace)).xtask(["clean", "--dry-run"]).run();
    outcome
        .exits(0)
        .has_no_effect()
        .prints(&format!("{}\n", COMMANDS.join("\n")))
        .says("cache mount       distributed-colony-app-0123456789abcdef");
}

#[test]
fn with_json_the_result_is_one_line_that_names_everything() {
    let workspace = Workspace::new();
    let outcome = removals(used(machine(&workspace))).xtask(["clean", "--json"]).run();
    outcome.exits(0).prints(concat!(
        r#"{"removed":[{"kind":"superseded-image","name":"sha256:1","bytes":48250000},"#,
        r#"{"kind":"cache-mount","name":"distributed-colony-app-0123456789abcdef","bytes":67810000}],"#,
        r#""kept":[{"kind":"superseded-image","name":"sha256:2","why":"a container uses it"}],"freed":69310000}"#,
        "\n"
    ));
}

#[test]
fn where_nothing_is_nothing_is_done() {
    let workspace = Workspace::new();
    machine(&workspace).xtask(["clean"]).run().exits(0).prints("0.0 MB\n").has_no_effect().says("nothing to remove\n");
}

#[test]
fn what_is_taken_into_use_meanwhile_stays_and_is_told() {
    let workspace = Workspace::new();
    let outcome = used(machine(&workspace))
        .answer(PRUNE, Answer::stdout("Total reclaimed space: 0B\n"))
        .answer(PRUNE_MOUNT, Answer::stdout("Total:\t0B\n"))
        .xtask(["clean"])
        .run();
    outcome.exits(0).prints("0.0 MB\n").says("kept: superseded image sha256:1: it is in use or was named since\n");
    outcome
        .says("kept: cache mount distributed-colony-app-0123456789abcdef: a build uses it\n")
        .says("removed 0, kept 3\n");
}

#[test]
fn a_mount_of_a_build_that_runs_is_not_touched() {
    let workspace = Workspace::new();
    let fixture = machine(&workspace).answer(["docker", "buildx", "du"], Answer::stdout(record("1", MOUNT, false)));
    fixture
        .xtask(["clean"])
        .run()
        .exits(0)
        .has_no_effect()
        .says("kept: cache mount distributed-colony-app-0123456789abcdef: a build uses it\n");
}

/// Everything of ours under our names, but for the colony, which is somebody else's.
fn named(fixture: Fixture<'_>) -> Fixture<'_> {
    fixture
        .image(COLONY, &Image::new("sha256:theirs"))
        .image(BASE, &labelled("sha256:base", IDENTITY))
        .image("distributed-colony-runtime:local", &labelled("sha256:runtime", STAND_IN))
        .image("distributed-colony-chef:local", &labelled("sha256:chef", STAND_IN))
}

#[test]
fn with_all_our_names_go_where_our_label_stands_and_no_container_is() {
    let workspace = Workspace::new();
    let conflict = "Error response from daemon: conflict: unable to remove repository reference \
                    \"distributed-colony-runtime:local\" (must force) - container 1 is using its referenced image 2";
    let own = r#"[{"ID":"sha256:base","UniqueSize":"288MB"},{"ID":"sha256:chef","UniqueSize":"0B"}]"#;
    let alone = r#"[{"ID":"sha256:chef","UniqueSize":"940MB"}]"#;
    let outcome = named(machine(&workspace))
        .answer(["docker", "system", "df"], Answer::stdout(own))
        .answer(["docker", "system", "df"], Answer::stdout(own))
        .answer(["docker", "system", "df"], Answer::stdout(alone))
        .answer(REMOVE, Answer::stdout("Untagged: x\nDeleted: sha256:x\n"))
        .answer([REMOVE[0], "image", "rm", "distributed-colony-runtime:local"], Answer::fails(1, conflict))
        .xtask(["clean", "--all"])
        .run();
    outcome
        .exits(0)
        .prints("1228.0 MB\n")
        .says("[WARNING] kept: image distributed-colony:latest: it bears our name but no label of ours")
        .says("[INFO] kept: image distributed-colony-runtime:local: a container uses it\n");
    let names = [BASE, "distributed-colony-runtime:local", "distributed-colony-chef:local"];
    assert_eq!(effects(&outcome), names.map(|name| format!("docker image rm {name}")));
}

#[test]
fn flags_and_variables_say_what_our_names_are() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace)
        .image("mine:1", &labelled("sha256:1", INPUTS))
        .image("team/base:2", &labelled("sha256:2", IDENTITY))
        .env("BASE_IMAGE_TAG", "2")
        .xtask(["clean", "--all", "--dry-run", "--repository=mine", "--tag=1", "--base-repository=team/base"])
        .run();
    outcome.exits(0).prints("docker image rm mine:1\ndocker image rm team/base:2\n");
}

#[test]
fn without_all_what_has_a_name_is_not_even_asked_for() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace).xtask(["clean"]).run();
    outcome.exits(0);
    assert!(outcome.calls.iter().all(|call| !call.begins(&["docker", "image", "inspect"])));
}

#[test]
fn without_an_engine_nothing_is_removed() {
    let workspace = Workspace::new();
    for args in [["clean"].as_slice(), &["clean", "--all", "--dry-run"]] {
        let outcome = machine(&workspace).without_engine().xtask(args).run();
        outcome.exits(3).prints("").has_no_effect().says(NO_ENGINE).says("cargo xtask doctor");
    }
}

#[test]
fn a_question_without_an_answer_ends_it_before_anything_is_removed() {
    let workspace = Workspace::new();
    workspace.write("target/xtask/colony-7.json", "");
    age(&workspace.root().join("target/xtask"));
    let fixture = machine(&workspace).answer(["docker", "buildx", "du"], Answer::fails(1, "no such builder"));
    fixture.xtask(["clean"]).run().exits(1).prints("").has_no_effect().says("list the cache mounts: ");
    assert!(workspace.root().join("target/xtask/colony-7.json").exists());
}

#[test]
fn a_removal_that_fails_says_what_was_removed_before() {
    let workspace = Workspace::new();
    let outcome = used(machine(&workspace))
        .answer(PRUNE, Answer::stdout("deleted: sha256:1\nTotal reclaimed space: 1.5MB\n"))
        .answer(PRUNE_MOUNT, Answer::fails(1, "ERROR: the moon is full"))
        .xtask(["clean", "--quiet"])
        .run();
    outcome
        .exits(1)
        .prints("")
        .says("[INFO] removed before that: 1 of 2, 1.5 MB freed\n")
        .says("[ERROR] remove the cache mount distributed-colony-app-0123456789abcdef: docker ended with exit code 1\n")
        .says("ERROR: the moon is full");
}

#[test]
fn an_interruption_ends_it_with_its_own_code() {
    let workspace = Workspace::new();
    let outcome = used(machine(&workspace)).answer(PRUNE, Answer::hangs()).xtask(["clean"]).signalled("INT", PRUNE);
    outcome.exits(130).says("removed before that: 0 of 2");
}
