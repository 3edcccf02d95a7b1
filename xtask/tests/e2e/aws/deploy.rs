//! A copy of this workspace beside a lab of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use serde_json::Value;

use crate::aws::lab::{Lab, PASSWORD};
use crate::aws::registry;
use crate::engine;
use crate::fixture::Fixture;
use crate::outcome::Outcome;
use crate::process;
use crate::shape::Shape;

const LIMIT: Duration = Duration::from_secs(120);

/// The fields are dropped in this order: names in the lab's registry first, so that the fixture finds its images bare.
pub(crate) struct Deploy {
    pub(crate) lab: Lab,
    pub(crate) fixture: Fixture,
}

impl Deploy {
    pub(crate) fn new() -> Self {
        Self::in_lab(Lab::new())
    }

    /// Of a workspace of another shape.
    pub(crate) fn of(shape: &Shape) -> Self {
        Self { lab: Lab::new(), fixture: Fixture::of(shape) }
    }

    pub(crate) fn in_lab(lab: Lab) -> Self {
        Self { lab, fixture: Fixture::new() }
    }

    pub(crate) fn xtask(&self, args: &[&str]) -> Outcome {
        self.with_environment(|env| self.fixture.xtask(args, env))
    }

    /// With more variables.
    pub(crate) fn xtask_with(&self, args: &[&str], more: &[(&str, &str)]) -> Outcome {
        self.with_environment(|env| self.fixture.xtask(args, &[env, more].concat()))
    }

    /// From another checkout than that of this lab.
    pub(crate) fn xtask_of(&self, checkout: &Fixture, args: &[&str], more: &[(&str, &str)]) -> Outcome {
        self.with_environment(|env| checkout.xtask(args, &[env, more].concat()))
    }

    /// Nobody has configured aws.
    pub(crate) fn xtask_without_credentials(&self, args: &[&str]) -> Outcome {
        self.xtask_with(args, &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")])
    }

    /// Runs docker with the login that a push left behind.
    #[track_caller]
    pub(crate) fn docker(&self, args: &[&str]) {
        let mut command = engine::command("docker");
        let ended = process::run(command.args(args).envs(self.lab.environment()), LIMIT);
        assert!(ended.code == Some(0), "docker {args:?}: {ended:?}");
    }

    /// Runs a shell line in the root of the copy. `cargo xtask` is compiled there, in a target directory that later
    /// runs find again.
    pub(crate) fn shell(&self, line: &str) -> Outcome {
        let target = script_target();
        borrow_dependencies(&target);
        let target = target.display().to_string();
        self.with_environment(|env| self.fixture.shell(line, &[env, &[("CARGO_TARGET_DIR", &target)]].concat()))
    }

    /// Runs what a dry run printed, as it stands.
    pub(crate) fn paste(&self, lines: &str) -> Outcome {
        self.with_environment(|env| self.fixture.shell(lines, env))
    }

    fn with_environment(&self, run: impl FnOnce(&[(&str, &str)]) -> Outcome) -> Outcome {
        let owned = self.lab.environment();
        let env: Vec<(&str, &str)> = owned.iter().map(|(key, value)| (*key, value.as_str())).collect();
        run(&env)
    }

    /// `host/repository` and tag of an image of ours.
    pub(crate) fn remote<'a>(&self, image: &'a str) -> (String, &'a str) {
        let (repository, tag) = image.split_once(':').expect("a name and a tag");
        (format!("{}/{repository}", self.lab.host()), tag)
    }

    /// The digest that the registry has for an image of ours.
    #[track_caller]
    pub(crate) fn digest(&self, image: &str) -> String {
        let (repository, tag) = image.split_once(':').expect("a name and a tag");
        registry::digest(self.lab.registry.port, repository, tag)
            .unwrap_or_else(|| panic!("the registry has no {image}"))
    }

    /// The registry password is in no file of the copy.
    #[track_caller]
    pub(crate) fn shows_no_password(&self) {
        let grep = ["--recursive", "--files-with-matches", "--fixed-strings", PASSWORD, "target"];
        let ended = process::run(Command::new("grep").args(grep).current_dir(self.fixture.copy.root()), LIMIT);
        assert!(ended.code == Some(1), "the password is in {ended:?}");
    }

    /// The record that the last push left behind.
    #[track_caller]
    pub(crate) fn record(&self, name: &str) -> Value {
        record_in(&self.fixture.copy.root().join("target"), name)
    }

    /// The record that the last push by a shell line left behind.
    #[track_caller]
    pub(crate) fn script_record(&self, name: &str) -> Value {
        record_in(&script_target(), name)
    }
}

#[track_caller]
fn record_in(target: &Path, name: &str) -> Value {
    let text = fs::read_to_string(target.join(format!("xtask/deploy-{name}.json"))).expect("a record");
    serde_json::from_str(&text).expect("the record is JSON")
}

/// The target directory of shell lines.
fn script_target() -> PathBuf {
    let test = env::current_exe().expect("this test is a program");
    test.ancestors().nth(3).expect("it lies in target/debug/deps").join("e2e-scripts")
}

/// What is compiled of other packages is the same here and there. Links will do: cargo makes new files of what it compiles.
fn borrow_dependencies(target: &Path) {
    let (own, there) = (target.parent().expect("it lies in ours").join("debug"), target.join("debug"));
    if there.exists() {
        return;
    }
    fs::create_dir_all(&there).expect("make a folder");
    let parts = ["deps", "build", ".fingerprint"].map(|part| own.join(part));
    let ended = process::run(Command::new("cp").args(["--archive", "--link"]).args(parts).arg(there), LIMIT);
    assert!(ended.code == Some(0), "{ended:?}");
}
