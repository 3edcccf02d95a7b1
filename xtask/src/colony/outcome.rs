//! What a colony build compiled, and why: read from what `Docker/compile.sh` prints at its end.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};

use crate::docker::progress::{BuildLog, COMPILE_STEP, FOR_PROGRAMS, compiler_warnings};
use crate::report::compiled::{self, Compiled, Dependencies, Ran};
use crate::workspace::Workspace;
use crate::workspace::paths::innermost;

/// How many names are spelled out before the rest is only counted.
const NAMED: usize = 5;

/// The folder of the sources inside the builder.
const SOURCES: &str = "/app/";

/// The report of one run of the compiling step.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Whether the target directory came fresh from the base.
    pub(crate) cold: bool,
    /// How many warnings the compiler printed.
    warnings: usize,
    /// Files that changed since the last successful build in that target directory; empty when cold.
    changed: BTreeSet<String>,
    /// Member folder -> whether anything of it was compiled.
    members: BTreeMap<String, bool>,
    /// Package IDs of all dependencies.
    dependencies: BTreeSet<String>,
    /// Names and versions of those that were compiled again.
    recompiled: BTreeSet<String>,
    /// The binaries that were put where the Dockerfile copies them from, each at its path inside the image.
    pub(crate) placed: BTreeSet<String>,
}

/// The report of the compiling step, `None` where BuildKit took it from its cache. Fails where it ran and what it
/// reported cannot be read.
pub(crate) fn report(log: &BuildLog) -> anyhow::Result<Option<Report>> {
    let step = log.step(COMPILE_STEP).with_context(|| format!("BuildKit tells of no step `{COMPILE_STEP}`"))?;
    if step.cached {
        return Ok(None);
    }
    let mut report = Report::parse(&String::from_utf8_lossy(&step.stdout)).context("read the report of the build")?;
    report.warnings = compiler_warnings(&String::from_utf8_lossy(&step.stderr)).len();
    Ok(Some(report))
}

impl Report {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut report = Self::default();
        let (mut announced, mut found, mut is_whole) = (None, 0, false);
        // The others are of a build script or a binary.
        for line in text.lines().filter_map(|line| line.strip_prefix(FOR_PROGRAMS)) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "state" => report.cold = rest == "cold",
                "changed" => drop(report.changed.insert(rest.to_owned())),
                "placed" => drop(report.placed.insert(rest.to_owned())),
                "artifacts" => announced = Some(rest.parse::<usize>().context("the number of artifacts")?),
                "fresh=true" | "fresh=false" => {
                    report.artifact(word == "fresh=false", rest).with_context(|| format!("`{line}`"))?;
                    found += 1;
                }
                "begin" => {}
                "end" => is_whole = true,
                _ => bail!("`{line}` is not known"),
            }
        }
        if !is_whole || announced != Some(found) {
            bail!("it is not whole");
        }
        if report.cold {
            report.changed.clear();
        }
        Ok(report)
    }

    /// `rest`: package ID, a space, path of the manifest.
    fn artifact(&mut self, compiled: bool, rest: &str) -> anyhow::Result<()> {
        let (id, manifest) = rest.split_once(' ').context("it names no manifest")?;
        let member = manifest.strip_prefix(SOURCES).and_then(|path| path.strip_suffix("Cargo.toml"));
        if let Some(member) = member {
            // A member in the root has no folder.
            *self.members.entry(member.trim_end_matches('/').to_owned()).or_default() |= compiled;
        } else {
            self.dependencies.insert(id.to_owned());
            if compiled {
                self.recompiled.insert(id.rsplit(['#', '/']).next().unwrap_or(id).to_owned());
            }
        }
        Ok(())
    }

    /// In the form of the record, with a reason for each member that was compiled.
    pub(crate) fn compiled(&self, workspace: &Workspace) -> Compiled {
        let folders: BTreeSet<&str> = workspace.members.values().map(|member| member.dir.as_str()).collect();
        let mut changed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for path in &self.changed {
            if let Some(folder) = innermost(path, |folder| folders.contains(folder)) {
                changed.entry(folder).or_default().push(path);
            }
        }
        let member = |dir: &str| match self.members.get(dir) {
            Some(true) => compiled::Member { compiled: true, why: Some(self.reason(changed.get(dir))) },
            _ => compiled::Member::default(),
        };
        Compiled::Something(Ran {
            from_cache: false,
            seeded_anew: self.cold,
            members: workspace.members.values().map(|it| (it.name.clone(), member(&it.dir))).collect(),
            dependencies: Dependencies {
                total: self.dependencies.len(),
                recompiled: self.recompiled.iter().cloned().collect(),
            },
            warnings: self.warnings,
        })
    }

    /// `own`: what changed in the member itself.
    fn reason(&self, own: Option<&Vec<&str>>) -> String {
        if self.cold {
            return "since the target directory was seeded anew from the base".to_owned();
        }
        if let Some(own) = own {
            return format!("{} changed", some_of(own));
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

    const BACKEND: &str = "fresh=false path+file:///app/crates/backend#0.1.0 /app/crates/backend/Cargo.toml";
    const SHARED: &str = "fresh=true path+file:///app/crates/shared#0.1.0 /app/crates/shared/Cargo.toml";
    const SERDE: &str =
        "fresh=true registry+https://example.invalid/index#serde@1.0.1 /cargo/registry/src/serde-1.0.1/Cargo.toml";

    fn workspace(names: &[&str]) -> Workspace {
        let members = names.iter().map(|name| ((*name).to_owned(), member(name, "0.1.0")));
        Workspace { members: members.collect(), ..Workspace::default() }
    }

    fn report(state: &str, changed: &[&str], artifacts: &[&str]) -> Report {
        let mut lines = vec![format!("state {state}")];
        lines.extend(changed.iter().map(|path| format!("changed {path}")));
        lines.push(format!("artifacts {}", artifacts.len()));
        lines.extend(artifacts.iter().map(|line| (*line).to_owned()));
        lines.push("end".to_owned());
        Report::parse(&marked(&lines)).expect("well formed")
    }

    fn marked(lines: &[impl AsRef<str>]) -> String {
        lines.iter().map(|line| format!("{FOR_PROGRAMS}{}\n", line.as_ref())).collect()
    }

    fn rows(report: &Report) -> Vec<String> {
        let compiled = report.compiled(&workspace(&["backend", "shared"]));
        compiled.rows().into_iter().map(|(name, what)| format!("{name}: {what}")).collect()
    }

    #[test]
    fn a_changed_member_is_named_with_its_files() {
        assert_eq!(
            rows(&report("warm", &["crates/backend/src/main.rs"], &[BACKEND, SHARED, SERDE])),
            [
                "backend: compiled, crates/backend/src/main.rs changed",
                "shared: fresh",
                "dependencies: 0 of 1 recompiled"
            ]
        );
    }

    #[test]
    fn a_member_without_changes_of_its_own_was_compiled_for_another() {
        let rows = rows(&report("warm", &[], &[BACKEND]));
        assert_eq!(rows[0], "backend: compiled, since something that it needs changed");
    }

    #[test]
    fn a_cold_target_is_named_as_such() {
        let rows = rows(&report("cold", &["crates/backend/src/main.rs"], &[BACKEND]));
        assert_eq!(rows[0], "backend: compiled, since the target directory was seeded anew from the base");
    }

    #[test]
    fn a_recompiled_dependency_is_a_warning_that_names_it() {
        let again = report("warm", &[], &[&SERDE.replace("true", "false")]);
        assert!(again.warning().expect("a warning").contains("serde@1.0.1"));
        assert!(report("warm", &[], &[SERDE]).warning().is_none());
    }

    #[test]
    fn a_report_that_lost_a_line_is_not_believed() {
        for lines in [&[][..], &["state warm", "artifacts 0"], &["state warm", "artifacts 2", SERDE, "end"]] {
            assert!(Report::parse(&marked(lines)).is_err(), "{lines:?}");
        }
    }

    fn log(records: &[&str]) -> BuildLog {
        let mut log = BuildLog::default();
        for record in records {
            log.apply(&serde_json::from_str(record).expect("a record"));
        }
        log
    }

    #[test]
    fn only_buildkit_says_that_nothing_was_compiled() {
        let step = r#"{"vertexes":[{"digest":"a","name":"[builder 3/3] RUN sh /run/colony/compile.sh /out",
            "started":"2026-11-25T02:02:09Z","completed":"2026-11-25T02:02:10Z","cached":CACHED}]}"#;
        let cached = log(&[&step.replace("CACHED", "true")]);
        assert!(super::report(&cached).expect("an outcome").is_none());
        // It ran, and its report did not arrive.
        assert!(super::report(&log(&[&step.replace("CACHED", "false")])).is_err());
        assert!(super::report(&log(&[])).is_err());
    }
}
