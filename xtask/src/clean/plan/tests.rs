use std::path::PathBuf;
use std::time::SystemTime;

use serde_json::json;

use super::*;
use crate::clean::mounts::OurMounts;
use crate::docker::space::Container;
use crate::workspace::own_name::tests::named as workspace;

const INPUTS: &str = "io.distributed-colony.inputs";
const OURS: &str = "ours-app-0123456789abcdef";

fn image(id: &str, labels: &[&str]) -> LocalImage {
    let labels: serde_json::Map<_, _> = labels.iter().map(|label| ((*label).to_owned(), json!("x"))).collect();
    let image =
        json!({ "Id": id, "Os": "linux", "Architecture": "amd64", "Size": 100, "Config": { "Labels": labels } });
    serde_json::from_value(image).expect("as docker writes it")
}

fn found() -> Found {
    Found {
        images: Vec::new(),
        named: Vec::new(),
        mounts: Vec::new(),
        our_mounts: OurMounts::of(&workspace("ours")),
        containers: Vec::new(),
        own_bytes: [].into(),
        places: Vec::new(),
        now: SystemTime::UNIX_EPOCH + 2 * STILL_READ,
    }
}

/// Made in the second minute after the epoch; `looks` says how many labels of a look it bears.
fn container(id: &str, image: &str, status: &str, looks: usize) -> Container {
    let labels: serde_json::Map<_, _> =
        (0..looks).map(|_| ("io.distributed-colony.look".to_owned(), json!(""))).collect();
    let container = json!({
        "Id": id, "Image": image, "Created": "1970-01-01T00:01:00.123456789Z", "State": { "Status": status },
        "Config": { "Labels": labels },
    });
    serde_json::from_value(container).expect("as docker writes it")
}

fn mount(mount: &str, is_in_use: bool) -> CacheMount {
    CacheMount { id: format!("record of {mount}"), mount: mount.to_owned(), bytes: 7, is_in_use }
}

fn place(name: &str, age: Duration, is_tool: bool) -> Place {
    let used = found().now - age;
    Place { path: PathBuf::from(name), bytes: 7, used, own_time: used, is_tool, hold: Hold::Unknown }
}

fn named(name: &str, image: LocalImage) -> Named {
    Named { name: name.to_owned(), label: INPUTS, other: None, image }
}

/// Names of what goes, and of what stays with the reason.
fn told(plan: &Plan) -> (Vec<&str>, Vec<(&str, &str)>) {
    let going = plan.items().map(|item| item.name.as_str()).collect();
    (going, plan.kept.iter().map(|kept| (kept.name.as_str(), &*kept.why)).collect())
}

#[test]
fn superseded_images_go_unless_a_container_uses_them() {
    let images = ["sha256:1", "sha256:2"].map(|id| (INPUTS, image(id, &[INPUTS]))).into();
    let containers = vec![container("7", "sha256:2", "exited", 0)];
    let plan = plan(Found { images, containers, ..found() }, false);
    assert_eq!(told(&plan), (vec!["sha256:1"], vec![("sha256:2", BY_CONTAINER)]));
}

/// A colony may run by its digest; a base that was pulled by it has a name from then on, until another one takes that.
#[test]
fn a_base_that_only_the_digest_of_its_pull_names_is_superseded_and_a_colony_is_not() {
    let pulled = |id: &str, label| {
        let mut image = image(id, &[label]);
        image.repo_digests = vec![format!("host.example/repository@{id}")];
        (label, image)
    };
    let images = vec![pulled("sha256:1", IDENTITY_LABEL), pulled("sha256:2", INPUTS)];
    let plan = plan(Found { images, ..found() }, false);
    assert_eq!(told(&plan), (vec!["host.example/repository@sha256:1"], Vec::new()));
}

#[test]
fn one_command_removes_all_of_a_label_and_its_value() {
    let of = |label, id| (label, image(id, &[label]));
    let images = vec![of(INPUTS, "sha256:1"), of("other", "sha256:2"), of(INPUTS, "sha256:3")];
    let plan = plan(Found { images, ..found() }, false);
    let labels: Vec<_> = plan
        .actions
        .iter()
        .map(|action| match action {
            Action::Nameless([label, _], items) => (label.as_str(), items.len()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(labels, [("label=io.distributed-colony.inputs=x", 2), ("label=other=x", 1)]);
}

#[test]
fn mounts_of_others_stay_without_a_word_and_those_in_use_with_one() {
    let names = [("theirs", false), (OURS, false), (OURS, true), ("ours-too", false)];
    let mounts = names.map(|(name, is_in_use)| mount(name, is_in_use)).into();
    let plan = plan(Found { mounts, ..found() }, true);
    assert_eq!(told(&plan), (vec![OURS], vec![(OURS, BY_BUILD)]));
}

#[test]
fn an_image_of_our_name_goes_only_with_our_label_and_out_of_use() {
    let all = vec![
        named("a:1", image("sha256:1", &[INPUTS])),
        named("b:1", image("sha256:2", &["theirs"])),
        named("c:1", image("sha256:3", &[INPUTS])),
    ];
    let containers = vec![container("7", "sha256:3", "created", 0)];
    let plan = plan(Found { named: all, containers, ..found() }, true);
    assert_eq!(told(&plan), (vec!["a:1"], vec![("b:1", NOT_OURS), ("c:1", BY_CONTAINER)]));
}

#[test]
fn what_was_used_within_the_hour_stays_and_so_do_tools_unless_all_goes() {
    let second = Duration::from_secs(1);
    let places = || {
        let old = STILL_READ + second;
        vec![place("old", old, false), place("new", STILL_READ - second, false), place("tool", old, true)]
    };
    let some = plan(Found { places: places(), ..found() }, false);
    assert_eq!(told(&some), (vec!["old"], vec![("new", OF_LATE)]));
    let all = plan(Found { places: places(), ..found() }, true);
    assert_eq!(told(&all), (vec!["old", "tool"], vec![("new", OF_LATE)]));
}

/// A file may have a time from the future.
#[test]
fn a_time_that_has_not_come_yet_is_no_hour_ago() {
    let mut place = place("file", Duration::ZERO, false);
    place.used = found().now + STILL_READ;
    let plan = plan(Found { places: vec![place], ..found() }, false);
    assert_eq!(told(&plan), (vec![], vec![("file", OF_LATE)]));
}

#[test]
fn what_an_image_shares_with_others_is_told_beside_its_size() {
    let images = vec![(INPUTS, image("sha256:1", &[INPUTS])), (INPUTS, image("sha256:2", &[INPUTS]))];
    let own_bytes = [("sha256:1".to_owned(), 30), ("sha256:2".to_owned(), 100)].into();
    let plan = plan(Found { images, own_bytes, ..found() }, false);
    let sizes: Vec<_> = plan.items().map(|item| (item.bytes, item.own_bytes)).collect();
    assert_eq!(sizes, [(100, Some(30)), (100, None)]);
}

#[test]
fn what_a_look_left_goes_and_counts_for_nothing_and_one_that_may_go_on_stays() {
    let images = || vec![(INPUTS, image("sha256:1", &[INPUTS]))];
    let containers = || vec![container("7", "sha256:1", "created", 1)];
    let old = plan(Found { images: images(), containers: containers(), ..found() }, false);
    assert_eq!(told(&old), (vec!["7", "sha256:1"], vec![]));
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(120);
    let new = plan(Found { images: images(), containers: containers(), now, ..found() }, false);
    assert_eq!(told(&new), (vec![], vec![("7", LOOKED_INTO), ("sha256:1", BY_CONTAINER)]));
}

#[test]
fn what_its_digest_alone_names_keeps_what_a_prune_would_take_with_it_unless_all_goes() {
    let digest = "host:5000/colony@sha256:7";
    let mut pulled = image("sha256:1", &[INPUTS]);
    pulled.repo_digests.push(digest.to_owned());
    let images = || vec![(INPUTS, pulled.clone()), (INPUTS, image("sha256:2", &[INPUTS]))];
    let some = plan(Found { images: images(), ..found() }, false);
    assert_eq!(told(&some), (vec![], vec![("sha256:2", PINNED)]));
    let all = plan(Found { images: images(), ..found() }, true);
    assert_eq!(told(&all), (vec![digest, "sha256:2"], vec![]));
    let containers = vec![container("7", "sha256:1", "running", 0)];
    let used = plan(Found { images: images(), containers, ..found() }, true);
    assert_eq!(told(&used), (vec![], vec![(digest, BY_CONTAINER), ("sha256:2", PINNED)]));
}

#[test]
fn the_lock_on_a_folder_tells_more_than_its_time() {
    let second = Duration::from_secs(1);
    let held = Place { hold: Hold::Held, ..place("held", STILL_READ + second, false) };
    let free = Place { hold: Hold::Free, ..place("free", second, false) };
    let plan = plan(Found { places: vec![held, free], ..found() }, false);
    assert_eq!(told(&plan), (vec!["free"], vec![("held", BY_RUN)]));
}
