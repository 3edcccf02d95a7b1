//! `build-colony --version-tag`: a version that never moves, and the names that follow it forward.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ecr_tags::{digest, manifest};
use crate::ecr_world::{
    BUILT_ID, DIGEST, GET_IMAGE, HOST, LIST, PUSH, PUT_IMAGE, colony, colony_on, pushed, says, service_error,
};
use crate::far_world::LOOK_AT;
use crate::image::Image;
use crate::support::{BUILD, COLONY, Fixture, current_base};
use crate::workspace::Workspace;

const HASH: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";

fn release<'a>(workspace: &'a Workspace, version: &str) -> Fixture<'a> {
    colony(workspace).xtask(["build-colony", "--version-tag", version])
}

fn tags(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{HOST}/distributed-colony:{name}")).collect()
}

fn record(workspace: &Workspace) -> Value {
    serde_json::from_str(&workspace.read("target/xtask/deploy-colony.json")).expect("the record is JSON")
}

/// A machine with git, where these tags are on the commit.
fn with_git<'a>(fixture: Fixture<'a>, listed: &str, status: &str) -> Fixture<'a> {
    fixture
        .with("git")
        .background(["git", "rev-parse"], Answer::stdout(format!("{HASH}\n")))
        .background(["git", "status"], Answer::stdout(status))
        .background(["git", "for-each-ref"], Answer::stdout(listed))
}

#[test]
fn a_version_comes_before_the_names_that_follow_it_and_is_what_the_image_says_of_itself() {
    let workspace = Workspace::new();
    let outcome = release(&workspace, "v1.4.2").run();
    outcome.exits(0).prints(&format!("{HOST}/distributed-colony@{}\n", DIGEST));
    assert_eq!(outcome.pushes(), tags(&["v1-0123456789ab", "1.4.2", "1.4", "1", "latest"]));
    assert_eq!(outcome.build().pairs("--build-arg")["BUILD_VERSION"], "1.4.2");
    let record = record(&workspace);
    assert_eq!((&record["version"], &record["reference"]), (&"1.4.2".into(), &tags(&["latest"])[0].as_str().into()));
    let moved: Vec<&str> =
        record["moved"].as_array().expect("a list").iter().filter_map(|one| one["tag"].as_str()).collect();
    assert_eq!(moved, ["1.4", "1", "latest"]);
    let chosen = colony(&workspace).xtask(["build-colony", "--version-tag=1.4.2", "--build-version=mine"]).run();
    assert_eq!(chosen.exits(0).build().pairs("--build-arg")["BUILD_VERSION"], "mine");
}

#[test]
fn names_move_forward_only_unless_somebody_says_so() {
    let workspace = Workspace::new();
    let there: [(char, &[&str], u32); 2] = [('1', &["1.4.9", "1.4"], 1), ('2', &["2.0.0", "latest", "2"], 2)];
    let outcome = release(&workspace, "1.4.2").lists(&there).run();
    outcome
        .exits(0)
        .says("[INFO] `1.4` stays, for 1.4.9 is there (--move-back moves it)\n")
        .says("[INFO] `latest` stays, for 2.0.0 is there (--move-back moves it)\n");
    assert_eq!(outcome.pushes(), tags(&["v1-0123456789ab", "1.4.2"]));
    assert_eq!(record(&workspace)["reference"], tags(&["1.4.2"])[0]);
    let outcome = colony(&workspace).lists(&there).xtask(["build-colony", "--version-tag=1.4.2", "--move-back"]).run();
    assert_eq!(outcome.exits(0).pushes(), tags(&["v1-0123456789ab", "1.4.2", "1.4", "1", "latest"]));
    let patch = release(&workspace, "2.0.1").lists(&there).run();
    assert_eq!(patch.exits(0).pushes(), tags(&["v1-0123456789ab", "2.0.1", "2.0", "2", "latest"]));
}

#[test]
fn a_pre_release_moves_nothing() {
    let workspace = Workspace::new();
    let outcome = release(&workspace, "1.4.2-rc.1").run();
    assert_eq!(outcome.exits(0).never_calls(&GET_IMAGE).pushes(), tags(&["v1-0123456789ab", "1.4.2-rc.1"]));
    let record = record(&workspace);
    assert_eq!((&record["version"], &record["moved"]), (&"1.4.2-rc.1".into(), &json!([])));
}

#[test]
fn a_version_that_is_there_with_other_content_is_refused_before_any_push() {
    let workspace = Workspace::new();
    let outcome = release(&workspace, "1.4.2").lists(&[('1', &["1.4.2"], 1)]).tag_means("1.4.2", Some('1')).run();
    outcome
        .exits(1)
        .prints("")
        .never_calls(&PUSH)
        .says("[INFO] the version 1.4.2 is there already, so only the same content can be it\n")
        .says(&format!("the version 1.4.2 is there with other content, {}, and never moves\n", digest('1')))
        .says("[INFO] Give this one the next version: --version-tag")
        .says("nothing was pushed.\n");
}

/// What the registry tells of an image of these layers, which says that it is of that version.
fn remote(layers: &[&str], version: &str) -> Answer {
    let config = json!({ "Env": [format!("BUILD_VERSION={version}")], "Labels": { "a": "b" } });
    let rootfs = json!({ "type": "layers", "diff_ids": layers });
    let image = json!({
        "created": "2001-09-09T01:46:40Z", "os": "linux", "architecture": "amd64", "config": config, "rootfs": rootfs
    });
    Answer::stdout(image.to_string())
}

/// What every build gives here.
fn made() -> Image {
    Image::new(BUILT_ID).variable("BUILD_VERSION", "1.4.2").layers(&["sha256:runtime", "sha256:backend"])
}

/// A machine where the version is there as another image than the one that is built.
fn where_another_is<'a>(workspace: &'a Workspace, other: Answer) -> Fixture<'a> {
    let [docker, buildx, imagetools, inspect, format, template] = LOOK_AT;
    let pinned = format!("{HOST}/distributed-colony@{}", digest('1'));
    release(workspace, "1.4.2")
        .built(&made())
        .lists(&[('1', &["1.4.2"], 1)])
        .tag_means("1.4.2", Some('1'))
        .answer([docker, buildx, imagetools, inspect, format, template, &pinned], other)
}

/// As a job that is run again, on a machine that has nothing of the first run.
#[test]
fn a_version_that_an_earlier_run_made_with_the_same_content_is_gone_on_with() {
    let workspace = Workspace::new();
    let same = || remote(&["sha256:runtime", "sha256:backend"], "1.4.2");
    let go_on = |fixture: Fixture<'_>| fixture.digest_is_there('1').run();
    let outcome = go_on(where_another_is(&workspace, same()));
    let pinned = format!("{HOST}/distributed-colony@{}", digest('1'));
    outcome.exits(0).prints(&format!("{pinned}\n")).never_calls(&PUSH);
    outcome.says("[INFO] the version 1.4.2 is there with the same content under another time: it is the release\n");
    outcome.has_put(&[("1.4.2-111111111111", '1'), ("1.4", '1'), ("1", '1'), ("latest", '1')]);
    let record = record(&workspace);
    let told = ["version", "digest", "image_id"].map(|key| &record[key]);
    assert_eq!(told, [&"1.4.2".into(), &digest('1').into(), &Value::Null]);

    // Whatever fails then, the version is published.
    let broken = where_another_is(&workspace, same()).answer(PUT_IMAGE, says(2, "An error occurred: no"));
    go_on(broken).exits(1).says(&format!("[INFO] Published before that: {}\n", tags(&["1.4.2"])[0]));
}

#[test]
fn a_version_with_other_layers_or_settings_is_refused() {
    let workspace = Workspace::new();
    for (layers, version) in
        [(&["sha256:runtime", "sha256:other"], "1.4.2"), (&["sha256:runtime", "sha256:backend"], "mine")]
    {
        let outcome = where_another_is(&workspace, remote(layers, version)).run();
        outcome.exits(1).prints("").never_calls(&PUSH).never_calls(&PUT_IMAGE);
        outcome.says("[ERROR] the version 1.4.2 is there with other content, ");
    }
}

#[test]
fn a_version_with_other_content_than_the_image_that_stands_is_refused_and_nothing_is_built() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let machine = || {
        let runtime = Image::new("sha256:runtime");
        let fixture = colony_on(&workspace, &base).image("distributed-colony-runtime:local", &runtime).built(&made());
        fixture.xtask(["build-colony", "--version-tag=1.4.2"])
    };
    let first = machine().run();
    let labels = first.exits(0).build().pairs("--label");
    let [docker, buildx, imagetools, inspect, format, template] = LOOK_AT;
    let outcome = machine()
        .image(COLONY, &made().labels(&labels))
        .lists(&[('1', &["1.4.2"], 1)])
        .tag_means("1.4.2", Some('1'))
        .answer([docker, buildx, imagetools, inspect, format, template], remote(&["sha256:other"], "1.4.2"))
        .run();
    outcome.exits(1).never_calls(&BUILD).never_calls(&PUSH).never_calls(&PUT_IMAGE);
    outcome.says("[ERROR] the version 1.4.2 is there with other content, ");
}

#[test]
fn a_version_that_is_there_with_the_same_content_is_success() {
    let workspace = Workspace::new();
    // The fake's manifest `1` is that of this configuration, which is the ID on the classic image store.
    let image = Image::new("sha256:11").variable("BUILD_VERSION", "1.4.2");
    let outcome = release(&workspace, "1.4.2")
        .answer(BUILD, Answer::builds("sha256:11"))
        .built(&image)
        .lists(&[('1', &["1.4.2"], 1)])
        .tag_means("1.4.2", Some('1'))
        .run();
    assert!(manifest('1').contains("sha256:11"));
    assert_eq!(outcome.exits(0).pushes(), tags(&["1.4.2-11", "1.4", "1", "latest"]));
    // On containerd's the ID is the digest of the manifest.
    let id = digest('1');
    let outcome = release(&workspace, "1.4.2")
        .answer(BUILD, Answer::builds(&id))
        .built(&Image::new(&id).variable("BUILD_VERSION", "1.4.2"))
        .lists(&[('1', &["1.4.2"], 1)])
        .tag_means("1.4.2", Some('1'))
        .run();
    assert!(outcome.exits(0).pushes().iter().all(|name| !name.ends_with(":1.4.2")));
}

#[test]
fn git_gives_the_version_of_the_annotated_tag() {
    let workspace = Workspace::new();
    let outcome = with_git(release(&workspace, "git"), "commit nightly\ntag v1.4.2\n", "").run();
    assert_eq!(outcome.exits(0).pushes()[..2], tags(&["0a1b2c3d4e5f-0123456789ab", "1.4.2"]));
    for (listed, status, why) in [
        ("tag v1.4.2\n", " M a\n", "the files differ from the commit that v1.4.2 is on\n"),
        ("commit v1.4.2\n", "", "the tag v1.4.2 of git is not annotated\n"),
        ("", "", "no annotated tag of this commit is a version\n"),
        ("tag v1.4.2\ntag v1.4.3\n", "", "two tags of this commit are versions: v1.4.2, v1.4.3\n"),
    ] {
        let machine = Fixture::new(&workspace).in_aws().xtask(["build-colony", "--version-tag=git"]);
        let outcome = with_git(machine, listed, status).run();
        outcome.exits(3).prints("").touches_nothing().says(why);
    }
}

#[test]
fn the_package_of_the_default_binary_gives_its_version() {
    let workspace = Workspace::new();
    workspace.replace("crates/backend/Cargo.toml", "version.workspace = true", "version = \"0.7.1\"");
    let outcome = release(&workspace, "package").run();
    assert_eq!(outcome.exits(0).pushes()[1], tags(&["0.7.1"])[0]);
}

#[test]
fn what_is_no_version_is_refused_with_the_reason() {
    let workspace = Workspace::new();
    for (args, why) in [
        (vec!["--version-tag=1.4.2+build"], "`+` is no legal character of a tag"),
        (vec!["--version-tag=1.4"], "a version is MAJOR.MINOR.PATCH[-PRE]"),
        (vec!["--move-back"], "--version-tag"),
        (vec!["--no-push", "--version-tag=1.4.2"], "'--version-tag' cannot be used with '--no-push'"),
    ] {
        let all = [&["build-colony"][..], &args].concat();
        let outcome = Fixture::new(&workspace).xtask(all).run();
        outcome.exits(2).prints("").says(why);
        assert!(outcome.calls.is_empty(), "{:?}", outcome.calls);
    }
}

#[test]
fn a_dry_run_prints_what_would_be_pushed() {
    let workspace = Workspace::new();
    let outcome = colony(&workspace).xtask(["build-colony", "--version-tag=1.4.2", "--dry-run"]).run();
    outcome.exits(0).touches_nothing();
    let pushed = outcome.stdout.lines().filter_map(|line| line.strip_prefix("docker push "));
    let names: Vec<&str> = pushed.filter_map(|name| name.rsplit(':').next()).collect();
    assert_eq!(names[1..], ["1.4.2", "1.4", "1", "latest"]);
}

#[test]
fn a_missing_permission_is_named_before_the_build() {
    let workspace = Workspace::new();
    let denied = says(2, &service_error("AccessDeniedException", "DescribeImages", "x"));
    let outcome = release(&workspace, "1.4.2").answer(LIST, denied).run();
    outcome.exits(3).touches_nothing().says("lacks the permission ecr:DescribeImages\n");
}

/// What moves is asked for once more behind the version.
#[test]
fn a_question_that_fails_behind_the_version_says_what_is_published() {
    let workspace = Workspace::new();
    let expired = says(2, &service_error("ExpiredTokenException", "DescribeImages", "x"));
    let outcome = release(&workspace, "1.4.2").lists(&[]).lists(&[]).answer(LIST, expired).run();
    let published = tags(&["v1-0123456789ab", "1.4.2"]);
    assert_eq!(outcome.exits(1).pushes(), published);
    outcome.says("ExpiredTokenException").says(&format!("[INFO] Published before that: {}\n", published.join(", ")));
}

#[test]
fn a_release_that_was_cut_is_completed_by_the_next_run() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let cut = colony_on(&workspace, &base)
        .xtask(["build-colony", "--version-tag=1.4.2"])
        .answer(["docker", "push", &tags(&["1.4"])[0]], Answer::fails(1, "write: connection reset by peer"))
        .run();
    let published = tags(&["v1-0123456789ab", "1.4.2"]).join(", ");
    cut.exits(1).says(&format!("[INFO] Published before that: {published}\n"));
    let same = json!({
        "imageId": { "imageDigest": DIGEST, "imageTag": "1.4.2" },
        "imageManifest": json!({ "config": { "digest": BUILT_ID } }).to_string(),
    });
    let again = colony_on(&workspace, &base)
        .xtask(["build-colony", "--version-tag=1.4.2"])
        .built(&pushed("distributed-colony"))
        .registry_has(&tags(&["v1-0123456789ab"])[0])
        .lists(&[('4', &["1.4.2"], 1)])
        .answer(
            [
                "aws",
                "ecr",
                "batch-get-image",
                "--repository-name",
                "distributed-colony",
                "--image-ids",
                "imageTag=1.4.2",
            ],
            Answer::stdout(json!({ "images": [same] }).to_string()),
        )
        .run();
    assert_eq!(again.exits(0).pushes(), tags(&["1.4", "1", "latest"]));
}

#[test]
fn what_others_release_during_the_build_holds_the_names_and_the_version() {
    let workspace = Workspace::new();
    let later: [(char, &[&str], u32); 1] = [('2', &["1.4.3", "1.4"], 2)];
    let outcome = release(&workspace, "1.4.2").lists(&[]).lists(&[]).lists(&later).run();
    outcome.exits(0).says("[INFO] `1.4` stays, for 1.4.3 is there (--move-back moves it)\n");
    assert_eq!(outcome.pushes(), tags(&["v1-0123456789ab", "1.4.2"]));
    let version = &tags(&["1.4.2"])[0];
    let outcome = release(&workspace, "1.4.2").registry_has_other(version, &digest('2')).run();
    outcome
        .exits(1)
        .says(&format!("the version 1.4.2 is there with other content, {}, and never moves\n", digest('2')))
        .says(&format!("Published before that: {}\n", tags(&["v1-0123456789ab"])[0]));
    assert_eq!(outcome.pushes(), tags(&["v1-0123456789ab"]));
}

#[test]
fn a_version_moves_by_no_other_flag_either() {
    let workspace = Workspace::new();
    let outcome = colony(&workspace).xtask(["build-colony", "--tag=1.4.2"]).records("1.4.2", [Some('1'), None, None]);
    let outcome = outcome.run();
    outcome
        .exits(1)
        .says(&format!("the version 1.4.2 is there with other content, {}, and never moves\n", digest('1')));
    assert_eq!(outcome.pushes(), tags(&["v1-0123456789ab"]));
    outcome.never_calls(&PUT_IMAGE);
}
