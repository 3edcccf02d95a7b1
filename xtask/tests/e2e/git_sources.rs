//! Dependencies and patches that come from git repositories: part of the base at their commit, like packages of a registry.
//! One of them wants a secret while it is compiled.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use crate::chef;
use crate::engine::{self, docker, try_docker};
use crate::fixture::Fixture;
use crate::process;
use crate::shape::{Edit, Shape};
use crate::temp_dir::TempDir;

const LIMIT: Duration = Duration::from_secs(60);

const SECRET: &str = "the word that nobody may keep";

/// Of the package that says how long that is.
const BUILD_SCRIPT: &str = r#"fn main() {
    let secret = std::env::var("STONE_TOKEN").expect("the secret");
    println!("cargo::rustc-env=LENGTH={}", secret.len());
}
"#;

/// What it needs of git comes later, since every run has its repositories in another place.
const SHAPE: Shape = Shape {
    name: "git",
    files: &[
        (
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"app\"]\n\n\
             [workspace.metadata.images]\nbinaries = [\"app\"]\nsecrets = [{ id = \"stone\", env = \"STONE_TOKEN\" }]\n",
        ),
        (
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = \"vendored\"\n\n[source.vendored]\ndirectory = \"vendor\"\n",
        ),
        (
            "app/Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nleaf = \"1\"\n",
        ),
        (
            "app/src/main.rs",
            "fn main() {\n    println!(\"app {} {} {}\", stone::WORD, stone::LENGTH, leaf::WORD);\n}\n",
        ),
        ("vendor/leaf/Cargo.toml", "[package]\nname = \"leaf\"\nversion = \"1.0.0\"\nedition = \"2021\"\n"),
        ("vendor/leaf/src/lib.rs", "pub const WORD: &str = \"leaf of the registry\";\n"),
        (
            "vendor/leaf/.cargo-checksum.json",
            "{\"files\":{},\"package\":\"0000000000000000000000000000000000000000000000000000000000000001\"}",
        ),
    ],
    binaries: &[("app", "app stone 29 leaf of git")],
    edit: Edit {
        path: "app/src/main.rs",
        old: "app {}",
        new: "APP {}",
        counts_for: &["app"],
        compiles: &["app"],
        prints: &["APP stone 29 leaf of git"],
    },
    unrelated: "app/README.md",
};

/// Two repositories, each with a package of its name; what cargo fetches of them stays in a home of its own.
struct Repositories(TempDir);

impl Repositories {
    fn make() -> Self {
        let all = Self(TempDir::new("repositories"));
        all.commit("stone", "0.1.0", "stone");
        all.commit("leaf", "1.5.0", "leaf of git");
        all
    }

    fn commit(&self, name: &str, version: &str, word: &str) {
        let folder = self.0.path().join(name);
        fs::create_dir_all(folder.join("src")).expect("make a folder");
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n");
        fs::write(folder.join("Cargo.toml"), manifest).expect("write a file of ours");
        let mut library = format!("pub const WORD: &str = \"{word}\";\n");
        if name == "stone" {
            fs::write(folder.join("build.rs"), BUILD_SCRIPT).expect("write a file of ours");
            library += "pub const LENGTH: &str = env!(\"LENGTH\");\n";
        }
        fs::write(folder.join("src/lib.rs"), library).expect("write a file of ours");
        run(Command::new("git").args(["init", "--quiet", "--initial-branch", "main"]).arg(&folder));
        let git = || {
            let mut git = Command::new("git");
            git.arg("-C").arg(&folder).args(["-c", "user.name=test", "-c", "user.email=test@localhost"]);
            git
        };
        run(git().args(["add", "--all"]));
        run(git().args(["commit", "--quiet", "--message", word]));
    }

    fn url(&self, name: &str) -> String {
        format!("file://{}", self.0.path().join(name).display())
    }

    /// An image with a toolchain that finds them at the same place.
    fn chef(&self) -> String {
        let archive = self.0.path().join("all.tar");
        let place = self.0.path().strip_prefix("/").expect("it is absolute");
        let folders = ["stone", "leaf"].map(|name| place.join(name));
        run(Command::new("tar").args(["-C", "/", "-cf"]).arg(&archive).args(folders));
        chef::variant("ADD all.tar /\n", &[("all.tar", &archive)])
    }

    /// What leads cargo on this machine past the home of whoever runs the tests.
    fn cargo_home(&self) -> String {
        self.0.path().join("cargo").display().to_string()
    }
}

fn run(command: &mut Command) {
    let ended = process::run(command, LIMIT);
    assert!(ended.code == Some(0), "{command:?}: {ended:?}");
}

fn lock(root: &Path, cargo_home: &str) {
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo runs the tests"));
    run(cargo.args(["generate-lockfile", "--quiet"]).current_dir(root).env("CARGO_HOME", cargo_home));
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_dependency_and_a_patch_from_git_are_compiled_in_the_base_alone() {
    engine::require();
    let repositories = Repositories::make();
    let home = repositories.cargo_home();
    let fixture = Fixture::of(&SHAPE).with_chef(&repositories.chef());
    fixture.copy.append("app/Cargo.toml", &format!("stone = {{ git = \"{}\" }}\n", repositories.url("stone")));
    let patch = format!("\n[patch.crates-io]\nleaf = {{ git = \"{}\" }}\n", repositories.url("leaf"));
    fixture.copy.append("Cargo.toml", &patch);
    lock(fixture.copy.root(), &home);
    let env = [("CARGO_HOME", home.as_str()), ("STONE_TOKEN", SECRET)];
    fixture.xtask(&["build-base", "--no-push"], &env).exits(0).never_says(SECRET);
    // What the base was made of is all that the colony needs, and only the base gets to see it.
    let env = &env[..1];
    let build = |fixture: &Fixture| fixture.xtask(&["build-colony", "--no-push"], env);
    build(&fixture).exits(0).recompiles_no_dependency();
    let answer = |fixture: &Fixture| engine::run_binary(&fixture.colony(), "app", &[]).trim().to_owned();
    assert_eq!(answer(&fixture), SHAPE.binaries[0].1);
    keeps_no_secret(&fixture);

    fixture.copy.replace(SHAPE.edit.path, SHAPE.edit.old, SHAPE.edit.new);
    fixture.xtask(&["check-base"], env).exits(0).prints("current");
    build(&fixture).exits(0).recompiles_no_dependency().compiles(SHAPE.edit.compiles);
    assert_eq!(answer(&fixture), SHAPE.edit.prints[0]);

    // Another commit is another base, which the lock file alone says.
    repositories.commit("stone", "0.1.1", "harder stone");
    lock(fixture.copy.root(), &home);
    fixture.xtask(&["check-base"], env).exits(4).says("Cargo.lock changed (stone 0.1.0");
}

/// Neither in what the engine keeps of the base, nor in what we wrote.
#[track_caller]
fn keeps_no_secret(fixture: &Fixture) {
    let base = fixture.base();
    for told in [docker(["image", "inspect", &base]), docker(["history", "--no-trunc", &base])] {
        assert!(!told.contains(SECRET), "{told}");
    }
    let search = |word: &str| {
        let grep = ["run", "--rm", "--network", "none", &base, "grep", "--recursive", "--files-with-matches", word];
        try_docker(grep.into_iter().chain(["/app", "/usr/local/cargo", "/root"]))
    };
    let ended = search(SECRET);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    // Were it there, it would be found.
    assert_eq!(search("leaf of git").code, Some(0));
    let mut grep = Command::new("grep");
    grep.args(["--recursive", "--files-with-matches", SECRET]).arg(fixture.copy.root());
    let ended = process::run(&mut grep, LIMIT);
    assert_eq!(ended.code, Some(1), "{ended:?}");
}
