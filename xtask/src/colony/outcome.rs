//! What a colony build compiled, and why: read from what `Docker/compile.sh` leaves in the `report` stage.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use crate::workspace::Workspace;

/// How many names are spelled out before the rest is only counted.
const NAMED: usize = 5;

/// The folder of the sources inside the builder.
const SOURCES: &str = "/app/";

/// The report of one run of the compiling step.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Differs from run to run: an old one means that BuildKit took the step from its cache.
    pub(crate) run: String,
    /// Whether the target directory came fresh from the base.
    cold: bool,
    /// Files that changed since the last successful build in that target directory; empty when cold.
    changed: BTreeSet<String>,
    /// Member folder -> whether anything of it was compiled.
    members: BTreeMap<String, bool>,
    /// Package IDs of all dependencies.
    dependencies: BTreeSet<String>,
    /// Names and versions of those that were compiled again.
    recompiled: BTreeSet<String>,
}

impl Outcome {
    /// Reads the exported report stage.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let text = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
        };
        Self::parse(&text("run")?, &text("state")?, &text("changed")?, &text("messages.json")?)
    }

    fn parse(run: &str, state: &str, changed: &str, messages: &str) -> anyhow::Result<Self> {
        let mut outcome = Self { run: run.trim().to_owned(), cold: state.trim() == "cold", ..Self::default() };
        // Lines as sha256sum writes them: digest, two spaces, path.
        outcome.changed = changed.lines().filter_map(|line| line.get(66..)).map(str::to_owned).collect();
        for line in messages.lines() {
            let message: Value = serde_json::from_str(line).context("read the messages of cargo")?;
            if message["reason"] == "compiler-artifact" {
                outcome.artifact(&message).context("read a message of cargo")?;
            }
        }
        Ok(outcome)
    }

    fn artifact(&mut self, message: &Value) -> anyhow::Result<()> {
        let id = message["package_id"].as_str().context("it names no package")?;
        let compiled = message["fresh"] != true;
        let manifest = message["manifest_path"].as_str().context("it names no manifest")?;
        if let Some(member) = manifest.strip_prefix(SOURCES).and_then(|path| path.strip_suffix("/Cargo.toml")) {
            *self.members.entry(member.to_owned()).or_default() |= compiled;
        } else {
            self.dependencies.insert(id.to_owned());
            if compiled {
                self.recompiled.insert(id.rsplit(['#', '/']).next().unwrap_or(id).to_owned());
            }
        }
        Ok(())
    }

    /// One line for each member and one for the dependencies.
    pub(crate) fn lines(&self, workspace: &Workspace) -> Vec<(String, String)> {
        let mut lines: Vec<(String, String)> = Vec::new();
        for member in workspace.members.values() {
            let what = match self.members.get(&member.dir) {
                Some(true) => format!("compiled, {}", self.reason(&member.dir)),
                _ => "fresh".to_owned(),
            };
            lines.push((member.name.clone(), what));
        }
        let (again, all) = (self.recompiled.len(), self.dependencies.len());
        lines.push(("dependencies".to_owned(), format!("{again} of {all} recompiled")));
        lines
    }

    fn reason(&self, dir: &str) -> String {
        if self.cold {
            return "since the target directory was seeded anew from the base".to_owned();
        }
        let inside = |path: &&String| path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
        let own: Vec<&str> = self.changed.iter().filter(inside).map(String::as_str).collect();
        if !own.is_empty() {
            return format!("{} changed", some_of(&own));
        }
        let is_setting = |path: &&String| path.ends_with("Cargo.toml") || path.ends_with("Cargo.lock");
        let settings: Vec<&str> = self.changed.iter().filter(is_setting).map(String::as_str).collect();
        if settings.is_empty() {
            return "since something that it needs changed".to_owned();
        }
        format!("since {} changed", some_of(&settings))
    }

    /// What to warn of: a colony build that compiles a dependency anew has lost what the base is for.
    pub(crate) fn warning(&self) -> Option<String> {
        if self.recompiled.is_empty() {
            return None;
        }
        let names: Vec<&str> = self.recompiled.iter().map(String::as_str).collect();
        Some(format!(
            "{} dependencies were compiled anew ({}), although the base holds them: most likely the flags, the profile \
             or the toolchain are not those that the base was built with; build it again: cargo xtask build-base",
            names.len(),
            some_of(&names)
        ))
    }
}

fn some_of(names: &[&str]) -> String {
    let shown = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::tests::member;

    const BACKEND: &str = r#"{"reason":"compiler-artifact","package_id":"path+file:///app/crates/backend#0.1.0","manifest_path":"/app/crates/backend/Cargo.toml","fresh":false}"#;
    const SHARED: &str = r#"{"reason":"compiler-artifact","package_id":"path+file:///app/crates/shared#0.1.0","manifest_path":"/app/crates/shared/Cargo.toml","fresh":true}"#;
    const SERDE: &str = r#"{"reason":"compiler-artifact","package_id":"registry+https://example.invalid/index#serde@1.0.1","manifest_path":"/cargo/registry/src/serde-1.0.1/Cargo.toml","fresh":true}"#;

    fn workspace() -> Workspace {
        let members = ["backend", "shared"].map(|name| (name.to_owned(), member(name, "0.1.0")));
        Workspace { members: members.into(), ..Workspace::default() }
    }

    fn lines(state: &str, changed: &str, messages: &[&str]) -> Vec<String> {
        let outcome = Outcome::parse("1", state, changed, &messages.join("\n")).expect("well formed");
        outcome.lines(&workspace()).into_iter().map(|(name, what)| format!("{name}: {what}")).collect()
    }

    #[test]
    fn a_changed_member_is_named_with_its_files() {
        let changed = format!("{}  crates/backend/src/main.rs\n", "0".repeat(64));
        assert_eq!(
            lines("warm", &changed, &[BACKEND, SHARED, SERDE]),
            [
                "backend: compiled, crates/backend/src/main.rs changed",
                "shared: fresh",
                "dependencies: 0 of 1 recompiled"
            ]
        );
    }

    #[test]
    fn a_member_without_changes_of_its_own_was_compiled_for_another() {
        assert_eq!(lines("warm", "", &[BACKEND])[0], "backend: compiled, since something that it needs changed");
    }

    #[test]
    fn a_cold_target_is_named_as_such() {
        let reason = "backend: compiled, since the target directory was seeded anew from the base";
        assert_eq!(lines("cold", "", &[BACKEND])[0], reason);
    }

    #[test]
    fn a_recompiled_dependency_is_a_warning_that_names_it() {
        let serde = SERDE.replace("true", "false");
        let outcome = Outcome::parse("1", "warm", "", &serde).expect("well formed");
        assert!(outcome.warning().expect("a warning").contains("serde@1.0.1"));
        assert!(Outcome::parse("1", "warm", "", SERDE).expect("well formed").warning().is_none());
    }
}
