//! `cargo xtask clean` takes what is of its workspace and nothing else, and superseded images do not pile up.

use serde_json::Value;

use crate::engine::{self, docker};
use crate::fixture::{Fixture, unique};

const LABEL: &str = "io.distributed-colony.inputs";
const WORKSPACE: &str = "io.distributed-colony.workspace";

/// As many superseded images as stay, and those of the builds until the next one that looks for them.
const MOST: usize = 12;

/// IDs of the images without a name that bear the label.
fn nameless(label: &str) -> Vec<String> {
    let filter = format!("label={label}");
    let list = ["image", "ls", "--no-trunc", "--quiet", "--filter", "dangling=true", "--filter", &filter];
    docker(list).lines().map(str::to_owned).collect()
}

fn has_mount(name: &str) -> bool {
    docker(["buildx", "du", "--builder", &engine::builder(), "--verbose"]).contains(&format!("with id \"/{name}\""))
}

/// Runs it and gives its JSON.
fn clean(fixture: &Fixture) -> Value {
    let outcome = fixture.xtask(&["clean", "--json"], &[]);
    serde_json::from_str(&outcome.exits(0).0.stdout).expect("a line of JSON")
}

/// The names of one kind in `removed` or `kept`.
fn names<'a>(told: &'a Value, list: &str, kind: &str) -> Vec<&'a str> {
    let items = told[list].as_array().expect("a list").iter().filter(|item| item["kind"] == kind);
    items.map(|item| item["name"].as_str().expect("a name")).collect()
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn what_is_ours_and_not_in_use_goes_and_what_others_have_stays() {
    let fixture = Fixture::cold().with_marks();
    let mut superseded = Vec::new();
    for edit in ["one", "two", "three"] {
        fixture.mark("backend", edit);
        fixture.build_colony(&[]);
        superseded.extend(fixture.colony_id());
        if edit == "two" {
            fixture.start_container(&[], &[]);
        }
    }
    superseded.pop();
    // An image without a name and a cache mount, of another project. BuildKit takes a step for the same whatever its mounts
    // are called, so the command has to be another one than in an earlier run of this test.
    let theirs = unique();
    let dockerfile = format!(
        "FROM {}\\nLABEL {theirs}=1\\nRUN --network=none --mount=type=cache,id={theirs},target=/t echo {theirs} >/t/file\\n",
        engine::chef_image()
    );
    let build = format!("printf '{dockerfile}' | docker buildx build --builder {} --quiet -", engine::builder());
    fixture.shell(&build, &[]).exits(0);
    let [ours, seed] = fixture.mounts();
    assert_eq!((has_mount(&ours), has_mount(&theirs), nameless(&theirs).len()), (true, true, 1));

    fixture.xtask(&["clean", "--dry-run"], &[]).exits(0);
    assert!(has_mount(&ours) && superseded.iter().all(|id| nameless(LABEL).contains(id)));
    let told = clean(&fixture);

    assert!(names(&told, "removed", "superseded-image").contains(&superseded[0].as_str()), "{told}");
    assert!(names(&told, "kept", "superseded-image").contains(&superseded[1].as_str()), "{told}");
    // The mount of the base build is there only if that ran; BuildKit may have known its steps.
    let mut mounts = names(&told, "removed", "cache-mount");
    mounts.retain(|mount| *mount != seed);
    assert_eq!((mounts, has_mount(&seed)), (vec![ours.as_str()], false));
    assert!(told["freed"].as_u64().is_some_and(|bytes| bytes > 1_000_000), "{told}");
    assert_eq!(superseded.iter().map(|id| engine::image(id).is_some()).collect::<Vec<_>>(), [false, true]);
    assert!(!has_mount(&ours) && has_mount(&theirs));
    assert_eq!(nameless(&theirs).len(), 1);
    assert!(engine::image(&fixture.base()).is_some() && fixture.colony_id().is_some());

    // The next build finds its way.
    fixture.mark("backend", "four");
    fixture.build_colony(&[]).says("seeded anew from the base");
    for image in nameless(&theirs) {
        docker(["image", "rm", &image]);
    }
    engine::drop_caches(|mount| mount == theirs);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn of_two_workspaces_neither_takes_what_is_the_others() {
    let [one, other] = [Fixture::cold().with_marks(), Fixture::cold().with_marks()];
    let mut superseded = Vec::new();
    for fixture in [&one, &other] {
        fixture.mark("backend", "first");
        fixture.build_colony(&[]);
        superseded.extend(fixture.colony_id());
        fixture.mark("backend", "second");
        fixture.build_colony(&[]);
    }
    // A name by flag makes nobody's image ours.
    let (repository, tag) = one.colony().rsplit_once(':').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("a tag");
    let before = one.colony_id();
    let flags = ["--repository", &repository, "--tag", &tag];
    other.try_colony(&flags, &[]).exits(3).says(&format!("is of another workspace, `{}`", one.name()));
    assert_eq!(one.colony_id(), before);

    let told = clean(&one);
    assert!(names(&told, "removed", "superseded-image").contains(&superseded[0].as_str()), "{told}");
    assert!(!told.to_string().contains(&superseded[1]) && !told.to_string().contains(other.name()), "{told}");
    assert_eq!(superseded.iter().map(|id| engine::image(id).is_some()).collect::<Vec<_>>(), [false, true]);
    let [[gone, _], [kept, _]] = [&one, &other].map(Fixture::mounts);
    assert!(!has_mount(&gone) && has_mount(&kept));
    // It finds its warm target directory, and the first state again.
    other.mark("backend", "third");
    other.build_colony(&[]).never_says("seeded anew from the base");
    other.restore_mark("backend", "first");
    other.build_colony(&[]).compiles_nothing();
    assert_eq!(other.colony_id().as_ref(), Some(&superseded[1]));
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn superseded_images_do_not_pile_up_and_an_undone_edit_gives_the_same_image() {
    let fixture = Fixture::new().with_marks();
    fixture.build_colony(&[]);
    clean(&fixture);
    let mut ids = Vec::new();
    let mounts = engine::mounts();
    for edit in 0..MOST + 3 {
        fixture.mark("backend", &format!("edit-{edit}"));
        fixture.build_colony(&[]).never_says("superseded");
        ids.push(fixture.colony_id().expect("just built"));
    }
    assert_eq!(engine::mounts(), mounts, "a build leaves a mount behind, which makes every later one slower");
    // Bases are of the workspace too.
    let mut standing = nameless(&format!("{WORKSPACE}={}", fixture.name()));
    standing.retain(|id| nameless(LABEL).contains(id));
    assert!(standing.len() <= MOST, "{standing:?}");
    assert!(!standing.contains(&ids[0]), "the oldest goes first");
    let last = ids.len() - 1;
    fixture.restore_mark("backend", &format!("edit-{}", last - 2));
    fixture.build_colony(&[]).compiles_nothing();
    assert_eq!(fixture.colony_id().as_ref(), Some(&ids[last - 2]));
}
