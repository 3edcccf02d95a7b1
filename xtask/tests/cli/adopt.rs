//! `adopt` on small packages and workspaces beside the one that it is run from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::answer::Answer;
use crate::outcome::Outcome;
use crate::support::Fixture;
use crate::temp_dir::TempDir;
use crate::workspace::Workspace;

pub(crate) const MANIFEST: &str =
    "# Mine.\n[package]\nname = \"My_App\" # so\nversion = \"0.1.0\"\nedition = \"2021\"\n";

/// Another workspace, in a folder of its own.
pub(crate) struct Other(TempDir);

impl Other {
    pub(crate) fn new<const N: usize>(files: [(&str, &str); N]) -> Self {
        let other = Self(TempDir::new("other"));
        files.iter().for_each(|(path, text)| other.write(path, text));
        other
    }

    /// A lone package with a program.
    pub(crate) fn package() -> Self {
        Self::new([("Cargo.toml", MANIFEST), ("src/main.rs", "fn main() {}\n")])
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("make a folder");
        fs::write(path, text).expect("write a file");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap_or_else(|error| panic!("read {path}: {error}"))
    }

    /// All files with their contents.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.root().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).expect("list a folder") {
                let path = entry.expect("list a folder").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.insert(path.clone(), fs::read(&path).expect("read a file"));
                }
            }
        }
        found
    }
}

/// A repository of the program that is quickly copied.
pub(crate) fn home() -> Workspace {
    let home = Workspace::new();
    let package = "[package]\nname = \"xtask\"\nversion = \"0.1.0\"\nedition = \"2024\"\nautotests = false\n";
    home.write("xtask/Cargo.toml", &format!("{package}\n[features]\nhome = []\n\n[dependencies]\nprobe = \"1\"\n"));
    home.write("xtask/src/main.rs", "#[cfg(feature = \"home\")]\nmod bench;\nmod up;\n\nfn main() {}\n");
    home.write("xtask/src/bench.rs", "");
    home.write("xtask/src/up.rs", "//! Starts it by `cargo xtask up`.\n");
    home.append("Cargo.toml", "\n# Said of sums.\n[profile.dev.package.probe]\nopt-level = 3\n");
    home
}

pub(crate) fn adopt<'a>(home: &'a Workspace, other: &Other, flags: &[&str]) -> Fixture<'a> {
    let path = other.root().to_str().expect("UTF-8");
    Fixture::new(home).xtask(["adopt", path].iter().chain(flags))
}

/// Where git says that these files are not committed.
pub(crate) fn with_git<'a>(fixture: Fixture<'a>, other: &Other, dirty: &[&str]) -> Fixture<'a> {
    fs::create_dir_all(other.root().join(".git")).expect("make a folder");
    let status: String = dirty.iter().map(|path| format!("?? {path}\0")).collect();
    let fixture = fixture.with("git").background(["git", "rev-parse", "--show-prefix"], Answer::stdout("\n"));
    let fixture = fixture.background(["git", "check-ignore"], Answer::fails(1, ""));
    fixture.background(["git", "--no-optional-locks", "status"], Answer::stdout(status))
}

/// Ends before anything is changed.
pub(crate) fn refused(other: &Other, fixture: Fixture<'_>, code: i32) -> Outcome {
    let before = other.files();
    let outcome = fixture.run();
    outcome.exits(code).prints("");
    assert!(other.files() == before, "something was changed");
    outcome
}

#[test]
fn a_lone_package_gets_all_that_it_needs() {
    let (home, other) = (home(), Other::package());
    let outcome = adopt(&home, &other, &[]).run();
    let root = other.root().display().to_string();
    let next = "cargo xtask doctor\ncargo xtask build-base --no-push\ncargo xtask build-colony --no-push\n";
    outcome.exits(0).prints(&format!("cd {root}\n{next}")).says("Cargo.toml: My_App");
    let manifest = other.read("Cargo.toml");
    assert!(manifest.starts_with(MANIFEST), "{manifest}");
    let table = "[workspace.metadata.images]\nbinaries = [\"My_App\"]\nrepository = \"my_app\"\n";
    for part in ["[workspace]\nmembers = [\"xtask\"]\n", table, "# Said of sums.\n[profile.dev.package.probe]\n"] {
        assert!(manifest.contains(part), "{part:?} in:\n{manifest}");
    }
    assert_eq!(other.read(".cargo/config.toml"), "[alias]\nxtask = \"run --package xtask --bin xtask --\"\n");
    assert_eq!(other.read("xtask/src/main.rs"), "mod up;\n\nfn main() {}\n");
    assert!(!other.root().join("xtask/src/bench.rs").exists());
    assert_eq!(other.read("Docker/compile.sh"), home.read("Docker/compile.sh"));
    assert!(other.read("Docker/Dockerfile").contains("COPY --link --from=builder /out/My_App/ /\n"));
    assert!(other.read("Cargo.lock").contains("name = \"probe\""));
    let before = other.files();
    adopt(&home, &other, &[]).run().exits(0).says("is up to date");
    assert!(other.files() == before, "the second time something was changed");
}

#[test]
fn a_dry_run_shows_the_diff_and_changes_nothing() {
    let (home, other) = (home(), Other::package());
    let diff = "diff --git a/Cargo.toml b/Cargo.toml\n+x";
    let call = ["git", "diff", "--no-index"];
    let fixture = with_git(adopt(&home, &other, &["--dry-run"]), &other, &[]);
    let before = other.files();
    let outcome = fixture.answer(call, Answer::fails(1, "").printing(diff)).run();
    outcome.exits(0).prints(&format!("{diff}\n")).says("would be written: Docker/compile.sh");
    assert!(other.files() == before, "something was changed");
}

#[test]
fn the_result_can_be_json() {
    let (home, other) = (home(), Other::package());
    let outcome = adopt(&home, &other, &["--json"]).run();
    outcome.exits(0);
    let result: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(result["root"], other.root().display().to_string());
    assert_eq!((&result["name"], &result["binaries"][0]), (&"xtask".into(), &"My_App".into()));
    assert!(result["written"].as_array().expect("a list").contains(&"Docker/Dockerfile".into()));
    assert_eq!(result["next"][1], "cargo xtask build-base --no-push");
}

#[test]
fn uncommitted_changes_are_refused_unless_allowed() {
    let (home, other) = (home(), Other::package());
    let fixture = with_git(adopt(&home, &other, &[]), &other, &["src/main.rs"]);
    let outcome = refused(&other, fixture, 3);
    outcome.says("has uncommitted changes").says("mingle with: src/main.rs").says("--allow-dirty");
    with_git(adopt(&home, &other, &["--allow-dirty"]), &other, &["src/main.rs"]).run().exits(0);
}

#[test]
fn what_an_adoption_wrote_is_no_change_of_the_owners() {
    let (home, other) = (home(), Other::package());
    with_git(adopt(&home, &other, &[]), &other, &[]).run().exits(0);
    let ours = ["xtask/src/up.rs", "xtask/.adopted.json", "Cargo.toml", "Cargo.lock", ".cargo/config.toml"];
    with_git(adopt(&home, &other, &[]), &other, &ours).run().exits(0).says("is up to date");
    other.write("xtask/src/up.rs", "// Theirs.\n");
    let fixture = with_git(adopt(&home, &other, &[]), &other, &ours);
    refused(&other, fixture, 3).says("mingle with: xtask/src/up.rs");
}

#[test]
fn what_the_owner_changed_in_a_file_of_ours_is_shown_and_kept_unless_forced() {
    let (home, other) = (home(), Other::package());
    adopt(&home, &other, &[]).run().exits(0);
    other.write("xtask/src/up.rs", "// Theirs.\n");
    home.write("xtask/src/main.rs", "//! New.\nmod up;\n\nfn main() {}\n");
    let diff = Answer::fails(1, "").printing("-// Theirs.\n");
    let outcome = adopt(&home, &other, &[]).with("git").answer(["git", "diff"], diff).run();
    outcome.exits(0).says("-// Theirs.").says("kept as they were changed there: xtask/src/up.rs");
    assert_eq!(other.read("xtask/src/up.rs"), "// Theirs.\n");
    assert_eq!(other.read("xtask/src/main.rs"), "//! New.\nmod up;\n\nfn main() {}\n");
    adopt(&home, &other, &["--force"]).run().exits(0);
    assert_eq!(other.read("xtask/src/up.rs"), home.read("xtask/src/up.rs"));
}

#[test]
fn the_owners_table_decides_the_dockerfiles_of_later_runs() {
    let (home, other) = (home(), Other::package());
    adopt(&home, &other, &[]).run().exits(0);
    let manifest =
        other.read("Cargo.toml").replace("repository = \"my_app\"\n", "repository = \"my_app\"\nports = [80]\n");
    other.write("Cargo.toml", &manifest);
    adopt(&home, &other, &[]).run().exits(0);
    assert_eq!(other.read("Cargo.toml"), manifest);
    assert!(other.read("Docker/Dockerfile").contains("EXPOSE 80\n"));
}

#[test]
fn a_run_that_was_killed_is_completed_by_the_next() {
    let (home, other) = (home(), Other::package());
    adopt(&home, &other, &[]).run().exits(0);
    let whole = other.files();
    let record = other.read("xtask/.adopted.json").replace("\"is_complete\": true", "\"is_complete\": false");
    other.write("xtask/.adopted.json", &record);
    other.write("Cargo.toml", MANIFEST);
    fs::remove_file(other.root().join("xtask/src/main.rs")).expect("it was written");
    let fixture =
        with_git(adopt(&home, &other, &[]), &other, &["xtask/.adopted.json", "xtask/src/up.rs", "Cargo.lock"]);
    fixture.run().exits(0);
    assert!(other.files() == whole, "it is not as a run that nobody killed leaves it");
}

#[test]
fn what_is_no_other_workspace_is_refused() {
    let (home, other) = (home(), Other::new([("notes.txt", "")]));
    refused(&other, adopt(&home, &other, &[]), 2).says("is no cargo workspace: there is no Cargo.toml");
    let own = Fixture::new(&home).xtask(["adopt", home.root().join("crates").to_str().expect("UTF-8")]).run();
    own.exits(2).says("is this repository itself");
}

#[test]
fn a_workspace_without_a_binary_is_refused() {
    let (home, other) =
        (home(), Other::new([("Cargo.toml", MANIFEST), ("src/lib.rs", ""), ("examples/a.rs", "fn main() {}")]));
    refused(&other, adopt(&home, &other, &[]), 3).says("has a binary to ship").says("Give one of them a src/main.rs");
}

#[test]
fn another_xtask_is_told_apart_and_ours_put_beside_it() {
    let (home, other) = (home(), Other::package());
    let theirs = "[package]\nname = \"xtask\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    other.write("xtask/Cargo.toml", theirs);
    other.write("xtask/src/main.rs", "fn main() {}\n");
    other.write("Cargo.toml", &format!("{MANIFEST}\n[workspace]\nmembers = [\"xtask\"]\n"));
    let alias = "[alias]\nxtask = \"run -p xtask --\" # theirs\n";
    other.write(".cargo/config.toml", alias);
    refused(&other, adopt(&home, &other, &[]), 3).says("the alias `xtask` of .cargo/config.toml").says("--name images");
    other.write(".cargo/config.toml", "");
    refused(&other, adopt(&home, &other, &[]), 3).says("the folder `xtask` is there already and is not ours");
    other.write(".cargo/config.toml", alias);
    let outcome = adopt(&home, &other, &["--name", "images"]).run();
    outcome.exits(0).lists("cargo images doctor");
    assert_eq!(other.read(".cargo/config.toml"), format!("{alias}images = \"run --package images --bin images --\"\n"));
    assert!(other.read("Cargo.toml").contains("members = [\"xtask\", \"images\"]\n"), "{}", other.read("Cargo.toml"));
    assert_eq!(other.read("xtask/Cargo.toml"), theirs);
    assert_eq!(other.read("images/src/up.rs"), "//! Starts it by `cargo images up`.\n");
    assert!(other.read("Cargo.toml").contains("binaries = [\"My_App\"]\n"), "a tool is no part of what is shipped");
    adopt(&home, &other, &[]).run().exits(0).says("is up to date");
    refused(&other, adopt(&home, &other, &["--name", "other"]), 2).says("it is called `images` there already");
}

#[test]
fn files_in_the_way_are_refused_by_name() {
    let (home, other) = (home(), Other::package());
    other.write("Docker/Dockerfile", "FROM scratch\n");
    other.write("Docker/other.txt", "");
    refused(&other, adopt(&home, &other, &[]), 3).says("in the way, and not ours: Docker/Dockerfile");
    fs::remove_dir_all(other.root().join("Docker")).expect("made above");
    std::os::unix::fs::symlink(home.root(), other.root().join("Docker")).expect("make a link");
    let link = adopt(&home, &other, &[]).run();
    link.exits(3).says("Docker is a link");
}
