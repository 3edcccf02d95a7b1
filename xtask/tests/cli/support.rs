//! Runs the real xtask binary on a temporary workspace, with fake tools as the only programs on PATH.
//!
//! ```ignore
//! let workspace = Workspace::new();
//! let outcome = Fixture::new(&workspace).image("distributed-colony-base:latest", &image).xtask(["check-base"]).run();
//! outcome.exits(0);
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::answer::Answer;
use crate::image::Image;
use crate::leak::leak;
use crate::outcome::{Call, Outcome};
use crate::workspace::Workspace;

pub(crate) const BASE: &str = "distributed-colony-base:latest";
pub(crate) const COLONY: &str = "distributed-colony:latest";

/// What docker says when no engine listens.
pub(crate) const NO_ENGINE: &str =
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";

/// How every build begins.
pub(crate) const BUILD: [&str; 3] = ["docker", "buildx", "build"];

/// How every look at the containers of a compose project begins.
const PROJECT: [&str; 5] = ["docker", "ps", "--all", "--quiet", "--no-trunc"];

/// How a finished image on the classic store is looked into.
pub(crate) const LOOK: [&str; 4] = ["docker", "cp", "looked-at:/usr/local/bin", "-"];

/// How every look at a local image begins.
const INSPECT: [&str; 5] = ["docker", "image", "inspect", "--format", "{{json .}}"];

/// Writes the files that follow from the workspace's table, as it has to be after an edit of that.
pub(crate) fn generate(workspace: &Workspace) {
    Fixture::new(workspace).without("docker").xtask(["codegen"]).run().exits(0);
}

/// One run of xtask and what the tools around it answer.
pub(crate) struct Fixture<'a> {
    workspace: &'a Workspace,
    answers: Vec<Answer>,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    folder: String,
    tools: Vec<String>,
}

impl<'a> Fixture<'a> {
    /// A machine with docker, where the default context is in use and no image at all exists.
    pub(crate) fn new(workspace: &'a Workspace) -> Self {
        let fixture = Self {
            workspace,
            answers: Vec::new(),
            args: Vec::new(),
            env: BTreeMap::new(),
            folder: String::new(),
            tools: vec!["docker".to_owned()],
        };
        let version =
            r#"{"Client":{"Version":"28.2.2","Context":"default"},"Server":{"Version":"28.2.2","Os":"linux"}}"#;
        fixture
            .background(["docker", "version"], Answer::stdout(version))
            .background(["docker", "context", "show"], Answer::stdout("default\n"))
            .background(["docker", "buildx", "version"], Answer::stdout("github.com/docker/buildx v0.24.0\n"))
            .background(["docker", "compose", "version"], Answer::stdout("2.26.1-4\n"))
            .background(["docker", "buildx", "inspect"], Answer::stdout("Name: default\nDriver: docker\n"))
            .background(INSPECT, Answer::fails(1, "Error response from daemon: No such image: {last}"))
            .background(["docker", "image", "ls"], Answer::default())
            .background(PROJECT, Answer::default())
            .background(["docker", "container", "inspect"], Answer::default())
            .background(["docker", "create"], Answer::stdout("looked-at\n"))
            .background(LOOK, Answer::stdout(archive("bin", &["backend", "coordinator"])))
            .background(["docker", "rm", "looked-at"], Answer::default())
    }

    /// The client is there, and nobody answers it.
    pub(crate) fn without_engine(self) -> Self {
        let client = r#"{"Client":{"Version":"28.2.2","Context":"default"},"Server":null}"#;
        let down = Answer::fails(1, NO_ENGINE);
        self.background(["docker", "version"], down.clone().printing(client)).background(INSPECT, down)
    }

    /// An answer that nobody needs to ask for.
    pub(crate) fn background<const N: usize>(self, call: [&str; N], answer: Answer) -> Self {
        self.answer(call, answer.unneeded())
    }

    /// Answers calls that begin with these words; of several matches the longest counts. Said again for the same
    /// words, the answers are given one after the other, the last one for all further calls.
    pub(crate) fn answer<const N: usize>(mut self, call: [&str; N], answer: Answer) -> Self {
        let answer = answer.to(&call);
        self.answers.retain(|known| !(known.optional && known.is_to_the_same_call_as(&answer)));
        self.answers.push(answer);
        self
    }

    /// The local engine has this image.
    pub(crate) fn image(self, reference: &str, image: &Image) -> Self {
        let [docker, image_word, inspect, format, template] = INSPECT;
        self.answer([docker, image_word, inspect, format, template, reference], Answer::stdout(image.to_json()))
    }

    /// The same, though nobody needs to ask.
    pub(crate) fn background_image(self, reference: &str, image: &Image) -> Self {
        let [docker, image_word, inspect, format, template] = INSPECT;
        self.background([docker, image_word, inspect, format, template, reference], Answer::stdout(image.to_json()))
    }

    /// The local engine does not have this image. Only of use before another answer about the same image.
    pub(crate) fn no_image(self, reference: &str) -> Self {
        let [docker, image_word, inspect, format, template] = INSPECT;
        let stderr = format!("Error response from daemon: No such image: {reference}");
        self.answer([docker, image_word, inspect, format, template, reference], Answer::fails(1, &stderr))
    }

    /// Builds work and give this image.
    pub(crate) fn builds(self, image: &Image) -> Self {
        self.image(&image.id, image).answer(BUILD, Answer::builds(&image.id))
    }

    pub(crate) fn xtask(mut self, args: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.args = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        self
    }

    pub(crate) fn env(mut self, key: &str, value: &str) -> Self {
        self.env.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Runs in this folder of the workspace in place of its root.
    pub(crate) fn in_folder(mut self, folder: &str) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// Puts another fake tool on PATH.
    pub(crate) fn with(self, tool: &str) -> Self {
        let mut fixture = self.without(tool);
        fixture.tools.push(tool.to_owned());
        fixture
    }

    /// Takes a tool from PATH.
    pub(crate) fn without(mut self, tool: &str) -> Self {
        self.tools.retain(|known| known != tool);
        self
    }

    /// Runs xtask.
    pub(crate) fn run(self) -> Outcome {
        self.start(Path::new(env!("CARGO_BIN_EXE_xtask")))
    }

    /// Runs xtask with another stdout.
    pub(crate) fn run_into(self, stdout: impl Into<Stdio>) -> Outcome {
        let (fake, mut command) = self.prepare(Path::new(env!("CARGO_BIN_EXE_xtask")));
        let child = command.stdout(stdout).stderr(Stdio::piped()).spawn().expect("start the program under test");
        let output = child.wait_with_output().expect("wait for the program under test");
        self.finish(&fake, &output)
    }

    /// Runs a shell script on the same machine.
    pub(crate) fn shell(self, script: &str) -> Outcome {
        self.xtask(["-euc", script]).start(Path::new("/bin/sh"))
    }

    /// Runs xtask and kills it during its n-th call of a tool. Nobody needs all answers then.
    pub(crate) fn killed_at(mut self, call: usize) -> Outcome {
        self.answers = self.answers.into_iter().map(Answer::unneeded).collect();
        self.env("FAKE_TOOL_KILLS", &call.to_string()).run()
    }

    /// Runs xtask and sends it a signal as soon as it makes this call, which should not end by itself.
    pub(crate) fn signalled<const N: usize>(mut self, signal: &str, call: [&str; N]) -> Outcome {
        self.answers = self.answers.into_iter().map(Answer::unneeded).collect();
        let (fake, mut command) = self.prepare(Path::new(env!("CARGO_BIN_EXE_xtask")));
        // To pass the signal on.
        symlink("/bin/sh", fake.join("bin/sh")).expect("make a symlink");
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start the program under test");
        let record = fake.join("calls.jsonl");
        while !Call::read_all(&record).iter().any(|made| made.begins(&call)) {
            if child.try_wait().expect("our own child").is_some() {
                let output = child.wait_with_output().expect("it has ended");
                self.finish(&fake, &output).fail(&format!("{call:?} was not called"));
            }
            thread::sleep(Duration::from_millis(5));
        }
        let kill = Command::new("/bin/sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
        assert!(kill.expect("start a shell").success());
        let outcome = self.finish(&fake, &child.wait_with_output().expect("wait for the program under test"));
        let was_told = |call: &Call| fake.join("told").join(call.pid.to_string()).exists();
        // A child that is not told ends as well: it is killed when its time is over.
        if let Some(call) = outcome.calls.iter().find(|call| call.hangs && !was_told(call)) {
            outcome.fail(&format!("was not told to end: {} {:?}", call.program, call.args));
        }
        if let Some(call) = outcome.calls.iter().find(|call| Path::new(&format!("/proc/{}", call.pid)).exists()) {
            outcome.fail(&format!("still runs: {} {:?}", call.program, call.args));
        }
        outcome
    }

    fn start(self, program: &Path) -> Outcome {
        let (fake, mut command) = self.prepare(program);
        let output = command.output().expect("start the program under test");
        self.finish(&fake, &output)
    }

    /// Lays out the tools, and the command that will find no others.
    pub(crate) fn prepare(&self, program: &Path) -> (PathBuf, Command) {
        let fake = self.install_tools();
        let mut command = Command::new(program);
        command
            .args(&self.args)
            .current_dir(self.workspace.root().join(&self.folder))
            .stdin(Stdio::null())
            .env_clear()
            .envs(self.workspace.environment())
            .env("PATH", fake.join("bin"))
            .env("FAKE_TOOL_DIR", &fake)
            .env("CARGO_MANIFEST_DIR", self.workspace.root().join("xtask"))
            .env("DOCKER_CONFIG", self.workspace.beside("home/.docker"))
            .env("XTASK_SYSTEM_ROOT", self.workspace.beside("system"))
            .env("AWS_CONFIG_FILE", self.workspace.beside("home/.aws/config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.workspace.beside("home/.aws/credentials"))
            .envs(&self.env);
        (fake, command)
    }

    /// Ends the test if a call got no answer, an answer no call, or if a secret can be seen.
    pub(crate) fn finish(&self, fake: &Path, output: &Output) -> Outcome {
        let outcome = Outcome::new(output, Call::read_all(&fake.join("calls.jsonl")));
        if let Some(place) = leak(&outcome, self.workspace) {
            outcome.fail(&format!("a secret can be seen: {place}"));
        }
        if let Some(call) = outcome.calls.iter().find(|call| !call.foreseen) {
            outcome.fail(&format!("no answer for {} {:?}", call.program, call.args));
        }
        if let Some(unused) = self.unused(&fake.join("played")) {
            outcome.fail(&format!("an answer was never asked for: {unused:?}"));
        }
        outcome
    }

    /// Lays the tools, their answers and an empty record into a fresh folder, since a tool of an earlier run that was
    /// killed may still be at work.
    fn install_tools(&self) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let fake = self.workspace.beside(&format!("fake-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        for folder in ["bin", "played", "told"] {
            fs::create_dir_all(fake.join(folder)).expect("make a folder");
        }
        for tool in &self.tools {
            symlink(env!("CARGO_BIN_EXE_fake-tool"), fake.join("bin").join(tool)).expect("make a symlink");
        }
        let answers: Vec<Value> = self.answers.iter().map(Answer::to_json).collect();
        fs::write(fake.join("answers.json"), Value::Array(answers).to_string()).expect("write the answers");
        fake
    }

    /// The n-th answer of a sequence is used when the sequence was played n times, which fake-tool notes under the
    /// number of the sequence's first answer.
    fn unused(&self, played: &Path) -> Option<&Answer> {
        self.answers.iter().enumerate().filter(|(_, answer)| !answer.optional).find_map(|(index, answer)| {
            let same = |other: &Answer| other.is_to_the_same_call_as(answer);
            let first = self.answers.iter().position(same).expect("it is the same as itself");
            let turn = self.answers[..index].iter().filter(|other| same(other)).count();
            (!played.join(format!("{first}-{turn}")).exists()).then_some(answer)
        })
    }
}

/// The archive that docker writes of an image with these binaries, of 1,000 bytes each, below that folder.
pub(crate) fn archive(folder: &str, binaries: &[&str]) -> String {
    let mut archive = tar::Builder::new(Vec::new());
    let content = vec![0; 1_000];
    for binary in binaries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        let path = format!("{folder}/{binary}");
        archive.append_data(&mut header, path, content.as_slice()).expect("memory is large enough");
    }
    // Only zeros and letters.
    String::from_utf8(archive.into_inner().expect("memory is large enough")).expect("UTF-8")
}

/// The base image of this state of the workspace: what `build-base` would label it with.
pub(crate) fn current_base(workspace: &Workspace) -> Image {
    let plain = Image::new("sha256:base");
    let outcome = Fixture::new(workspace).builds(&plain).xtask(["build-base", "--no-push"]).run();
    outcome.exits(0);
    plain.labels(&outcome.build().pairs("--label"))
}

/// The colony image of this state of the workspace on that base: what `build-colony` would label it with.
pub(crate) fn current_colony(workspace: &Workspace, base: &Image, id: &str) -> Image {
    let plain = Image::new(id);
    let fixture = Fixture::new(workspace).image(BASE, base).builds(&plain);
    let outcome = fixture.xtask(["build-colony", "--no-push"]).run();
    outcome.exits(0);
    plain.labels(&outcome.build().pairs("--label"))
}

/// A base that is current, and builds that work.
pub(crate) fn working<'a>(workspace: &'a Workspace, base: &Image) -> Fixture<'a> {
    Fixture::new(workspace).image(BASE, base).builds(&Image::new("sha256:new"))
}
