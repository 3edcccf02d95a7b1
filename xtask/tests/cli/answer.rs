//! What a fake tool answers.

use serde_json::{Value, json};

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

    /// A build that works and gives the image of that ID; the colony's also tells that nothing was compiled.
    pub(crate) fn builds(id: &str) -> Self {
        Self::default()
            .writing("--metadata-file", "", &json!({ "containerimage.digest": id }).to_string())
            .writing("--output", "run", "1\n")
            .writing("--output", "state", "warm\n")
            .writing("--output", "changed", "")
            .writing("--output", "messages.json", "")
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
