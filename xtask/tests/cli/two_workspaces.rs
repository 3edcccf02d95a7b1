//! Two workspaces on one engine: neither takes, names or cleans what is the other's.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::clean::{IDENTITY, INPUTS, MOUNT, PRUNE, WORKSPACE, effects, labelled_by, machine, record};
use crate::image::Image;
use crate::support::{BASE, COLONY, Fixture, current_base, current_colony, generate};
use crate::workspace::{REPOSITORY, Workspace};

const OTHER: &str = "team/app";
const LIST: [&str; 7] = ["docker", "image", "ls", "--all", "--no-trunc", "--quiet", "--filter"];
const INSPECT: [&str; 5] = ["docker", "image", "inspect", "--format", "{{json .}}"];

/// A workspace whose table calls it so.
fn named(name: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.replace("Cargo.toml", REPOSITORY, &format!("repository = \"{name}\"\n"));
    generate(&workspace);
    workspace
}

/// As it was built before there was the label of the workspace.
fn unmarked(id: &str, label: &str) -> Image {
    Image::new(id).labels(&[(label.to_owned(), "x".to_owned())].into())
}

/// An engine with these images, which all bear that label.
fn holds<'a>(fixture: Fixture<'a>, label: &str, images: &[Image]) -> Fixture<'a> {
    let ids: Vec<&str> = images.iter().map(|image| image.id.as_str()).collect();
    let all: String = images.iter().map(Image::to_json).collect();
    let filter = format!("label={label}");
    let ([a, b, c, d, e, f, g], [h, i, j, k, l]) = (LIST, INSPECT);
    fixture
        .background([a, b, c, d, e, f, g, &filter], Answer::stdout(ids.join("\n")))
        .background([h, i, j, k, l, ids[0]], Answer::stdout(all))
}

/// Superseded images of two workspaces, and the mounts of both.
fn shared(workspace: &Workspace) -> Fixture<'_> {
    let colonies = [
        labelled_by("sha256:1", INPUTS, "distributed-colony"),
        labelled_by("sha256:2", INPUTS, OTHER),
        unmarked("sha256:3", INPUTS),
    ];
    let bases = [labelled_by("sha256:7", IDENTITY, OTHER), labelled_by("sha256:8", IDENTITY, "distributed-colony")];
    let mounts = [MOUNT, "team--app-app", "distributed-colony-base-target", "team--app-base-target", "team/app-app"];
    let records: String = mounts.iter().map(|mount| record(&format!("of {mount}"), mount, true)).collect();
    let fixture = holds(holds(machine(workspace), INPUTS, &colonies), IDENTITY, &bases);
    fixture.answer(["docker", "buildx", "du"], Answer::stdout(records))
}

fn prune(label: &str, workspace: &str) -> String {
    format!("docker image prune --force --filter label={label}=x --filter {workspace}")
}

fn prune_mount(mount: &str) -> String {
    format!("docker buildx prune --builder default --force --filter 'id=of {mount}'")
}

#[test]
fn a_clean_up_takes_what_is_of_its_workspace_and_the_first_one_takes_what_says_nothing() {
    for flags in [["clean", "--dry-run"].as_slice(), &["clean", "--dry-run", "--all"]] {
        let lines = |name: &str| {
            let workspace = named(name);
            let outcome = shared(&workspace).xtask(flags).run();
            let mut lines: Vec<_> = outcome.exits(0).stdout.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        let sorted = |mut lines: Vec<String>| {
            lines.sort_unstable();
            lines
        };
        let own = "label=io.distributed-colony.workspace=distributed-colony";
        let first = sorted(vec![
            prune(INPUTS, own),
            prune(INPUTS, "'label!=io.distributed-colony.workspace'"),
            prune(IDENTITY, own),
            prune_mount(MOUNT),
            prune_mount("distributed-colony-base-target"),
        ]);
        assert_eq!(lines("distributed-colony"), first);
        let theirs = "label=io.distributed-colony.workspace=team/app";
        let mounts = ["team--app-app", "team--app-base-target"].map(prune_mount);
        let second = [prune(INPUTS, theirs), prune(IDENTITY, theirs)].into_iter().chain(mounts).collect();
        assert_eq!(lines(OTHER), sorted(second));
        assert!(lines("third").is_empty());
    }
}

#[test]
fn an_image_of_another_workspace_stays_whatever_it_is_called_and_the_stand_ins_are_of_all() {
    let workspace = named("distributed-colony");
    let stand_in = unmarked("sha256:chef", "io.distributed-colony.stand-in.for");
    let all = |workspace: &Workspace| {
        let outcome = machine(workspace)
            .image(COLONY, &labelled_by("sha256:1", INPUTS, OTHER))
            .image(BASE, &labelled_by("sha256:2", IDENTITY, OTHER))
            .image("distributed-colony-chef:local", &stand_in)
            .xtask(["clean", "--all", "--dry-run", "--repository=distributed-colony"])
            .env("ECR_BASE_REPOSITORY", "distributed-colony-base")
            .run();
        outcome.exits(0);
        outcome
    };
    let outcome = all(&workspace);
    outcome.prints("docker image rm distributed-colony-chef:local\n");
    for image in [COLONY, BASE] {
        outcome.says(&format!(
            "[WARNING] kept: image {image}: it bears our name but is of another workspace, `{OTHER}`\n"
        ));
    }
    let theirs = [COLONY, BASE, "distributed-colony-chef:local"].map(|name| format!("docker image rm {name}\n"));
    all(&named(OTHER)).prints(&theirs.concat());
}

/// Named one after the other; the last one is the newest.
fn aged(id: usize, workspace: &str) -> String {
    let labels = [(INPUTS, format!("inputs-{id}")), (WORKSPACE, workspace.to_owned())];
    let image = Image::new(&format!("sha256:{id}")).labels(&labels.map(|(key, value)| (key.to_owned(), value)).into());
    let mut image: Value = serde_json::from_str(&image.to_json()).expect("JSON");
    image["Metadata"] = json!({ "LastTagTime": format!("2026-11-25T15:29:{id:02}Z") });
    format!("{image}\n")
}

#[test]
fn what_builds_drop_in_passing_is_of_their_workspace() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let owner = |id| if id % 2 == 0 { "distributed-colony" } else { OTHER };
    // Nine of each, and eight stay.
    let all: String = (0..18).map(|id| aged(id, owner(id))).collect();
    let ids: String = (0..18).map(|id| format!("sha256:{id}\n")).collect();
    let filter = format!("label={INPUTS}");
    let ([a, b, c, d, e, f, g], [h, i, j, k, l]) = (LIST, INSPECT);
    let before = labelled_by("sha256:before", INPUTS, "distributed-colony");
    let outcome = Fixture::new(&workspace)
        .image(BASE, &base)
        .image(COLONY, &before)
        .builds(&Image::new("sha256:new"))
        .answer([a, b, c, d, e, f, g, &filter], Answer::stdout(ids))
        .answer([h, i, j, k, l, "sha256:0"], Answer::stdout(all))
        .answer(PRUNE, Answer::default())
        .xtask(["build-colony", "--no-push"])
        .run();
    outcome.exits(0);
    let prunes: Vec<_> = effects(&outcome).into_iter().filter(|line| line.contains(" prune ")).collect();
    let only = "docker image prune --force --filter label=io.distributed-colony.inputs=inputs-0 \
                --filter label=io.distributed-colony.workspace=distributed-colony";
    assert_eq!(prunes, [only]);
}

#[test]
fn no_build_takes_a_name_from_an_image_of_another_workspace() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let build = |args: &[&str], name: &str, image: &Image| {
        let fixture = Fixture::new(&workspace).background_image(BASE, &base).image(name, image);
        fixture.background(["docker", "ps"], Answer::default()).xtask(args).run()
    };
    for (command, label) in [("build-base", IDENTITY), ("build-colony", INPUTS)] {
        let args = [command, "--no-push", "--repository=other", "--tag=1"];
        let theirs = labelled_by("sha256:theirs", label, OTHER);
        build(&args, "other:1", &theirs)
            .exits(3)
            .prints("")
            .has_no_effect()
            .says("[ERROR] the image 'other:1' is of another workspace, `team/app`\n")
            .says("docker image rm other:1\n");
        let dry = build(&[&args[..], &["--dry-run"]].concat(), "other:1", &theirs);
        dry.exits(0).has_no_effect().says("[WARNING] a real run would stop here: the image 'other:1' is of another");
    }
    let up = build(&["up", "--repository=other"], "other:latest", &labelled_by("sha256:theirs", INPUTS, OTHER));
    up.exits(3).has_no_effect().says("is of another workspace, `team/app`\n");
}

#[test]
fn names_of_nobodys_and_of_ones_own_are_taken() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    for before in [Image::new("sha256:else"), unmarked("sha256:old", INPUTS)] {
        let fixture = Fixture::new(&workspace).image(BASE, &base).image(COLONY, &before);
        fixture.builds(&Image::new("sha256:new")).xtask(["build-colony", "--no-push"]).run().exits(0);
    }
}

/// The same inputs are enough to give an image a second name, or its version to another one, within a workspace.
#[test]
fn a_standing_image_of_another_workspace_is_not_taken_for_ours() {
    const VERSION: &str = "2026-11-22T18:05:11Z";
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let standing = current_colony(&workspace, &base, "sha256:standing").variable("BUILD_VERSION", VERSION);
    let inputs = format!("label={INPUTS}={}", standing.own_labels()[INPUTS]);
    let version = |standing: &Image| {
        let made = "label=io.distributed-colony.version=made";
        let ([a, b, c, d, e, f, g], [h, i, j, k, l]) = (LIST, INSPECT);
        let outcome = Fixture::new(&workspace)
            .image(BASE, &base)
            .builds(&Image::new("sha256:new"))
            .answer([a, b, c, d, e, f, g, &inputs, "--filter", made], Answer::stdout("sha256:standing\n"))
            .answer([h, i, j, k, l, "sha256:standing"], Answer::stdout(standing.to_json()))
            .xtask(["build-colony", "--no-push"])
            .run();
        outcome.exits(0).build().pairs("--build-arg")["BUILD_VERSION"].clone()
    };
    assert_eq!(version(&standing), VERSION);
    assert_ne!(version(&standing.labels(&[(WORKSPACE.to_owned(), OTHER.to_owned())].into())), VERSION);
}

#[test]
fn the_base_of_another_workspace_is_no_base_of_ours() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let theirs = base.labels(&[(WORKSPACE.to_owned(), OTHER.to_owned())].into());
    let outcome = Fixture::new(&workspace).image(BASE, &theirs).xtask(["check-base"]).run();
    outcome.exits(4).says("[INFO]   because it is the base of another workspace, `team/app`\n");
}

#[test]
fn without_a_name_in_the_table_the_folder_gives_it() {
    let workspace = Workspace::at("My Project");
    workspace.replace("Cargo.toml", REPOSITORY, "");
    generate(&workspace);
    let base = current_base(&workspace);
    let colony = Fixture::new(&workspace).image("my-project-base:latest", &base).builds(&Image::new("sha256:new"));
    let outcome = colony.xtask(["build-colony", "--no-push"]).run();
    outcome.exits(0).prints("my-project:latest\n");
    assert_eq!(outcome.build().pairs("--label")[WORKSPACE], "my-project");
    assert_eq!(outcome.build().pairs("--build-arg")["BASE_IMAGE"], "my-project-base:latest");
    let help = Fixture::new(&workspace).xtask(["build-colony", "--help"]).run();
    help.exits(0);
    for default in ["[default: my-project]", "[default: my-project-base]"] {
        assert!(help.stdout.contains(default), "{}", help.stdout);
    }
}
