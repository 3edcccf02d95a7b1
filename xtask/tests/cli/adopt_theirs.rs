//! `adopt` where the other workspace has something of its own in the place, or in the way, of what comes from here.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use sha2::{Digest, Sha256};

use crate::adopt::{MANIFEST, Other, adopt, home, refused, with_git};
use crate::answer::Answer;
use crate::support::Fixture;

const DOCKERFILES: [&str; 2] = ["Docker/Dockerfile", "Docker/Dockerfile.base"];

/// What the copy generates speaks of it by its name, and so must what it finds.
#[test]
fn a_copy_of_another_name_takes_its_dockerfiles_for_untouched() {
    let (home, other) = (home(), Other::package());
    adopt(&home, &other, &["--name", "images"]).run().exits(0);
    for path in DOCKERFILES {
        let text = other.read(path);
        assert!(text.contains("cargo images codegen") && !text.contains("cargo xtask"), "{text}");
        let (_, rest) = text.split_once("# Digest of what the table gives: ").expect("a mark");
        let (digest, body) = rest.split_once('\n').expect("a text");
        assert_eq!(format!("{:x}", Sha256::digest(body))[..16], *digest, "{path}");
    }
    let manifest = other.read("Cargo.toml").replace("repository = ", "ports = [80]\nrepository = ");
    other.write("Cargo.toml", &manifest);
    adopt(&home, &other, &[]).run().exits(0);
    assert!(other.read(DOCKERFILES[0]).contains("EXPOSE 80\n"), "it is ours, of another table");
}

#[test]
fn the_table_of_a_lone_package_is_the_one_that_counts() {
    let (home, other) = (home(), Other::package());
    let table = "\n[package.metadata.images]\nbinaries = [\"My_App\"]\nrepository = \"own\"\nports = [81]\n";
    other.write("Cargo.toml", &format!("{MANIFEST}{table}"));
    let outcome = adopt(&home, &other, &[]).run();
    outcome.exits(0);
    assert!(!outcome.stderr.contains("shipped, by"), "{}", outcome.stderr);
    let manifest = other.read("Cargo.toml");
    assert!(manifest.contains(table) && !manifest.contains("[workspace.metadata.images]"), "{manifest}");
    assert!(other.read(DOCKERFILES[0]).contains("EXPOSE 81\n"));
    assert!(other.read(DOCKERFILES[0]).contains("ARG BASE_IMAGE=own-base:latest\n"));
}

#[test]
fn with_a_table_nobody_asks_which_binaries_there_are() {
    let (home, other) = (home(), Other::package());
    let program = "\n[features]\nextra = []\n\n[[bin]]\nname = \"My_App\"\npath = \"src/main.rs\"\nrequired-features = \
                   [\"extra\"]\n";
    other.write("Cargo.toml", &format!("{MANIFEST}{program}"));
    refused(&other, adopt(&home, &other, &[]), 3).says("has a binary to ship");
    let table = "\n[workspace.metadata.images]\nbinaries = [\"My_App\"]\nfeatures = [\"extra\"]\n";
    other.write("Cargo.toml", &format!("{MANIFEST}{program}{table}"));
    let outcome = adopt(&home, &other, &[]).run();
    outcome.exits(0);
    assert!(!outcome.stderr.contains("left out"), "{}", outcome.stderr);
}

#[test]
fn nothing_is_poured_into_a_folder_of_theirs() {
    let (home, other) = (home(), Other::package());
    other.write("images/logo.svg", "<svg/>");
    let outcome = refused(&other, adopt(&home, &other, &["--name", "images"]), 3);
    outcome.says("the folder `images` is there already and is not ours").says("any other name");
    fs::remove_file(other.root().join("images/logo.svg")).expect("made above");
    // As it stands where a run was killed before its first file was whole.
    other.write("images/.adopted.json.7-0.tmp", "{");
    adopt(&home, &other, &["--name", "images"]).run().exits(0);
}

#[test]
fn a_name_that_cargo_has_is_none() {
    let (home, other) = (home(), Other::package());
    for name in ["build", "deps", "examples", "incremental", "target", "src", "docker", "run", "tree", "b"] {
        refused(&other, adopt(&home, &other, &["--name", name]), 2).says("--name");
    }
}

#[test]
fn where_git_fails_one_can_go_on_without() {
    let (home, other) = (home(), Other::package());
    let git = |flags: &[&str]| {
        fs::create_dir_all(other.root().join(".git")).expect("make a folder");
        let fixture = adopt(&home, &other, flags).with("git");
        fixture.background(["git"], Answer::fails(128, "fatal: detected dubious ownership"))
    };
    let outcome = refused(&other, git(&[]), 3);
    outcome.says("git cannot tell what is committed: fatal: detected dubious").says("--allow-dirty");
    let outcome = git(&["--allow-dirty"]).run();
    outcome.exits(0);
    assert!(!outcome.stderr.contains("in no git repository"), "{}", outcome.stderr);
}

/// A repository in it, a submodule that was edited, a link: none of them is a file.
#[test]
fn what_is_no_file_can_be_uncommitted_too() {
    let (home, other) = (home(), Other::package());
    adopt(&home, &other, &[]).run().exits(0);
    other.write("nested/.git/HEAD", "");
    other.write("module/a.rs", "");
    symlink("Cargo.toml", other.root().join("link")).expect("make a link");
    let dirty = ["nested/", "module", "link"];
    refused(&other, with_git(adopt(&home, &other, &[]), &other, &dirty), 3).says("mingle with: nested/, module, link");
}

#[test]
fn line_ends_and_modes_stay() {
    let (home, other) = (home(), Other::package());
    let windows = |text: &str| text.replace('\n', "\r\n");
    other.write("Cargo.toml", &windows(MANIFEST));
    other.write(".cargo/config.toml", &windows("# Mine.\n[build]\njobs = 2\n"));
    let place = other.root().join("Cargo.toml");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o664)).expect("set a mode");
    adopt(&home, &other, &[]).run().exits(0);
    for path in ["Cargo.toml", ".cargo/config.toml"] {
        let text = other.read(path);
        assert!(text.contains("xtask") && windows(&text.replace("\r\n", "\n")) == text, "{path}: {text:?}");
    }
    assert!(other.read("Cargo.toml").starts_with(&windows(MANIFEST)));
    assert_eq!(fs::metadata(&place).expect("it is there").permissions().mode() & 0o777, 0o664);
    adopt(&home, &other, &[]).run().exits(0).says("is up to date");
}

#[test]
fn a_workspace_in_one_line_stays_one() {
    let (home, other) = (home(), Other::new([("a/src/main.rs", "fn main() {}\n")]));
    other.write("Cargo.toml", "workspace = { members = [\"a\"], resolver = \"2\" }\n");
    other.write("a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    adopt(&home, &other, &[]).run().exits(0);
    let manifest = other.read("Cargo.toml");
    let line = manifest.lines().next().expect("a line");
    assert!(line.starts_with("workspace = { members = [\"a\", \"xtask\"], ") && line.ends_with('}'), "{manifest}");
    adopt(&home, &other, &[]).run().exits(0).says("is up to date");
}

#[test]
fn an_ignored_record_is_told() {
    let (home, other) = (home(), Other::package());
    fs::create_dir_all(other.root().join(".git")).expect("make a folder");
    let fixture = adopt(&home, &other, &[]).with("git");
    let fixture = fixture.background(["git", "rev-parse", "--show-prefix"], Answer::stdout("\n"));
    let fixture = fixture.background(["git", "--no-optional-locks", "status"], Answer::stdout(""));
    let outcome = fixture.background(["git", "check-ignore"], Answer::stdout("")).run();
    outcome.exits(0);
    let asked = outcome.calls.iter().find(|call| call.begins(&["git", "check-ignore"])).expect("git was asked");
    assert!(asked.args.iter().any(|path| path == "xtask/.adopted.json"), "{:?}", asked.args);
}

#[test]
fn members_elsewhere_are_no_default_of_a_path_on_this_machine() {
    let (home, other) = (home(), Other::new([]));
    let package = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    other.write("root/Cargo.toml", "[workspace]\nmembers = [\"*\", \"../far\"]\nresolver = \"2\"\n");
    for (path, name, more) in [("root/a", "a", ""), ("far", "far", "workspace = \"../root\"\n")] {
        other.write(&format!("{path}/Cargo.toml"), &(package(name) + more));
        other.write(&format!("{path}/src/main.rs"), "fn main() {}\n");
    }
    let path = other.root().join("root");
    let fixture = Fixture::new(&home).xtask(["adopt", path.to_str().expect("UTF-8")]);
    fixture.run().exits(0);
    let manifest = other.read("root/Cargo.toml");
    assert!(manifest.contains("default-members = [\"../far\", \"a\"]\n"), "{manifest}");
}

#[test]
fn what_a_killed_write_left_is_removed() {
    let (home, other) = (home(), Other::package());
    adopt(&home, &other, &[]).run().exits(0);
    let whole = other.files();
    let left = ["xtask/src/up.rs.12-3.tmp", "xtask/.adopted.json.12-4.tmp", "Cargo.toml.7-0.tmp"];
    left.iter().for_each(|path| other.write(path, "half"));
    let dry = with_git(adopt(&home, &other, &["--dry-run"]), &other, &left);
    dry.answer(["git", "diff", "--no-index"], Answer::default()).run().exits(0);
    assert!(left.iter().all(|path| other.root().join(path).exists()), "a dry run removes nothing");
    with_git(adopt(&home, &other, &[]), &other, &left).run().exits(0);
    assert!(other.files() == whole, "something is left");
    other.write("src/main.rs.12-3.tmp", "theirs");
    let theirs = with_git(adopt(&home, &other, &[]), &other, &["src/main.rs.12-3.tmp"]);
    refused(&other, theirs, 3).says("mingle with: src/main.rs.12-3.tmp");
}

#[test]
fn the_old_name_of_cargos_configuration_may_be_a_link_to_the_new_one() {
    let (home, other) = (home(), Other::package());
    other.write(".cargo/config.toml", "");
    symlink("config.toml", other.root().join(".cargo/config")).expect("make a link");
    adopt(&home, &other, &[]).run().exits(0);
    assert!(other.read(".cargo/config.toml").starts_with("[alias]\nxtask = "));
}

#[test]
fn a_copy_that_was_excluded_becomes_a_member() {
    let (home, other) = (home(), Other::new([("a/src/main.rs", "fn main() {}\n")]));
    other.write("Cargo.toml", "[workspace]\nmembers = [\"*\"]\nexclude = [\"xtask\"]\nresolver = \"2\"\n");
    other.write("a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    adopt(&home, &other, &[]).run().exits(0);
    let manifest = other.read("Cargo.toml");
    let excluded = "exclude = [\"xtask\", \".cargo\", \"Docker\"]\n";
    for part in ["members = [\"*\", \"xtask\"]\n", excluded, "default-members = [\"a\"]\n"] {
        assert!(manifest.contains(part), "{part:?} in:\n{manifest}");
    }
}
