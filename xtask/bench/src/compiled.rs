//! What `cargo xtask build-colony --json` tells of a build. README.md documents the fields. Pure.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// The schema that is understood here.
const SCHEMA: u32 = 1;

/// The part of the record that the benchmark is about.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    schema: u32,
    pub(crate) compiled: Option<Compiled>,
    pub(crate) steps: Vec<Step>,
}

/// A step of the program.
#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) seconds: f64,
}

/// What a build compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Compiled {
    /// BuildKit took the compiling step from its cache.
    pub(crate) from_cache: bool,
    /// By name; none where the step came from the cache.
    #[serde(default)]
    pub(crate) members: BTreeMap<String, Member>,
    #[serde(default)]
    pub(crate) dependencies: Dependencies,
    /// Whether the base, and with it every dependency, was built first. Not in the record of the colony.
    #[serde(default)]
    pub(crate) base_rebuilt: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Member {
    compiled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Dependencies {
    pub(crate) total: usize,
    /// Names and versions.
    pub(crate) recompiled: Vec<String>,
}

impl Told {
    /// Reads the one line that the program prints.
    pub(crate) fn read(line: &str) -> anyhow::Result<Self> {
        let told: Self = serde_json::from_str(line).context("read the record of our build")?;
        anyhow::ensure!(
            told.schema == SCHEMA,
            "the record of our build has schema {}, not {SCHEMA}; mend xtask/bench/src/compiled.rs",
            told.schema
        );
        Ok(told)
    }
}

impl Compiled {
    /// Whether no dependency was compiled.
    pub(crate) fn kept_dependencies(&self) -> bool {
        !self.base_rebuilt && self.dependencies.recompiled.is_empty()
    }

    /// The same in words.
    pub(crate) fn describe(&self) -> String {
        let Dependencies { total, recompiled } = &self.dependencies;
        let colony = match self.from_cache {
            true => "nothing compiled".to_owned(),
            false => format!("{} of {total} dependencies recompiled", recompiled.len()),
        };
        if self.base_rebuilt { format!("the base built again, then {colony}") } else { colony }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Cargo ran, and recompiled so many of 96 dependencies.
    pub(crate) fn ran(recompiled: usize) -> Compiled {
        let recompiled = vec!["serde@1.0.1".to_owned(); recompiled];
        Compiled { dependencies: Dependencies { total: 96, recompiled }, ..Compiled::default() }
    }

    #[test]
    fn a_record_of_a_build_is_read() {
        let line = r#"{"schema":1,"image":"c:latest","bytes":7,"compiled":{"from_cache":false,"seeded_anew":false,
            "members":{"backend":{"compiled":true,"why":"edited"},"shared":{"compiled":false}},
            "dependencies":{"total":96,"recompiled":[]},"warnings":0},
            "steps":[{"name":"plan","from":0.0,"seconds":0.03}]}"#;
        let told = Told::read(line).expect("a record");
        let compiled = told.compiled.expect("it says so");
        assert_eq!(compiled.describe(), "0 of 96 dependencies recompiled");
        assert!(compiled.kept_dependencies() && compiled.members["backend"].compiled);
        assert_eq!((told.steps[0].name.as_str(), told.steps[0].seconds), ("plan", 0.03));
    }

    #[test]
    fn a_step_from_the_cache_compiled_nothing() {
        let line = r#"{"schema":1,"compiled":{"from_cache":true,"why":"all inputs are those of an earlier build"},
            "steps":[]}"#;
        let compiled = Told::read(line).expect("a record").compiled.expect("it says so");
        assert_eq!(compiled.describe(), "nothing compiled");
        assert!(compiled.kept_dependencies());
    }

    #[test]
    fn a_rebuilt_base_has_compiled_every_dependency() {
        let compiled = Compiled { base_rebuilt: true, ..ran(0) };
        assert_eq!(compiled.describe(), "the base built again, then 0 of 96 dependencies recompiled");
        assert!(!compiled.kept_dependencies() && !ran(1).kept_dependencies() && ran(0).kept_dependencies());
    }

    #[test]
    fn a_record_of_another_schema_is_refused() {
        let error = Told::read(r#"{"schema":2,"steps":[]}"#).expect_err("not ours").to_string();
        assert!(error.contains("has schema 2"), "{error}");
    }
}
