//! Writes a state into the texts of the sources, and says what a binary built from it prints. Pure but for `read`.

use std::fs;
use std::path::Path;

use anyhow::Context;
use toml_edit::{DocumentMut, Item};

use crate::course::State;
use crate::updates::Swap;
use crate::{PREFIX, updates};

/// The binaries that are built, each in the crate of its name.
pub(crate) const BINARIES: [&str; 2] = ["backend", "coordinator"];

/// The binary that is edited alone, and its crate root.
const LEAF: &str = "backend";
const LEAF_MAIN: &str = "crates/backend/src/main.rs";
/// The crate root of the other binary.
const OTHER_MAIN: &str = "crates/coordinator/src/main.rs";
/// The crate root of the library that both use.
const SHARED: &str = "crates/shared/src/lib.rs";

/// The texts of the files that the edits change, as they are in the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Originals {
    leaf: String,
    other: String,
    shared: String,
    manifest: String,
    /// The workspace's own lock file, then one for each round.
    pub(crate) locks: Vec<String>,
    /// Each makes another version of a dependency of the binaries, in any of the lock files.
    pub(crate) updates: Vec<Swap>,
    version: String,
}

impl Originals {
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let text = |path: &str| {
            fs::read_to_string(root.join(path)).with_context(|| format!("read {}", root.join(path).display()))
        };
        let manifest = with_own_name(&text("Cargo.toml")?)?;
        let version = version_of(&manifest)?;
        Ok(Self {
            leaf: text(LEAF_MAIN)?,
            other: text(OTHER_MAIN)?,
            shared: text(SHARED)?,
            manifest,
            locks: vec![text("Cargo.lock")?],
            updates: Vec::new(),
            version,
        })
    }

    /// Path and text of each file that depends on the state.
    pub(crate) fn render(&self, state: &State) -> anyhow::Result<Vec<(&'static str, String)>> {
        let version = self.version(state);
        let lock =
            self.locks.get(state.lock).with_context(|| format!("there is no lock file number {}", state.lock))?;
        let updates = self.updates.get(..state.updates).with_context(|| format!("not {} updates", state.updates))?;
        let lock = updates::applied(lock, updates);
        let shared = format!(
            "{}\n/// A line of the benchmark.\npub fn bench_mark() -> &'static str {{\n    \"shared.{}\"\n}}\n",
            self.shared, state.shared
        );
        Ok(vec![
            (LEAF_MAIN, saying(LEAF_MAIN, &self.leaf, &leaf_mark(state, LEAF))?),
            (OTHER_MAIN, saying(OTHER_MAIN, &self.other, &leaf_mark(state, ""))?),
            (SHARED, shared),
            ("Cargo.toml", with_version(&self.manifest, &version)?),
            ("Cargo.lock", with_locked_version(&lock, &self.version, &version)?),
        ])
    }

    /// Whether `output` is what `binary` says first when it was built from this state.
    pub(crate) fn is_right(&self, state: &State, binary: &str, output: &str) -> bool {
        let said = format!("{} shared.{} {}", leaf_mark(state, binary), state.shared, self.version(state));
        output.lines().next() == Some(&said)
    }

    fn version(&self, state: &State) -> String {
        match (state.patch, self.version.rsplit_once('.')) {
            (Some(patch), Some((front, _))) => format!("{front}.{patch}"),
            _ => self.version.clone(),
        }
    }
}

/// What a binary says of the edits that concern it alone.
fn leaf_mark(state: &State, binary: &str) -> String {
    if binary == LEAF { format!("leaf.{}", state.leaf) } else { "no-leaf".to_owned() }
}

/// A program that first of all prints `mark`, the library's mark and its own version.
fn saying(path: &str, text: &str, mark: &str) -> anyhow::Result<String> {
    let line = format!(r#"println!("{mark} {{}} {{}}", shared::bench_mark(), env!("CARGO_PKG_VERSION"));"#);
    let body = text.find("fn main(").and_then(|main| Some(main + text[main..].find('{')? + 1));
    let body = body.with_context(|| format!("{path} has no `fn main`, into which the benchmark writes its mark"))?;
    Ok(format!("{}\n    {line}{}", &text[..body], &text[body..]))
}

fn version_of(manifest: &str) -> anyhow::Result<String> {
    let manifest: DocumentMut = manifest.parse().context("read Cargo.toml")?;
    let version = manifest.get("workspace").and_then(|workspace| workspace.get("package")?.get("version")?.as_str());
    version.map(str::to_owned).context("Cargo.toml has no version in [workspace.package] that could be raised")
}

/// A workspace of our own to the program that is measured, so that it leaves alone what the user's builds made.
fn with_own_name(manifest: &str) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = manifest.parse().context("read Cargo.toml")?;
    manifest["workspace"]["metadata"]["images"]["repository"] = toml_edit::value(PREFIX);
    Ok(manifest.to_string())
}

fn with_version(manifest: &str, version: &str) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = manifest.parse().context("read Cargo.toml")?;
    manifest["workspace"]["package"]["version"] = toml_edit::value(version);
    Ok(manifest.to_string())
}

/// As cargo writes it after such a bump: the packages without a source are the members.
fn with_locked_version(lock: &str, old: &str, new: &str) -> anyhow::Result<String> {
    let mut lock: DocumentMut = lock.parse().context("read Cargo.lock")?;
    let packages = lock.get_mut("package").and_then(Item::as_array_of_tables_mut).context("Cargo.lock is empty")?;
    for package in packages.iter_mut() {
        if !package.contains_key("source") && package.get("version").and_then(Item::as_str) == Some(old) {
            package["version"] = toml_edit::value(new);
        }
    }
    Ok(lock.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::start;

    const MANIFEST: &str = r#"[workspace]
members = ["crates/*"]

[workspace.package]
# Of all members.
version = "0.1.0"
edition = "2024"
"#;

    /// Two members, and a package of the registry that happens to have their version.
    const LOCK: &str = r#"version = 4

[[package]]
name = "backend"
version = "0.1.0"
dependencies = [
 "leaf",
]

[[package]]
name = "leaf"
version = "0.1.0"
source = "registry+https://example.invalid/index"

[[package]]
name = "shared"
version = "0.1.0"
"#;

    /// The sources that are edited are the real ones; what lists the members is not, since that list grows.
    fn originals() -> Originals {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the package lies in the workspace");
        let real = Originals::read(root).expect("the workspace has the files that are edited");
        Originals {
            manifest: MANIFEST.to_owned(),
            locks: vec![LOCK.to_owned()],
            version: version_of(MANIFEST).expect("it stands there"),
            ..real
        }
    }

    fn rendered(state: &State) -> Vec<(&'static str, String)> {
        originals().render(state).expect("the sources have a main function")
    }

    #[test]
    fn the_marks_can_be_written_into_the_real_sources() {
        let files = rendered(&start(77));
        let line = |mark: &str| {
            format!("{{\n    println!(\"{mark} {{}} {{}}\", shared::bench_mark(), env!(\"CARGO_PKG_VERSION\"));\n")
        };
        assert!(files[0].1.contains(&line("leaf.77")), "{}", files[0].1);
        assert!(files[1].1.contains(&line("no-leaf")), "{}", files[1].1);
        assert!(files[2].1.contains("\n    \"shared.77\"\n}\n"), "{}", files[2].1);
    }

    #[test]
    fn the_mark_is_the_first_that_a_program_does_whatever_its_main_returns() {
        let program = "mod cli;\n\n#[some::main]\nasync fn main() -> Result<(), Error> {\n    work();\n}\n";
        let edited = saying("main.rs", program, "m").expect("it has a main function");
        let (before, after) = edited.split_once("    println!").expect("the mark");
        assert!(before.ends_with("fn main() -> Result<(), Error> {\n"), "{edited}");
        assert!(after.ends_with(");\n    work();\n}\n"), "{edited}");
        assert!(
            saying("main.rs", "fn other() {}", "m").expect_err("no main").to_string().starts_with("main.rs has no")
        );
    }

    #[test]
    fn the_copies_are_a_workspace_of_their_own() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the package lies in the workspace");
        let manifest = Originals::read(root).expect("the workspace has the files that are edited").manifest;
        assert!(manifest.contains("\nrepository = \"distributed-colony-bench\"\n"), "{manifest}");
        assert!(manifest.contains("[workspace.dependencies]\n"), "{manifest}");
    }

    #[test]
    fn without_a_bump_manifest_and_lock_stay_as_they_are() {
        let files = rendered(&start(77));
        assert_eq!([&files[3].1[..], &files[4].1], [MANIFEST, LOCK]);
    }

    #[test]
    fn an_update_changes_one_package_of_the_registry() {
        let block = |version: &str| format!("name = \"leaf\"\nversion = \"{version}\"");
        let originals = Originals { updates: vec![(block("0.1.0"), block("0.0.9"))], ..originals() };
        let files = originals.render(&State { updates: 1, ..start(77) }).expect("there is one update");
        assert_eq!(files[4].1, LOCK.replace(&block("0.1.0"), &block("0.0.9")));
        assert!(originals.render(&State { updates: 2, ..start(77) }).is_err(), "there is no second one");
    }

    #[test]
    fn a_bump_changes_the_members_alone() {
        let files = rendered(&State { patch: Some(9), ..start(77) });
        assert_eq!(files[3].1, MANIFEST.replace("0.1.0", "0.1.9"));
        let member = |lock: &str, name: &str| {
            let (old, new) = (format!("{name}\"\nversion = \"0.1.0\""), format!("{name}\"\nversion = \"0.1.9\""));
            lock.replace(&old, &new)
        };
        assert_eq!(files[4].1, member(&member(LOCK, "backend"), "shared"));
    }

    #[test]
    fn only_the_output_of_the_very_state_is_right() {
        let (originals, state) = (originals(), start(5));
        assert!(originals.is_right(&state, "backend", "leaf.5 shared.5 0.1.0\nbackend 0.1.0 (build x)"));
        assert!(originals.is_right(&state, "coordinator", "no-leaf shared.5 0.1.0\ncoordinator 0.1.0"));
        for wrong in [
            "leaf.4 shared.5 0.1.0",
            "leaf.55 shared.5 0.1.0",
            "leaf.5 shared.15 0.1.0",
            "leaf.5 shared.5 0.1.1",
            "no-leaf shared.5 0.1.0",
            "backend 0.1.0 (build x)\nleaf.5 shared.5 0.1.0",
            "",
        ] {
            assert!(!originals.is_right(&state, "backend", wrong), "{wrong}");
        }
    }
}
