//! What a fake tool answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const STEP: &str = "[builder 3/3] RUN sh /run/colony/compile.sh /out";
const BEGUN: &str = "2026-11-25T02:02:09.5Z";
const ENDED: &str = "2026-11-25T02:02:10.5Z";

/// BuildKit took the step that compiles from its cache.
fn record_of_cached_step() -> String {
    let step = json!({ "digest": "sha256:1", "name": STEP, "cached": true, "started": BEGUN, "completed": BEGUN });
    json!({ "vertexes": [step] }).to_string()
}

/// The step that compiles wrote this to stderr and failed.
pub(crate) fn record_of_failed_step(stderr: &str) -> String {
    let begun = json!({ "digest": "sha256:1", "name": STEP, "started": BEGUN });
    let ended =
        json!({ "digest": "sha256:1", "name": STEP, "started": BEGUN, "completed": ENDED, "error": "exit code: 101" });
    let log = json!({ "vertex": "sha256:1", "stream": 2, "timestamp": ENDED, "data": STANDARD.encode(stderr) });
    json!({ "vertexes": [begun, ended], "logs": [log] }).to_string()
}

/// The end of a build fails.
pub(crate) fn record_of_failed_export(error: &str) -> String {
    let name = "exporting to image";
    let step = json!({ "digest": "sha256:2", "name": name, "started": BEGUN, "completed": ENDED, "error": error });
    json!({ "vertexes": [step] }).to_string()
}

/// The step that compiles ran, reported these lines, and wrote this to stderr.
pub(crate) fn record_with_stderr(report: &[&str], stderr: &str) -> String {
    let report: String = report.iter().map(|line| format!("colony-report: {line}\n")).collect();
    let begun = json!({ "digest": "sha256:1", "name": STEP, "started": BEGUN });
    let ended = json!({ "digest": "sha256:1", "name": STEP, "started": BEGUN, "completed": ENDED });
    let log = |stream: u8, text: &str| json!({ "vertex": "sha256:1", "stream": stream, "timestamp": ENDED, "data": STANDARD.encode(text) });
    json!({ "vertexes": [begun, ended], "logs": [log(2, stderr), log(1, &report)] }).to_string()
}

/// What a tool answers to calls that begin in some way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    program: String,
    prefix: Vec<String>,
    stdout: String,
    stderr: String,
    code: u8,
    killed: bool,
    hangs: bool,
    pushed: bool,
    /// Whether the test passes if nobody asks for it.
    pub(crate) optional: bool,
    /// Flag, path and content of files that the tool writes; see `tests/fake_tool/main.rs`.
    writes: Vec<(String, String, String)>,
    /// Flag and path of programs that the tool puts in place.
    installs: Vec<(String, String)>,
}

impl Answer {
    pub(crate) fn stdout(text: impl Into<String>) -> Self {
        Self { stdout: text.into(), ..Self::default() }
    }

    pub(crate) fn fails(code: u8, stderr: &str) -> Self {
        Self { code, stderr: format!("{stderr}\n"), ..Self::default() }
    }

    /// The tool is ended by a signal.
    pub(crate) fn killed() -> Self {
        Self { killed: true, ..Self::default() }
    }

    /// The tool does not end by itself within the time of a test.
    pub(crate) fn hangs() -> Self {
        Self { hangs: true, ..Self::default() }
    }

    /// A build that works and gives the image of that ID; BuildKit has everything in its cache.
    pub(crate) fn builds(id: &str) -> Self {
        let metadata = json!({ "containerimage.digest": id, "containerimage.config.digest": id });
        Self::default().writing("--metadata-file", "", &metadata.to_string()).telling(&[record_of_cached_step()])
    }

    /// The same, but the compiling step ran and reported these lines.
    pub(crate) fn compiles(id: &str, lines: &[&str]) -> Self {
        Self::builds(id).telling(&[record_with_stderr(lines, "")])
    }

    /// What it writes to stderr.
    pub(crate) fn telling(mut self, lines: &[String]) -> Self {
        self.stderr = lines.iter().map(|line| format!("{line}\n")).collect();
        self
    }

    /// The call writes a file where the value of this flag says. Said again for the same file, the last content counts.
    pub(crate) fn writing(mut self, flag: &str, path: &str, content: &str) -> Self {
        self.writes.push((flag.to_owned(), path.to_owned(), content.to_owned()));
        self
    }

    /// The call puts a fake tool on PATH.
    pub(crate) fn installing(self, tool: &str) -> Self {
        self.installing_at("", tool)
    }

    /// The call puts a fake tool at this path below the folder that the value of the flag names.
    pub(crate) fn installing_at(mut self, flag: &str, path: &str) -> Self {
        self.installs.push((flag.to_owned(), path.to_owned()));
        self
    }

    pub(crate) fn printing(mut self, stdout: &str) -> Self {
        stdout.clone_into(&mut self.stdout);
        self
    }

    /// Only given to a call whose last word was pushed before.
    pub(crate) fn once_pushed(self) -> Self {
        Self { pushed: true, ..self }
    }

    /// The test passes if nobody asks for it.
    pub(crate) fn unneeded(self) -> Self {
        Self { optional: true, ..self }
    }

    pub(crate) fn to(mut self, call: &[&str]) -> Self {
        let (program, prefix) = call.split_first().expect("a call names a program");
        self.program = (*program).to_owned();
        self.prefix = prefix.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    pub(crate) fn is_to_the_same_call_as(&self, other: &Self) -> bool {
        (&self.program, &self.prefix) == (&other.program, &other.prefix)
    }

    /// As `fake-tool` reads it.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "program": self.program,
            "args": self.prefix,
            "stdout": self.stdout,
            "stderr": self.stderr,
            "code": self.code,
            "killed": self.killed,
            "hangs": self.hangs,
            "pushed": self.pushed,
            "writes": self.writes,
            "installs": self.installs,
        })
    }
}
