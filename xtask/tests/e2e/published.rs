//! Programs that nobody here wrote, from the crates registry to an image that answers, with no file edited by hand.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::engine;
use crate::process;
use crate::temp_dir::TempDir;

/// Long enough to compile a few hundred packages on a small machine.
const LIMIT: Duration = Duration::from_secs(45 * 60);

/// What is fetched, and what its image has to answer.
struct Program {
    /// Words for `published.sh` behind the folder.
    package: &'static [&'static str],
    /// What the copy is called, where there is another `xtask` already.
    name: Option<&'static str>,
    /// Repository of the image.
    image: &'static str,
    /// A call in the image, and how its answer begins.
    call: &'static [&'static str],
    answer: &'static str,
}

/// A root package with members, as its repository has them.
const RIPGREP: Program = Program {
    package: &[
        "ripgrep",
        "14.1.1",
        "crates/globset",
        "globset",
        "crates/grep",
        "grep",
        "crates/cli",
        "grep-cli",
        "crates/matcher",
        "grep-matcher",
        "crates/pcre2",
        "grep-pcre2",
        "crates/printer",
        "grep-printer",
        "crates/regex",
        "grep-regex",
        "crates/searcher",
        "grep-searcher",
        "crates/ignore",
        "ignore",
    ],
    name: None,
    image: "ripgrep",
    call: &["/usr/local/bin/rg", "--version"],
    answer: "ripgrep 14.1.1",
};

/// Brings a library in C, and has an alias `xtask` of its own.
const OXIPNG: Program = Program {
    package: &["oxipng", "9.1.5"],
    name: Some("images"),
    image: "oxipng",
    call: &["/usr/local/bin/oxipng", "--version"],
    answer: "oxipng 9.1.5",
};

/// An asynchronous server.
const BORE: Program = Program {
    package: &["bore-cli", "0.5.3"],
    name: None,
    image: "bore-cli",
    call: &["/usr/local/bin/bore", "--version"],
    answer: "bore-cli 0.5.3",
};

fn run(program: &str, args: &[&str], folder: &Path) -> String {
    let ended = process::run(engine::command(program).args(args).current_dir(folder), LIMIT);
    assert!(ended.code == Some(0), "{program} {args:?}: {ended:?}");
    ended.stdout
}

fn is_adopted_and_answers(program: &Program) {
    engine::require();
    let place = TempDir::new(program.image);
    let folder = place.path().join("workspace");
    let path = folder.to_str().expect("UTF-8");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/published.sh");
    run(script, &[&[path], program.package].concat(), place.path());
    let name = program.name.map(|name| ["--name", name]);
    let mut adopt = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let adopt = process::run(adopt.args(["adopt", path]).args(name.into_iter().flatten()), LIMIT);
    assert!(adopt.code == Some(0), "{adopt:?}");
    // As it is printed.
    let build = format!("cargo {} build", program.name.unwrap_or("xtask"));
    for line in adopt.stdout.lines().filter(|line| line.starts_with(&build)) {
        run("cargo", &line.split(' ').skip(1).collect::<Vec<_>>(), &folder);
    }
    let image = format!("{}:latest", program.image);
    let answer = engine::docker([&["run", "--rm", &image], program.call].concat());
    engine::docker(["image", "rm", &image, &format!("{}-base:latest", program.image)]);
    assert!(answer.starts_with(program.answer), "{answer}");
}

#[test]
#[ignore = "needs a Docker engine and the crates registry: cargo xtask ci"]
fn a_root_package_with_members_is_adopted() {
    is_adopted_and_answers(&RIPGREP);
}

#[test]
#[ignore = "needs a Docker engine and the crates registry: cargo xtask ci"]
fn a_program_with_a_library_in_c_is_adopted() {
    is_adopted_and_answers(&OXIPNG);
}

#[test]
#[ignore = "needs a Docker engine and the crates registry: cargo xtask ci"]
fn an_asynchronous_server_is_adopted() {
    is_adopted_and_answers(&BORE);
}
