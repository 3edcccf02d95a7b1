//! A runner of GitHub Actions, as far as a job of our workflow needs one: its `run:` steps in order, as bash scripts, with
//! the environment and the files that GitHub gives; what other people's actions would do is done for them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::aws::deploy::Deploy;
use crate::outcome::Outcome;
use crate::process;
use crate::temp_dir::TempDir;
use crate::tools;

const LIMIT: Duration = Duration::from_secs(60);

/// In place of the program that cargo would compile, the one under test; any other cargo is the real one.
const CARGO: &str = r#"#!/bin/sh
if [ "$1" != xtask ]; then exec "$CARGO" "$@"; fi
shift
CARGO_MANIFEST_DIR='ROOT/xtask' exec 'XTASK' "$@"
"#;

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

/// Runs a job of the committed workflow in the copy. `variables` are those of the repository, `more` stands in the
/// environment of every script besides.
#[track_caller]
pub(crate) fn run(deploy: &Deploy, job: &str, variables: &[(&str, &str)], more: &[(&str, &str)]) -> Job {
    let workflow = read(&deploy.fixture.copy.root().join(".github/workflows/images.yml").display().to_string());
    let job = &workflow["jobs"][job];
    let mut runner = Runner::new(deploy, variables);
    runner.env.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    let (mut scripts, mut kept) = (BTreeMap::new(), Vec::new());
    for step in job["steps"].as_array().expect("steps") {
        if let Some(action) = step["uses"].as_str() {
            kept.extend(runner.act(action, step));
        } else {
            scripts.insert(step["name"].as_str().expect("every step has a name").to_owned(), runner.script(step));
        }
    }
    let told = job["outputs"].as_object().into_iter().flatten();
    let outputs = told.map(|(name, expression)| (name.clone(), runner.value(expression))).collect();
    Job { outputs, page: runner.page(), scripts, kept }
}

/// What a job is at work with.
struct Runner<'a> {
    deploy: &'a Deploy,
    /// The files that GitHub reads, and the cargo of the scripts.
    folder: TempDir,
    env: BTreeMap<String, String>,
    /// What expressions can name: variables of the repository, and what the steps handed over so far.
    known: BTreeMap<String, String>,
}

impl<'a> Runner<'a> {
    fn new(deploy: &'a Deploy, variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new("runner");
        put_cargo(&folder.path().join("cargo"), deploy);
        let place = |name: &str| folder.path().join(name).display().to_string();
        let lab = deploy.lab.environment().into_iter().collect::<BTreeMap<_, _>>();
        let path = format!("{}:{}", folder.path().display(), lab["PATH"]);
        let own = [
            ("PATH", path),
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_OUTPUT", place("output")),
            ("GITHUB_ENV", place("env")),
            ("GITHUB_STEP_SUMMARY", place("page")),
        ];
        let env = lab.into_iter().chain(own).map(|(key, value)| (key.to_owned(), value)).collect();
        let known = variables.iter().map(|(name, value)| (format!("vars.{name}"), (*value).to_owned())).collect();
        Self { deploy, folder, env, known }
    }

    /// Runs a script, which works, and takes what it hands over.
    #[track_caller]
    fn script(&mut self, step: &Value) -> Outcome {
        let place = |name: &str| self.folder.path().join(name);
        let script = step["run"].as_str().expect("a step that uses nothing runs something");
        for (name, text) in [("script", script), ("output", ""), ("env", "")] {
            fs::write(place(name), text).expect("write a file");
        }
        let own = step["env"].as_object().into_iter().flatten().map(|(key, value)| (key.clone(), self.value(value)));
        let all: BTreeMap<String, String> = self.env.clone().into_iter().chain(own).collect();
        let all: Vec<(&str, &str)> = all.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let outcome = self.deploy.fixture.shell(&format!("exec bash -e '{}'", place("script").display()), &all);
        outcome.exits(0);
        let id = step["id"].as_str().unwrap_or_default();
        let handed_over = pairs(&place("output"));
        self.known.extend(handed_over.map(|(key, value)| (format!("steps.{id}.outputs.{key}"), value)));
        self.env.extend(pairs(&place("env")));
        outcome
    }

    /// Does what an action of others would do. Returns the files that it keeps.
    #[track_caller]
    fn act(&mut self, action: &str, step: &Value) -> Vec<String> {
        match action.split('@').next().unwrap_or_default() {
            // The copy is checked out, no cache is there, and cosign is one of the test tools.
            "actions/checkout" | "actions/cache" | "sigstore/cosign-installer" => Vec::new(),
            "aws-actions/configure-aws-credentials" => {
                self.env.insert("AWS_REGION".to_owned(), "eu-west-1".to_owned());
                Vec::new()
            }
            "actions/upload-artifact" => {
                vec![self.deploy.fixture.copy.read(step["with"]["path"].as_str().expect("a path"))]
            }
            other => panic!("nobody knows what {other} does"),
        }
    }

    /// What a value comes to that is a text, or one name such as `${{ steps.x.outputs.y }}`, empty where that means nothing.
    fn value(&self, value: &Value) -> String {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let name = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
        name.map_or(text.clone(), |name| self.known.get(name.trim()).cloned().unwrap_or_default())
    }

    fn page(&self) -> String {
        fs::read_to_string(self.folder.path().join("page")).unwrap_or_default()
    }
}

/// YAML as JSON, by the Python of the test tools.
fn read(path: &str) -> Value {
    let line = "import json, ruamel.yaml, sys; print(json.dumps(ruamel.yaml.YAML(typ='safe').load(open(sys.argv[1]))))";
    let ended = process::run(Command::new(tools::python()).args(["-c", line, path]), LIMIT);
    assert!(ended.code == Some(0), "{ended:?}");
    serde_json::from_str(&ended.stdout).expect("Python writes JSON")
}

fn put_cargo(path: &Path, deploy: &Deploy) {
    let root = deploy.fixture.copy.root().display().to_string();
    let text = CARGO.replace("ROOT", &root).replace("XTASK", env!("CARGO_BIN_EXE_xtask"));
    fs::write(path, text).expect("write a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a file of ours");
}

/// The lines `name=value` of a file that GitHub reads.
fn pairs(path: &Path) -> impl Iterator<Item = (String, String)> + use<> {
    let text = fs::read_to_string(path).expect("a file of ours");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.into_iter().map(|line| {
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{line} is no pair"));
        (key.to_owned(), value.to_owned())
    })
}
