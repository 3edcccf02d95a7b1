//! A base that starts from what the last one compiled: it is what one from scratch is, costs its change, and is right
//! whatever came of the builds before it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{self, docker};
use crate::fixture::{Fixture, unique};
use crate::{busybox, chef, layout};

/// What the base build says of where it starts.
const FROM_THE_LAST: &str = "from what the last base compiled";
const FROM_NOTHING: &str = "from scratch: no last base is known";

const MANIFEST: &str =
    "[package]\nname = \"NAME\"\nversion.workspace = true\nedition.workspace = true\n\n[dependencies]\n";

/// Of one with a build script, and two that come alone.
const FIRST: &str = "anyhow = \"1\"\nitoa = \"=1.0.14\"\nmemchr = \"2\"\n";

/// What becomes of it, step by step; with each, what is compiled besides the stubs.
const STEPS: [(&str, &[&str]); 3] = [
    ("anyhow = \"1\"\nitoa = \"=1.0.14\"\nmemchr = \"2\"\ncfg-if = \"1\"\n", &["cfg-if"]),
    ("anyhow = \"1\"\nitoa = \"=1.0.15\"\nmemchr = \"2\"\ncfg-if = \"1\"\n", &["itoa"]),
    ("anyhow = \"1\"\nitoa = \"=1.0.15\"\ncfg-if = \"1\"\n", &[]),
];

/// The shipped members with next to nothing in them, so that a base takes seconds.
fn small(fixture: Fixture) -> Fixture {
    let copy = &fixture.copy;
    let manifest = copy.read("Cargo.toml");
    let members = "members = [\"crates/backend\", \"crates/coordinator\", \"crates/shared\"]";
    let lines = manifest
        .lines()
        .filter(|line| !line.starts_with("default-members"))
        .map(|line| if line.starts_with("members") { members } else { line });
    copy.write("Cargo.toml", &lines.collect::<Vec<_>>().join("\n"));
    for name in ["backend", "coordinator"] {
        let manifest = MANIFEST.replace("NAME", name) + "shared = { path = \"../shared\" }\n";
        copy.write(&format!("crates/{name}/Cargo.toml"), &manifest);
        copy.write(&format!("crates/{name}/src/main.rs"), "fn main() {\n    println!(\"{:?}\", shared::say());\n}\n");
    }
    copy.write("crates/shared/src/lib.rs", "pub fn say() -> anyhow::Result<&'static str> {\n    Ok(\"here\")\n}\n");
    depends_on(&fixture, FIRST);
    // A step that BuildKit remembers from another test would leave nothing in the cache mount of this one.
    copy.append("Docker/seed.sh", &format!("# {}\n", unique()));
    fixture
}

fn depends_on(fixture: &Fixture, dependencies: &str) {
    fixture.copy.write("crates/shared/Cargo.toml", &(MANIFEST.replace("NAME", "shared") + dependencies));
}

/// The dependencies that a base build compiled.
fn compiled(said: &str) -> Vec<&str> {
    let lines = said.lines().filter_map(|line| line.split_once(" Compiling "));
    let mut names: Vec<&str> =
        lines.filter(|(_, what)| !what.contains("(/app/")).filter_map(|(_, what)| what.split(' ').next()).collect();
    names.sort_unstable();
    names
}

/// What the base holds of dependencies: file -> size, and of cargo's fingerprints what they say.
fn held(fixture: &Fixture) -> BTreeMap<String, (u64, String)> {
    let list = "find target /usr/local/cargo/registry/src /usr/local/cargo/registry/cache -type f -exec stat -c '%s - %n' {} +; \
                find target -type f \\( -path '*/.fingerprint/*' -o -path '*/fingerprint/*' \\) -exec sh -c \
                'for file; do echo $(stat -c %s $file) $(sha256sum <$file | cut -c 1-64) $file; done' sh {} +";
    let listed = docker(["run", "--rm", "--network", "none", &fixture.base(), "sh", "-c", list]);
    let lines = listed.lines().map(|line| {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        let &[size, says, path] = words.as_slice() else { panic!("odd line: {line}") };
        (path.to_owned(), (size.parse().expect("a size"), says.to_owned()))
    });
    lines.collect()
}

fn layers(fixture: &Fixture) -> Value {
    engine::image(&fixture.colony()).expect("just built")["RootFS"]["Layers"].clone()
}

fn grow(fixture: &Fixture) {
    fixture.build_base().says(FROM_NOTHING);
    for (dependencies, expected) in STEPS {
        depends_on(fixture, dependencies);
        let outcome = fixture.build_base();
        outcome.says(FROM_THE_LAST);
        assert_eq!(compiled(&outcome.0.stderr), expected, "{}", outcome.0.stderr);
    }
    let grown = held(fixture);
    // Neither what is no longer in the lock file, nor stubs.
    for gone in ["memchr", "itoa-1.0.14", "backend", "coordinator", "shared"] {
        let left: Vec<&String> = grown.keys().filter(|path| path.contains(gone)).collect();
        assert!(left.is_empty(), "{gone} left {left:?}");
    }
    assert!(grown.keys().any(|path| path.ends_with(".rlib") && path.contains("itoa")), "{grown:?}");
    fixture.build_colony(&[]);
    let shipped = layers(fixture);

    let outcome = fixture.xtask(&["build-base", "--no-push", "--from-scratch"], &[]);
    outcome.exits(0).says("from scratch: what the last base compiled is not used");
    assert_eq!(compiled(&outcome.0.stderr), ["anyhow", "cfg-if", "itoa"]);
    let at_once = held(fixture);
    let says = |held: &BTreeMap<String, (u64, String)>| {
        held.iter().map(|(path, (_, says))| (path.clone(), says.clone())).collect::<Vec<_>>()
    };
    assert_eq!(says(&grown), says(&at_once));
    let bytes = |held: &BTreeMap<String, (u64, String)>| held.values().map(|(size, _)| size).sum::<u64>();
    assert!(bytes(&grown) * 20 <= bytes(&at_once) * 21, "{} bytes, {} at once", bytes(&grown), bytes(&at_once));
    fixture.xtask(&["check-base"], &[]).exits(0).prints("current");
    fixture.build_colony(&[]);
    assert_eq!(layers(fixture), shipped);

    // Whichever of the two results BuildKit takes from its cache, nothing is compiled.
    fixture.build_base().never_says(" Compiling ");
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_base_made_in_steps_is_what_one_from_scratch_is_and_each_step_compiles_its_change() {
    grow(&small(Fixture::cold()));
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_base_is_made_in_steps_with_busybox() {
    grow(&small(Fixture::cold().with_chef(busybox::chef())));
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_base_is_made_in_steps_in_the_new_build_layout_of_cargo() {
    grow(&small(Fixture::cold().with_chef(layout::chef())));
}

/// Lines of the script after which it says where it is, and how long it then waits for the kill.
const MOMENTS: [(&str, &str); 3] = [
    ("    cp -a \"$place/last/target\" \"$target\"\n", "the last base is taken"),
    ("cp -a \"$target\" \"$place/new/target\"\n", "the next base is half kept"),
    ("[ ! -e \"$place/last\" ] || mv \"$place/last\" \"$place/old\"\n", "the last base is aside"),
];

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_base_killed_at_any_moment_leaves_the_next_one_right() {
    let fixture = small(Fixture::cold());
    for (line, moment) in MOMENTS {
        fixture.copy.replace("Docker/seed.sh", line, &format!("{line}echo '{moment}'; sleep 1\n"));
    }
    fixture.build_base();
    let said = [" Compiling "].into_iter().chain(MOMENTS.map(|(_, moment)| moment));
    for (number, moment) in said.enumerate() {
        // Different each time, so that cargo runs.
        let level = ["off", "error", "warn", "info"][number];
        depends_on(
            &fixture,
            &format!("{FIRST}log = {{ version = \"0.4\", features = [\"release_max_level_{level}\"] }}\n"),
        );
        let mut build = fixture.start(&["build-base", "--no-push"]);
        assert!(build.says(moment), "the build never said `{moment}`");
        assert!(build.kill(), "the build was over before it was killed at `{moment}`");
        let outcome = fixture.build_base();
        outcome.says(FROM_THE_LAST);
        assert!(!compiled(&outcome.0.stderr).contains(&"anyhow"), "after `{moment}`: {}", outcome.0.stderr);
        fixture.build_colony(&[]);
        let grown = held(&fixture);
        assert!(!grown.keys().any(|path| path.contains("backend")), "after `{moment}`: {grown:?}");
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn nothing_is_taken_from_a_base_of_another_system() {
    let fixture = small(Fixture::cold());
    fixture.build_base();
    let other = chef::variant("RUN echo other >/usr/local/lib/of-no-package\n", &[]);
    let fixture = fixture.with_chef(&other);
    let outcome = fixture.build_base();
    outcome.says("from scratch: the last base was made by another toolchain, system or configuration");
    assert_eq!(compiled(&outcome.0.stderr), ["anyhow", "itoa", "memchr"]);
}
