//! Builds that are killed, and builds at the same time: the next image is right all the same.

use crate::fixture::Fixture;
use crate::marks::{self, path, source};
use crate::outcome::Outcome;

/// What BuildKit says on stderr at different moments of a build, and whether the same sources are built again after it
/// was killed there, in place of those from before.
const MOMENTS: [(&str, bool); 5] = [
    ("sh /run/colony/compile.sh", true),
    ("Compiling shared", true),
    ("Compiling shared", false),
    ("Compiling coordinator", false),
    ("exporting to image", false),
];

/// How often a build is started to be killed at one moment. The last moment is short before the end: a build may be
/// over before the kill arrives, and then nothing was tested.
const ATTEMPTS: usize = 5;

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_build_killed_at_any_moment_leaves_the_next_one_right() {
    kill_at_any_moment(&Fixture::new().with_marks());
}

/// Builds that are killed by the one who started them.
pub(crate) fn kill_at_any_moment(fixture: &Fixture) {
    let mut marks = ["none".to_owned(), "none".to_owned(), "keep".to_owned()];
    let lay = |marks: &[String; 3]| {
        for (member, mark) in marks::MEMBERS.into_iter().zip(marks) {
            fixture.restore_mark(member, mark);
        }
    };
    lay(&marks);
    fixture.build_colony(&[]);
    for (number, (moment, again)) in MOMENTS.into_iter().enumerate() {
        let lost = (0..ATTEMPTS).find_map(|attempt| {
            // Different each time, so that cargo runs.
            let lost = ["b", "c", "s"].map(|member| format!("{member}-{number}-{attempt}"));
            lay(&lost);
            let mut build = fixture.start(&["build-colony", "--no-push"]);
            assert!(build.says(moment), "the build never said `{moment}`");
            build.kill().then_some(lost)
        });
        let lost = lost.unwrap_or_else(|| panic!("no build was still running when it was killed at `{moment}`"));
        if again {
            marks = lost;
        } else {
            // Different from everything so far, so that cargo runs.
            marks[1] = format!("next-{number}");
        }
        lay(&marks);
        fixture.build_colony(&[]);
        fixture.ships(marks.each_ref().map(String::as_str));
    }
}

/// A build script that, told by a file, kills the cargo that runs it: by then other members are compiled.
const KILLER: &str = r#"//! Kills cargo, if told so.

fn main() {
    println!("cargo::rerun-if-changed=kill.txt");
    if std::fs::read_to_string("kill.txt").expect("a text") == "yes" {
        std::thread::sleep(std::time::Duration::from_secs(2));
        let cargo = std::os::unix::process::parent_id().to_string();
        std::process::Command::new("sh").args(["-c", "kill -9 $0", &cargo]).status().expect("a shell");
    }
}
"#;

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_cargo_killed_in_the_middle_leaves_the_next_build_right() {
    kill_cargo(&Fixture::new().with_marks());
}

/// A build whose cargo is killed.
pub(crate) fn kill_cargo(fixture: &Fixture) {
    fixture.copy.write("crates/coordinator/build.rs", KILLER);
    fixture.copy.write("crates/coordinator/kill.txt", "no!");
    fixture.mark("shared", "keep");
    fixture.build_colony(&["--allow-stale-base"]);
    let before = fixture.colony_id();

    fixture.copy.write("crates/coordinator/kill.txt", "yes");
    fixture.mark("shared", "lost");
    fixture.mark("backend", "lost");
    fixture.try_colony(&["--allow-stale-base"], &[]).exits(1).says("Compiling shared");
    assert_eq!(fixture.colony_id(), before);

    fixture.copy.write("crates/coordinator/kill.txt", "no?");
    fixture.restore_mark("shared", "keep");
    fixture.restore_mark("backend", "none");
    fixture.build_colony(&["--allow-stale-base"]);
    fixture.ships(["none", "none", "keep"]);
}

/// A build script that, told by a file, leaves a watcher behind: as soon as rustc has written some of the intermediate
/// code of the crate, it kills everything.
const WATCHER: &str = r#"//! Kills the compiler in the middle of its work, if told so.

use std::process::{Command, Stdio};

const WATCH: &str = "
touch /tmp/begun
until [ $(find $CARGO_TARGET_DIR/release/incremental/coordinator-* -path '*-working/*.bc' -newer /tmp/begun | wc -l) -ge 4 ]
do :
done
kill -9 -1
";

fn main() {
    println!("cargo::rerun-if-changed=kill.txt");
    if std::fs::read_to_string("kill.txt").expect("a text") == "yes" {
        let mut watch = Command::new("sh");
        watch.args(["-c", WATCH]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        watch.spawn().expect("a shell");
    }
}
"#;

/// A mark in a module that takes long to compile, with others like it: rustc takes the largest first.
fn lay_bulk(fixture: &Fixture, mark: &str) {
    let salt: u64 = mark.bytes().map(u64::from).sum();
    let function = |seed: u64| {
        let lines = (0..1200).map(|line| {
            let number = (seed * 1200 + line + salt) * 0x9e37_79b9;
            format!("    let x = x.rotate_left({}) ^ x.wrapping_mul({number}).wrapping_add({line});\n", number % 63)
        });
        format!("/// Nothing of use.\npub fn bulk(x: u64) -> u64 {{\n{}    x\n}}\n", lines.collect::<String>())
    };
    let mut calls = "bulk(x)".to_owned();
    let mut modules = String::new();
    for number in 1..=12 {
        fixture.copy.write(
            &format!("crates/coordinator/src/mark/bulk{number}.rs"),
            &("//! Bulk.\n\n".to_owned() + &function(number)),
        );
        calls += &format!(" ^ bulk{number}::bulk(x)");
        modules += &format!("mod bulk{number};\n");
    }
    let own = format!(
        "//! A mark.\n\n{modules}\n/// Its name.\npub fn mark() -> &'static str {{\n    let x = std::process::id().into();\n    \
         if {calls} == 42 {{ \"chance\" }} else {{ \"{mark}\" }}\n}}\n\n"
    );
    fixture.copy.write(&path("coordinator"), &(own + &function(0) + &function(77).replace("fn bulk", "fn more")));
}

/// What rustc leaves then is spoilt: <https://github.com/rust-lang/rust/pull/159287>.
#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_compiler_killed_in_the_middle_leaves_the_next_build_right() {
    kill_the_compiler(&Fixture::new().with_marks());
}

/// A build whose rustc is killed while it writes.
pub(crate) fn kill_the_compiler(fixture: &Fixture) {
    fixture.copy.write("crates/coordinator/build.rs", WATCHER);
    fixture.copy.write("crates/coordinator/kill.txt", "no!");
    lay_bulk(fixture, "none");
    fixture.build_colony(&["--allow-stale-base"]);

    fixture.copy.write("crates/coordinator/kill.txt", "yes");
    lay_bulk(fixture, "lost");
    fixture.try_colony(&["--allow-stale-base"], &[]).exits(1).says("Compiling coordinator");

    fixture.copy.write("crates/coordinator/kill.txt", "no?");
    lay_bulk(fixture, "none");
    fixture.build_colony(&["--allow-stale-base"]);
    fixture.ships(["none", "none", "none"]);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn two_copies_built_at_the_same_time_in_one_target_directory_are_both_right() {
    let fixtures = [Fixture::new().with_marks(), Fixture::new().with_marks()];
    for round in ["one", "two", "six"] {
        let marks = ["left", "rite"].map(|side| format!("{side}-{round}"));
        for (fixture, mark) in fixtures.iter().zip(&marks) {
            marks::MEMBERS.iter().for_each(|member| fixture.restore_mark(member, mark));
        }
        let builds = [0, 1].map(|number| fixtures[number].start(&["build-colony", "--no-push"]));
        for build in builds {
            Outcome(build.end()).exits(0).recompiles_no_dependency();
        }
        for (fixture, mark) in fixtures.iter().zip(&marks) {
            fixture.ships([mark; 3]);
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn one_copy_built_twice_at_the_same_time_is_right() {
    let fixture = Fixture::new().with_marks();
    for round in ["one", "two"] {
        fixture.copy.write(&path("backend"), &source(round));
        let builds = [(); 2].map(|()| fixture.start(&["build-colony", "--no-push"]));
        for build in builds {
            Outcome(build.end()).exits(0);
        }
        fixture.ships([round, "none", "none"]);
    }
}
