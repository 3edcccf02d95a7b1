//! Why some things are done as they are done: with the usual form in their place the same steps go wrong. Each test
//! looks at both, so that it cannot pass by a scene in which nothing ever goes wrong.

use std::fs;

use crate::copy::Stamp;
use crate::engine::{self, docker};
use crate::fixture::{Fixture, unique};
use crate::marks::{self, path};
use crate::temp_dir::TempDir;

/// The marks of backend and coordinator: an edit and its undoing, while the other binary changes each time.
const EDIT_AND_UNDO: [[&str; 3]; 3] = [["one", "c-1", "none"], ["two", "c-2", "none"], ["one", "c-3", "none"]];

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn an_undone_edit_ships_where_a_plain_cache_mount_ships_the_other_binary() {
    assert_eq!(backends_shipped(&Fixture::new()), ["one", "two", "one"]);

    let plain = Fixture::cold();
    without_ledger(&plain);
    let (guard, no_guard) = ("    [ \"$sources\" != these ] || continue\n", "    continue\n");
    plain.copy.replace("Docker/compile.sh", guard, no_guard);
    // Were this right one day, the ledger would be needless.
    assert_eq!(backends_shipped(&plain), ["one", "two", "two"]);

    // With the guard, the wrong binary does not get into an image.
    plain.copy.replace("Docker/compile.sh", no_guard, guard);
    plain.mark("backend", "three");
    plain.copy.replace("Docker/compile.sh", "cp -p /plain/backend.rs crates/backend/src/mark.rs\n", "");
    let before = plain.colony_id();
    let outcome = plain.try_colony(&[], &[]);
    outcome.exits(1).says("`backend` was not compiled from these sources: cargo took a stub of it, or an older state");
    assert_eq!(plain.colony_id(), before);
}

/// The usual form: COPY brings the marks with the times that they have, and cargo makes of them what it likes.
fn without_ledger(fixture: &Fixture) {
    let copy = &fixture.copy;
    // The layers of an earlier run of this test have older times still.
    let unique = "crates/never-seen-before.txt";
    copy.append("Docker/Dockerfile.dockerignore", &format!("!{unique}\n"));
    let (mut copies, mut puts) = (format!("COPY {unique} /plain/\n"), String::new());
    for member in ["backend", "coordinator"] {
        let marked = path(member);
        copy.append("Docker/Dockerfile.dockerignore", &format!("!{marked}\n"));
        copies += &format!("COPY {marked} /plain/{member}.rs\n");
        puts += &format!("cp -p /plain/{member}.rs {marked}\n");
    }
    copy.replace("Docker/Dockerfile", "FROM base AS builder\n", &format!("FROM base AS builder\n{copies}"));
    copy.replace("Docker/compile.sh", ": >\"$unfinished\"\n", &format!("{puts}: >\"$unfinished\"\n"));
    copy.replace("Docker/compile.sh", "set_times \"$future\" \"$folder\"\n", "true\n");
}

/// What the backend of each image says, edit by edit.
fn backends_shipped(fixture: &Fixture) -> [String; 3] {
    marks::install(&fixture.copy);
    fixture.build_base();
    EDIT_AND_UNDO.map(|state| {
        for (member, mark) in marks::MEMBERS.into_iter().zip(state) {
            marks::set(&fixture.copy, member, mark, Stamp::Now);
        }
        fixture.try_colony(&[], &[]).exits(0);
        let [backend, coordinator] = marks::shown(&fixture.colony());
        assert_eq!(coordinator.own, state[1], "the other binary is right in either form");
        backend.own
    })
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_base_stripped_with_new_times_makes_the_colony_compile_every_dependency_again() {
    let ours = Fixture::cold();
    ours.build_base();
    ours.build_colony(&[]);

    let plain = Fixture::cold();
    let kept = "strip -p --strip-debug";
    assert!(plain.copy.read("Docker/seed.sh").contains(kept), "the base is not stripped with its times kept");
    // Behind the instructions of the real one, so that the dependencies need not be compiled once more for this.
    let strip = "\nRUN find target/release -name '*.rlib' -exec strip --strip-debug {} +\n";
    plain.copy.append("Docker/Dockerfile.base", strip);
    plain.build_base();
    let told = plain.try_colony(&[], &[]);
    told.exits(0).says("[WARNING]").says("dependencies were compiled anew").says("cargo xtask build-base");
    let again = told.row("dependencies").expect("cargo ran");
    assert!(!again.starts_with("0 of "), "{again}");
}

/// The usual form of a context that may be missing is an empty stage of its name. To BuildKit a copy from that is the same
/// step as one from any context, so that a base without sources of dependencies would have those of another workspace. It
/// never forgets that: what follows on such a copy is wrong also where the context is no longer missing, so none follows.
#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn sources_of_dependencies_are_this_workspaces_where_an_empty_stage_ships_those_of_another_one() {
    const EMPTY_STAGE: &str = "FROM scratch AS supply\n";
    const SUPPLY: &str = "COPY --from=supply / /supply/\n";
    const LAYER: &str = "COPY --from=builder / /\n";
    let fixture = Fixture::new();
    for dockerfile in ["Docker/Dockerfile", "Docker/Dockerfile.base"] {
        assert!(!fixture.copy.read(dockerfile).contains("FROM scratch"), "{dockerfile} has an empty stage");
    }
    let base = fixture.copy.read("Docker/Dockerfile.base");
    assert_eq!(base.lines().last(), Some("COPY --link --from=supply / /supply/"), "something follows on the copy");

    let engine = Contexts::new();
    // Were this right one day, an empty stage would do.
    let before = engine.shipped([EMPTY_STAGE, "", SUPPLY, LAYER], [Some("one"), None, Some("other"), None]);
    assert_eq!(before, ["one", "one", "other", "other"]);
    let between = engine.shipped(["", "", SUPPLY, LAYER], [Some("one"), Some("other"), Some("")]);
    assert_eq!(between, ["other", "other", ""]);
    let now = engine.shipped(["", LAYER, SUPPLY, ""], [Some("one"), Some("other"), Some("")]);
    assert_eq!(now, ["one", "other", ""]);
}

/// Builds of one start, of which nothing was built before.
struct Contexts {
    dir: TempDir,
}

impl Contexts {
    fn new() -> Self {
        let dir = TempDir::new("supplied");
        fs::write(dir.path().join("start"), unique()).expect("write a file");
        fs::create_dir(dir.path().join("layer")).expect("make a context");
        fs::write(dir.path().join("layer/dependency"), "").expect("write a file");
        Self { dir }
    }

    /// What an image of these instructions has of `supply`, build by build, each with a context of this one file, with an
    /// empty one, or with none. The first instruction stands before all others.
    fn shipped<const N: usize>(&self, instructions: [&str; 4], builds: [Option<&str>; N]) -> [String; N] {
        let [stage, before, copy, behind] = instructions;
        let at = |path: &str| self.dir.path().join(path).display().to_string();
        let dockerfile = format!("{stage}FROM scratch AS start\nCOPY start /\nFROM start\n{before}{copy}{behind}");
        fs::write(at("Dockerfile"), dockerfile).expect("write the Dockerfile");
        let (builder, layer) = (engine::builder(), format!("builder={}", at("layer")));
        builds.map(|file| {
            let out = at(&unique());
            let (output, context) = (format!("type=local,dest={out}"), format!("supply={out}-supply"));
            let mut call = vec!["buildx", "build", "--builder", &builder, "--quiet", "--output", &output];
            call.extend(["--build-context", &layer]);
            if let Some(name) = file {
                fs::create_dir(format!("{out}-supply")).expect("make a context");
                if !name.is_empty() {
                    fs::write(format!("{out}-supply/{name}"), name).expect("write a file");
                }
                call.extend(["--build-context", &context]);
            }
            let place = at("");
            docker(call.into_iter().chain([place.as_str()]));
            let names = fs::read_dir(format!("{out}/supply")).expect("list what is shipped");
            names.map(|entry| entry.expect("a file").file_name().into_string().expect("text")).collect()
        })
    }
}
