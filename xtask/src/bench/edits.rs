//! Writes a state into the texts of the sources, and says what a binary built from it prints. Pure but for `read`.

use std::fs;
use std::path::Path;

use anyhow::Context;
use toml_edit::{DocumentMut, Item};

use super::course::State;

const LEAF: &str = "crates/backend/src/cli.rs";
const LEAF_ANCHOR: &str = r#"settings::version(env!("CARGO_PKG_VERSION"))"#;
const SHARED: &str = "crates/shared/src/settings.rs";
const SHARED_ANCHOR: &str = r#"format!("{crate_version} (build {})", build())"#;

/// The texts of the files that the edits change, as they are in the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Originals {
    leaf: String,
    shared: String,
    manifest: String,
    /// The workspace's own lock file, then one for each round.
    pub(crate) locks: Vec<String>,
    version: String,
}

impl Originals {
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let text = |path: &str| {
            fs::read_to_string(root.join(path)).with_context(|| format!("read {}", root.join(path).display()))
        };
        let manifest = text("Cargo.toml")?;
        let version = version_of(&manifest)?;
        Ok(Self { leaf: text(LEAF)?, shared: text(SHARED)?, manifest, locks: vec![text("Cargo.lock")?], version })
    }

    /// Path and text of each file that depends on the state.
    pub(crate) fn render(&self, state: &State) -> anyhow::Result<Vec<(&'static str, String)>> {
        let leaf = format!(r#"settings::version(concat!(env!("CARGO_PKG_VERSION"), "+leaf.{}"))"#, state.leaf);
        let shared = format!(r#"format!("{{crate_version}} (build {{}}) shared.{}", build())"#, state.shared);
        let version = self.version(state);
        let lock =
            self.locks.get(state.lock).with_context(|| format!("there is no lock file number {}", state.lock))?;
        Ok(vec![
            (LEAF, replace(LEAF, &self.leaf, LEAF_ANCHOR, &leaf)?),
            (SHARED, replace(SHARED, &self.shared, SHARED_ANCHOR, &shared)?),
            ("Cargo.toml", with_version(&self.manifest, &version)?),
            ("Cargo.lock", with_locked_version(lock, &self.version, &version)?),
        ])
    }

    /// Whether `output` is what `binary --version` says when it was built from this state.
    pub(crate) fn is_right(&self, state: &State, binary: &str, output: &str) -> bool {
        let leaf = if binary == "backend" { format!("+leaf.{}", state.leaf) } else { String::new() };
        output.starts_with(&format!("{binary} {}{leaf} (build ", self.version(state)))
            && output.ends_with(&format!(") shared.{}", state.shared))
    }

    fn version(&self, state: &State) -> String {
        match (state.patch, self.version.rsplit_once('.')) {
            (Some(patch), Some((front, _))) => format!("{front}.{patch}"),
            _ => self.version.clone(),
        }
    }
}

fn replace(path: &str, text: &str, anchor: &str, new: &str) -> anyhow::Result<String> {
    anyhow::ensure!(
        text.contains(anchor),
        "{path} has no `{anchor}`, into which the benchmark writes its mark; mend the anchors in \
         xtask/src/bench/edits.rs"
    );
    Ok(text.replacen(anchor, new, 1))
}

fn version_of(manifest: &str) -> anyhow::Result<String> {
    let manifest: DocumentMut = manifest.parse().context("read Cargo.toml")?;
    let version = manifest.get("workspace").and_then(|workspace| workspace.get("package")?.get("version")?.as_str());
    version.map(str::to_owned).context("Cargo.toml has no version in [workspace.package] that could be raised")
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
    use super::super::course::start;
    use super::*;

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
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the workspace");
        let real = Originals::read(root).expect("the workspace has the files that are edited");
        Originals {
            manifest: MANIFEST.to_owned(),
            locks: vec![LOCK.to_owned()],
            version: version_of(MANIFEST).expect("it stands there"),
            ..real
        }
    }

    fn rendered(state: &State) -> Vec<(&'static str, String)> {
        originals().render(state).expect("the anchors stand in the sources")
    }

    #[test]
    fn the_marks_can_be_written_into_the_real_sources() {
        let files = rendered(&start(77));
        assert!(files[0].1.contains(r#"concat!(env!("CARGO_PKG_VERSION"), "+leaf.77")"#), "{}", files[0].1);
        assert!(files[1].1.contains(r#"(build {}) shared.77", build())"#), "{}", files[1].1);
    }

    #[test]
    fn without_a_bump_manifest_and_lock_stay_as_they_are() {
        let files = rendered(&start(77));
        assert_eq!([&files[2].1[..], &files[3].1], [MANIFEST, LOCK]);
    }

    #[test]
    fn a_bump_changes_the_members_alone() {
        let files = rendered(&State { patch: Some(9), ..start(77) });
        assert_eq!(files[2].1, MANIFEST.replace("0.1.0", "0.1.9"));
        let member = |lock: &str, name: &str| {
            let (old, new) = (format!("{name}\"\nversion = \"0.1.0\""), format!("{name}\"\nversion = \"0.1.9\""));
            lock.replace(&old, &new)
        };
        assert_eq!(files[3].1, member(&member(LOCK, "backend"), "shared"));
    }

    #[test]
    fn only_the_output_of_the_very_state_is_right() {
        let (originals, state) = (originals(), start(5));
        assert!(originals.is_right(&state, "backend", "backend 0.1.0+leaf.5 (build x) shared.5"));
        assert!(originals.is_right(&state, "coordinator", "coordinator 0.1.0 (build x) shared.5"));
        for wrong in [
            "backend 0.1.0+leaf.4 (build x) shared.5",
            "backend 0.1.0+leaf.55 (build x) shared.5",
            "backend 0.1.0+leaf.5 (build x) shared.15",
            "backend 0.1.1+leaf.5 (build x) shared.5",
            "",
        ] {
            assert!(!originals.is_right(&state, "backend", wrong), "{wrong}");
        }
    }
}
