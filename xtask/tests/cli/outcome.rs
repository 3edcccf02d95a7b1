//! What a run of xtask came to: exit code, both outputs and the recorded calls of tools.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

/// The docker calls that change nothing.
const QUERIES: [&[&str]; 15] = [
    &["image", "inspect"],
    &["image", "ls"],
    &["context", "show"],
    &["version"],
    &["buildx", "version"],
    &["buildx", "inspect"],
    &["buildx", "du"],
    &["compose", "version"],
    &["container", "inspect"],
    &["ps"],
    &["system", "df"],
    // A look into an image.
    &["create", "--network", "none", "--label", "io.distributed-colony.look"],
    &["cp", "looked-at:/usr/local/bin", "-"],
    &["export"],
    &["rm", "looked-at"],
];

#[derive(Debug)]
pub(crate) struct Outcome {
    /// `None` when a signal ended it.
    code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) calls: Vec<Call>,
}

/// One recorded call of a tool.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) program: String,
    pub(crate) args: Vec<String>,
    pub(crate) cwd: PathBuf,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) stdin: String,
    pub(crate) pid: u64,
    pub(crate) foreseen: bool,
    /// Whether it ends only when somebody ends it.
    pub(crate) hangs: bool,
}

impl Outcome {
    pub(crate) fn new(output: &Output, calls: Vec<Call>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("xtask writes UTF-8");
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr), calls }
    }

    /// Ends the test with everything that is known about the run.
    pub(crate) fn fail(&self, why: &str) -> ! {
        let calls: Vec<String> = self.calls.iter().map(|call| format!("{} {:?}", call.program, call.args)).collect();
        panic!(
            "{why}\n--- exit code {:?}\n--- stdout\n{}--- stderr\n{}--- calls\n{}\n",
            self.code,
            self.stdout,
            self.stderr,
            calls.join("\n")
        );
    }

    pub(crate) fn ended_by_itself(&self) -> bool {
        self.code.is_some()
    }

    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        if self.code != Some(code) {
            self.fail(&format!("expected exit code {code}"));
        }
        self
    }

    /// Stdout is exactly this.
    #[track_caller]
    pub(crate) fn prints(&self, stdout: &str) -> &Self {
        if self.stdout != stdout {
            self.fail(&format!("expected stdout {stdout:?}"));
        }
        self
    }

    /// Stdout has this text.
    #[track_caller]
    pub(crate) fn lists(&self, text: &str) -> &Self {
        if !self.stdout.contains(text) {
            self.fail(&format!("expected on stdout: {text}"));
        }
        self
    }

    /// Stderr has this text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        if !self.stderr.contains(text) {
            self.fail(&format!("expected on stderr: {text}"));
        }
        self
    }

    #[track_caller]
    pub(crate) fn never_says(&self, text: &str) -> &Self {
        if self.stderr.contains(text) {
            self.fail(&format!("not expected on stderr: {text}"));
        }
        self
    }

    /// No call changed anything.
    #[track_caller]
    pub(crate) fn has_no_effect(&self) -> &Self {
        if let Some(call) = self.effects().next() {
            self.fail(&format!("an effect: {} {:?}", call.program, call.args));
        }
        self
    }

    /// The calls that are no queries.
    pub(crate) fn effects(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| {
            let begins =
                |query: &[&str]| call.args.len() >= query.len() && call.args.iter().zip(query).all(|(a, b)| a == b);
            call.program != "docker" || !QUERIES.iter().any(|query| begins(query))
        })
    }

    /// The one build that makes an image.
    #[track_caller]
    pub(crate) fn build(&self) -> &Call {
        let names_it = |arg: &String| arg == "--tag" || arg.starts_with("type=image,name=");
        let mut builds = self.calls.iter().filter(|call| call.args.iter().any(names_it));
        match (builds.next(), builds.next()) {
            (Some(build), None) => build,
            _ => self.fail("expected one build"),
        }
    }
}

impl Call {
    /// The arguments without those that are for this program alone: whoever pastes the call wants to read, and no file.
    pub(crate) fn pasted(&self) -> Vec<String> {
        let mut args = Vec::new();
        let mut all = self.args.iter();
        while let Some(arg) = all.next() {
            if arg == "--metadata-file" {
                all.next();
            } else if !arg.starts_with("--progress=") {
                args.push(arg.clone());
            }
        }
        args
    }

    /// Whether it begins with these words, of which the first is the program.
    pub(crate) fn begins(&self, words: &[&str]) -> bool {
        let mut made = [&self.program].into_iter().chain(&self.args);
        words.iter().all(|word| made.next().is_some_and(|made| made == word))
    }

    /// The calls in the order in which they came, none when there is no record.
    pub(crate) fn read_all(record: &Path) -> Vec<Self> {
        let text = std::fs::read_to_string(record).unwrap_or_default();
        // The last line may still be in the writing.
        let (whole, _) = text.rsplit_once('\n').unwrap_or_default();
        whole.lines().map(|line| Self::parse(&serde_json::from_str(line).expect("fake-tool writes JSON"))).collect()
    }

    fn parse(call: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("fake-tool records texts").to_owned();
        Self {
            program: text(&call["program"]),
            args: call["args"].as_array().expect("arguments are an array").iter().map(text).collect(),
            cwd: text(&call["cwd"]).into(),
            env: call["env"]
                .as_object()
                .expect("the environment is an object")
                .iter()
                .map(|(key, value)| (key.clone(), text(value)))
                .collect(),
            stdin: text(&call["stdin"]),
            pid: call["pid"].as_u64().expect("a number"),
            foreseen: call["foreseen"] == true,
            hangs: call["hangs"] == true,
        }
    }

    /// The `key=value` arguments that follow a flag.
    pub(crate) fn pairs(&self, flag: &str) -> BTreeMap<String, String> {
        let values = self.args.iter().zip(self.args.iter().skip(1)).filter(|(before, _)| *before == flag);
        values
            .map(|(_, pair)| pair.split_once('=').expect("a pair"))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }
}
