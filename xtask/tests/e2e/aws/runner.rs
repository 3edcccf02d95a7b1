//! A runner of GitHub Actions, as far as a job of our workflow needs one: its `run:` steps in order, as bash scripts, with
//! the environment and the files that GitHub gives; what other people's actions would do is done for them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::aws::deploy::Deploy;
use crate::outcome::Outcome;
use crate::process;
use crate::temp_dir::TempDir;
use crate::tools;

const LIMIT: Duration = Duration::from_secs(60);

/// In place of the program that cargo would compile, the one under test; any other cargo is the real one. What a command or
/// a flag of the workflow stands for that this program does not have yet is left out.
const CARGO: &str = r#"#!/bin/sh
if [ "$1" != xtask ]; then exec "$CARGO" "$@"; fi
shift
NOT_YET
CARGO_MANIFEST_DIR='ROOT/xtask' exec 'XTASK' "$@"
"#;

/// `pull-base` finds nothing in a registry that is empty; nobody signs.
const NOT_YET: &str = r#"case $1 in pull-base) exit 3 ;; esac
for word do shift; if [ "$word" != --sign ]; then set -- "$@" "$word"; fi; done"#;

/// What a job came to.
pub(crate) struct Job {
    /// Its `outputs:`.
    pub(crate) outputs: BTreeMap<String, String>,
    /// Its page, as Markdown.
    pub(crate) page: String,
    /// What its scripts came to, by the names of their steps.
    pub(crate) scripts: BTreeMap<String, Outcome>,
    /// The files that it keeps for others.
    pub(crate) kept: Vec<String>,
}

/// Runs a job of the committed workflow in the copy.
#[track_caller]
pub(crate) fn run(deploy: &Deploy, job: &str) -> Job {
    let root = deploy.fixture.copy.root();
    let workflow = read(&root.join(".github/workflows/images.yml").display().to_string());
    let job = &workflow["jobs"][job];
    let folder = TempDir::new("runner");
    let place = |name: &str| folder.path().join(name).display().to_string();
    put_cargo(&place("cargo"), deploy);
    let mut env: BTreeMap<String, String> =
        deploy.lab.environment().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    env.insert("PATH".to_owned(), format!("{}:{}", folder.path().display(), env["PATH"]));
    for key in ["CI", "GITHUB_ACTIONS"] {
        env.insert(key.to_owned(), "true".to_owned());
    }
    for (key, name) in [("GITHUB_OUTPUT", "output"), ("GITHUB_ENV", "env"), ("GITHUB_STEP_SUMMARY", "page")] {
        env.insert(key.to_owned(), place(name));
    }
    let mut outputs: BTreeMap<String, String> = BTreeMap::new();
    let (mut scripts, mut kept) = (BTreeMap::new(), Vec::new());
    for step in job["steps"].as_array().expect("steps") {
        if let Some(action) = step["uses"].as_str() {
            kept.extend(act(action, step, deploy, &mut env));
            continue;
        }
        let script = step["run"].as_str().expect("a step that uses nothing runs something");
        fs::write(place("script"), script).expect("write a file");
        for name in ["output", "env"] {
            fs::write(place(name), "").expect("write a file");
        }
        let own = step["env"].as_object().into_iter().flatten().map(|(key, value)| (key.clone(), literal(value)));
        let all: BTreeMap<String, String> = env.clone().into_iter().chain(own).collect();
        let all: Vec<(&str, &str)> = all.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let outcome = deploy.fixture.shell(&format!("exec bash -e '{}'", place("script")), &all);
        outcome.exits(0);
        let id = step["id"].as_str().unwrap_or_default();
        outputs.extend(pairs(&place("output")).map(|(key, value)| (format!("steps.{id}.outputs.{key}"), value)));
        env.extend(pairs(&place("env")));
        scripts.insert(step["name"].as_str().expect("every step has a name").to_owned(), outcome);
    }
    let told = job["outputs"].as_object().into_iter().flatten();
    let value = |expression: &Value| outputs.get(inner(expression)).cloned().unwrap_or_default();
    Job {
        outputs: told.map(|(name, expression)| (name.clone(), value(expression))).collect(),
        page: fs::read_to_string(place("page")).unwrap_or_default(),
        scripts,
        kept,
    }
}

/// What an action of others leaves behind. Returns the files that it keeps.
#[track_caller]
fn act(action: &str, step: &Value, deploy: &Deploy, env: &mut BTreeMap<String, String>) -> Vec<String> {
    match action.split('@').next().unwrap_or_default() {
        // The copy is checked out; no cache is there; no one signs without a key here.
        "actions/checkout" | "actions/cache" | "sigstore/cosign-installer" => Vec::new(),
        "aws-actions/configure-aws-credentials" => {
            env.insert("AWS_REGION".to_owned(), "eu-west-1".to_owned());
            Vec::new()
        }
        "actions/upload-artifact" => {
            let path = step["with"]["path"].as_str().expect("a path");
            vec![deploy.fixture.copy.read(path)]
        }
        other => panic!("nobody knows what {other} does"),
    }
}

/// YAML as JSON, by the Python of the test tools.
fn read(path: &str) -> Value {
    let line = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let ended = process::run(Command::new(tools::python()).args(["-c", line, path]), LIMIT);
    assert!(ended.code == Some(0), "{ended:?}");
    serde_json::from_str(&ended.stdout).expect("Python writes JSON")
}

fn put_cargo(path: &str, deploy: &Deploy) {
    let root = deploy.fixture.copy.root().display().to_string();
    let text = CARGO.replace("NOT_YET", NOT_YET).replace("ROOT", &root).replace("XTASK", env!("CARGO_BIN_EXE_xtask"));
    fs::write(path, text).expect("write a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a file of ours");
}

/// The lines `name=value` of a file that GitHub reads.
fn pairs(path: &str) -> impl Iterator<Item = (String, String)> {
    let text = fs::read_to_string(path).expect("a file of ours");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.into_iter().map(|line| {
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{line} is no pair"));
        (key.to_owned(), value.to_owned())
    })
}

/// A value that is no expression; a variable of the repository is not set here.
fn literal(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.starts_with("${{ vars.") { String::new() } else { text }
}

/// `steps.x.outputs.y` of `${{ steps.x.outputs.y }}`.
fn inner(expression: &Value) -> &str {
    let text = expression.as_str().unwrap_or_default();
    text.trim_start_matches("${{").trim_end_matches("}}").trim()
}
