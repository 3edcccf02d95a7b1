//! What the keys of `[workspace.metadata.images]` come to in real images: of a workspace of one small program, so that a
//! base takes seconds.

use serde_json::{Value, json};

use crate::engine::{self, docker};
use crate::fixture::Fixture;

/// A program that says what it was compiled with and started with, on stdout.
const SAYS: &str =
    "fn main() {\n    println!(\"fancy {} word {:?}\", cfg!(feature = \"fancy\"), option_env!(\"WORD\"));\n}\n";

/// A workspace that ships `backend`, with these further lines in its table.
fn small(fixture: Fixture, table: &str, main: &str) -> Fixture {
    let copy = &fixture.copy;
    let begin =
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/backend\"]\n\n[profile.release]\nincremental = true\n\n";
    copy.write(
        "Cargo.toml",
        &format!(
            "{begin}[workspace.metadata.images]\nrepository = \"{}\"\nbinaries = [\"backend\"]\n{table}\n",
            fixture.name()
        ),
    );
    let manifest = "[package]\nname = \"backend\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[features]\n\
                    fancy = [\"dep:itoa\"]\n\n[dependencies]\nitoa = { version = \"1\", optional = true }\n";
    copy.write("crates/backend/Cargo.toml", manifest);
    copy.write("crates/backend/src/main.rs", main);
    fixture.codegen();
    fixture
}

/// Another table for the same program.
fn retable(fixture: &Fixture, table: &str) {
    let manifest = fixture.copy.read("Cargo.toml");
    let (begin, _) = manifest.split_once("binaries = ").expect("a table");
    fixture.copy.write("Cargo.toml", &format!("{begin}binaries = [\"backend\"]\n{table}\n"));
    fixture.codegen();
}

fn config(fixture: &Fixture) -> Value {
    engine::image(&fixture.colony()).expect("just built")["Config"].clone()
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_image_runs_as_the_table_says_and_has_its_files() {
    run_as_said(Fixture::cold());
}

/// What runs, and the files that are copied.
pub(crate) fn run_as_said(fixture: Fixture) {
    let table = "args = [\"--port\", \"80\"]\nports = [80, \"53/udp\"]\nuser = \"1234:5\"\nworkdir = \"/srv\"\n\
                 env = { GREETING = \"a $b \\\"c\\\"\" }\ncopy = { \"config/app.toml\" = \"/etc/app/app.toml\", \"static\" = \"/srv/static\" }";
    let main = "fn main() {\n    println!(\"{}\", std::fs::read_to_string(\"/etc/app/app.toml\").expect(\"a file\").trim());\n}\n";
    let fixture = small(fixture, table, main);
    fixture.copy.write("config/app.toml", "level = 1\n");
    fixture.copy.write("static/run.sh", "#!/bin/sh\n");
    fixture.copy.set_mode("static/run.sh", 0o700);
    fixture.build_base();
    fixture.build_colony(&[]);
    let config = config(&fixture);
    assert_eq!(config["Cmd"], json!(["/usr/local/bin/backend", "--port", "80"]));
    assert_eq!(config["ExposedPorts"], json!({ "80/tcp": {}, "53/udp": {} }));
    assert_eq!((config["User"].as_str(), config["WorkingDir"].as_str()), (Some("1234:5"), Some("/srv")));
    let env = config["Env"].as_array().expect("a list");
    assert!(env.contains(&json!("GREETING=a $b \"c\"")), "{env:?}");
    // It answered in the build already, where it read the file too.
    assert_eq!(engine::run_binary(&fixture.colony(), "backend", &[]), "level = 1");
    let root = fixture.copy.root().join("root.tar");
    let root = root.to_str().expect("made by us");
    docker(["export", "--output", root, &fixture.create_container()]);
    let listed = fixture.shell(&format!("tar --list --verbose --utc --file '{root}' etc/app srv/static"), &[]);
    let lines: Vec<&str> = listed.stdout().lines().collect();
    for (mode, end) in
        [("-rw-r--r--", "etc/app/app.toml"), ("-rwxr-xr-x", "srv/static/run.sh"), ("drwxr-xr-x", "etc/app/")]
    {
        let has = |line: &&&str| line.starts_with(mode) && line.contains(" 1970-01-01 00:00 ") && line.ends_with(end);
        assert!(lines.iter().any(|line| has(&line)), "{end}: {lines:?}");
    }

    // Another file is another image, in which nothing was compiled anew; the first file again is the first image.
    let first = fixture.colony_id();
    fixture.copy.write("config/app.toml", "level = 2\n");
    fixture.build_colony(&[]).has_row("backend", "fresh");
    assert_eq!(engine::run_binary(&fixture.colony(), "backend", &[]), "level = 2");
    fixture.copy.write("config/app.toml", "level = 1\n");
    fixture.build_colony(&[]);
    assert_eq!(engine::run_binary(&fixture.colony(), "backend", &[]), "level = 1");
    if engine::store() == crate::store::Store::Classic {
        assert_eq!(fixture.colony_id(), first);
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_program_answers_to_its_own_words_by_either_stream_or_is_not_started() {
    answer(Fixture::cold());
}

/// Programs that answer, and those that do not.
pub(crate) fn answer(fixture: Fixture) {
    let main = "fn main() {\n    match std::env::args().nth(1).as_deref() {\n        Some(\"-V\") => eprintln!(\"here\"),\n        \
                Some(\"-q\") => {}\n        Some(\"-w\") => loop { std::thread::sleep(std::time::Duration::from_secs(9)) },\n        \
                _ => { println!(\"usage\"); eprintln!(\"unknown flag\"); std::process::exit(3) }\n    }\n}\n";
    let fixture = small(fixture, "verify = [\"-V\"]", main);
    fixture.build_base();
    fixture.build_colony(&[]);
    let before = fixture.colony_id();
    let refused = |table: &str, words: &[&str]| {
        retable(&fixture, table);
        let outcome = fixture.try_colony(&[], &[]);
        outcome.exits(1);
        for words in words {
            outcome.says(words);
        }
        assert_eq!(fixture.colony_id(), before, "a failed build must leave the image alone");
    };
    refused("", &["usage\n", "unknown flag\n", "`backend --version` fails in the runtime image, with exit status 3"]);
    refused("verify = [\"-q\"]", &["`backend -q` answers nothing, neither on stdout nor on stderr"]);
    refused("verify = [\"-w\"]", &["`backend -w` did not end within 30 seconds, or was killed"]);
    retable(&fixture, "verify = false");
    fixture.build_colony(&[]);
    retable(&fixture, "");
    fixture.copy.replace("Cargo.toml", "[\"backend\"]", "[{ name = \"backend\", verify = [\"-V\"] }]");
    fixture.codegen();
    fixture.build_colony(&[]);
}

/// A build script that links a library which only the builder has.
const LINKS: &str = r#"use std::process::Command;

fn main() {
    let out = std::env::var("OUT_DIR").expect("set by cargo");
    std::fs::write(format!("{out}/absent.c"), "int absent(void) { return 7; }").expect("write");
    let library = format!("{out}/libabsent.so");
    let call = ["-shared", "-fPIC", "-Wl,-soname,libabsent.so.1", "-o", &library, &format!("{out}/absent.c")];
    assert!(Command::new("cc").args(call).status().expect("start cc").success());
    println!("cargo::rustc-link-search=native={out}");
    println!("cargo::rustc-link-lib=dylib=absent");
}
"#;

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_library_that_the_runtime_image_lacks_is_named_whether_the_program_is_started_or_not() {
    lack_a_library(Fixture::cold());
}

/// A program that cannot be loaded.
pub(crate) fn lack_a_library(fixture: Fixture) {
    let main = "unsafe extern \"C\" {\n    fn absent() -> i32;\n}\n\nfn main() {\n    println!(\"{}\", unsafe { absent() });\n}\n";
    let fixture = small(fixture, "verify = false", main);
    fixture.copy.write("crates/backend/build.rs", LINKS);
    fixture.build_base();
    for table in ["verify = false", ""] {
        retable(&fixture, table);
        let outcome = fixture.try_colony(&[], &[]);
        outcome.exits(1).says("`backend` cannot be loaded in the runtime image: ").says("libabsent.so.1");
        outcome.says("RUNTIME_IMAGE");
        assert_eq!(fixture.colony_id(), None);
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn features_and_variables_of_the_compiler_are_those_of_base_and_colony_alike() {
    let fixture = small(Fixture::cold(), "build-env = [\"WORD\"]", SAYS);
    fixture.build_base();
    fixture.build_colony(&[]);
    assert_eq!(engine::run_binary(&fixture.colony(), "backend", &[]), "fancy false word None");

    retable(&fixture, "build-env = [\"WORD\"]\nfeatures = [\"fancy\"]");
    fixture.try_colony(&[], &[]).exits(4).says("because Docker/Dockerfile.base changed (RUN ").says("--features fancy");
    fixture.build_base();
    fixture.build_colony(&[]);
    assert_eq!(engine::run_binary(&fixture.colony(), "backend", &[]), "fancy true word None");

    let word = |word| [("WORD", word)];
    fixture.try_colony(&[], &word("one")).exits(4).says("because build-env is new");
    for said in ["one", "two"] {
        fixture.xtask(&["build-base", "--no-push"], &word(said)).exits(0);
        fixture.try_colony(&[], &word(said)).exits(0).recompiles_no_dependency();
        let answer = engine::run_binary(&fixture.colony(), "backend", &[]);
        assert_eq!(answer, format!("fancy true word Some(\"{said}\")"));
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn packages_of_the_table_are_in_the_base_and_named_where_they_change() {
    let fixture = small(Fixture::cold(), "", SAYS);
    fixture.build_base();
    retable(&fixture, "packages = { apk = [\"bc\"], apt = [\"bc\"] }");
    let asked = fixture.xtask(&["check-base"], &[]);
    asked
        .exits(4)
        .says("ARG APK_PACKAGES APK_PACKAGES=\"bc\" added")
        .says("ARG APT_PACKAGES APT_PACKAGES=\"bc\" added");
    fixture.build_base();
    let answer = docker(["run", "--rm", "--network", "none", &fixture.base(), "sh", "-c", "echo 6 \\* 7 | bc"]);
    assert_eq!(answer, "42");
    fixture.build_colony(&[]);
}
