//! What a run of xtask came to.

use crate::process::Ended;

/// Exit code and both outputs.
#[derive(Debug)]
pub(crate) struct Outcome(pub(crate) Ended);

impl Outcome {
    /// Ends the test with everything that is known about the run.
    #[track_caller]
    pub(crate) fn fail(&self, why: &str) -> ! {
        let Ended { code, stdout, stderr } = &self.0;
        panic!("{why}\n--- exit code {code:?}\n--- stdout\n{stdout}--- stderr\n{stderr}");
    }

    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        if self.0.code != Some(code) {
            self.fail(&format!("expected exit code {code}"));
        }
        self
    }

    /// Stdout is exactly this line.
    pub(crate) fn stdout(&self) -> &str {
        &self.0.stdout
    }

    #[track_caller]
    pub(crate) fn prints(&self, line: &str) -> &Self {
        if self.0.stdout != format!("{line}\n") {
            self.fail(&format!("expected on stdout: {line}"));
        }
        self
    }

    /// Stderr has this text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        if !self.0.stderr.contains(text) {
            self.fail(&format!("expected on stderr: {text}"));
        }
        self
    }

    #[track_caller]
    pub(crate) fn never_says(&self, text: &str) -> &Self {
        if self.0.stderr.contains(text) {
            self.fail(&format!("not expected on stderr: {text}"));
        }
        self
    }

    /// The value beside a label of the summary.
    pub(crate) fn row(&self, label: &str) -> Option<&str> {
        let (_, summary) = self.0.stderr.split_once("] ---- ")?;
        summary.lines().find_map(|line| {
            let (name, value) = line.strip_prefix("[INFO] ")?.split_once("  ")?;
            (name == label).then_some(value.trim_start())
        })
    }

    /// The summary has exactly this value beside that label.
    #[track_caller]
    pub(crate) fn has_row(&self, label: &str, value: &str) -> &Self {
        if self.row(label) != Some(value) {
            self.fail(&format!("expected in the summary: {label}  {value}"));
        }
        self
    }

    /// Cargo did not run, and the summary says so.
    #[track_caller]
    pub(crate) fn compiles_nothing(&self) -> &Self {
        if !self.row("compiled").is_some_and(|value| value.starts_with("nothing")) {
            self.fail("expected that nothing is compiled");
        }
        self.never_says(" Compiling ")
    }

    /// Exactly these packages were compiled; sorted names.
    #[track_caller]
    pub(crate) fn compiles(&self, packages: &[&str]) -> &Self {
        let lines = self.0.stderr.split_once("] ---- ").map_or("", |(_, summary)| summary).lines();
        let row = |line: &str| {
            line.strip_prefix("[INFO] ")?
                .split_once("  ")
                .map(|(name, value)| (name.to_owned(), value.trim_start().to_owned()))
        };
        let rows = lines.filter_map(row);
        let found: Vec<String> =
            rows.filter(|(_, value)| value.starts_with("compiled")).map(|(name, _)| name).collect();
        if found != packages {
            self.fail(&format!("expected to be compiled: {packages:?}, and found {found:?}"));
        }
        self
    }

    /// No dependency was compiled anew: either cargo ran and says so, or it did not run.
    #[track_caller]
    pub(crate) fn recompiles_no_dependency(&self) -> &Self {
        if !self.row("dependencies").is_some_and(|value| value.starts_with("0 of ")) {
            self.compiles_nothing();
        }
        self.never_says("compiled anew")
    }
}
