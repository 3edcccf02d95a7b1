//! Starts programs, each with a limit of time; they can be watched, and killed with everything that they started.

use std::collections::BTreeSet;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often a program is looked at.
const PAUSE: Duration = Duration::from_millis(10);

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A program that runs.
pub(crate) struct Running {
    child: Child,
    name: String,
    stdout: JoinHandle<String>,
    stderr_reader: JoinHandle<()>,
    stderr: Arc<Mutex<Vec<u8>>>,
    deadline: Instant,
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Ended {
    Running::start(command, limit).end()
}

impl Running {
    pub(crate) fn start(command: &mut Command, limit: Duration) -> Self {
        let name = format!("{command:?}");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("start {name}: {error}"));
        let mut out = child.stdout.take().expect("piped");
        let mut err = child.stderr.take().expect("piped");
        let stdout = thread::spawn(move || {
            let mut bytes = Vec::new();
            out.read_to_end(&mut bytes).expect("read a pipe");
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let said = stderr.clone();
        let stderr_reader = thread::spawn(move || {
            let mut chunk = [0; 4096];
            loop {
                match err.read(&mut chunk).expect("read a pipe") {
                    0 => break,
                    read => said.lock().expect("no panic holds it").extend_from_slice(&chunk[..read]),
                }
            }
        });
        Self { child, name, stdout, stderr_reader, stderr, deadline: Instant::now() + limit }
    }

    /// Waits until stderr has said this. False when the program ended without.
    pub(crate) fn says(&mut self, text: &str) -> bool {
        self.says_often(text, 1)
    }

    /// The same of a text that is said so many times.
    pub(crate) fn says_often(&mut self, text: &str, times: usize) -> bool {
        loop {
            let ended = self.has_ended();
            if self.said().matches(text).count() >= times {
                return true;
            }
            if ended {
                return false;
            }
            thread::sleep(PAUSE);
        }
    }

    /// SIGKILL, to the program and to all that it started, wherever these have put themselves. Whether it was that which
    /// ended it: false when it had come to its end by itself.
    pub(crate) fn kill(mut self) -> bool {
        // Once it has ended, its number may be that of somebody else's process.
        if self.child.try_wait().expect("our own child").is_none() {
            kill_tree(self.child.id());
        }
        self.child.wait().expect("it was killed").code().is_none()
    }

    /// What Ctrl-C sends, to the program alone.
    pub(crate) fn interrupt(&self) {
        let killed = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(killed.expect("start kill").success());
    }

    pub(crate) fn end(mut self) -> Ended {
        while !self.has_ended() {
            thread::sleep(PAUSE);
        }
        let status = self.child.wait().expect("it has ended");
        let stdout = self.stdout.join().expect("the reader does not panic");
        self.stderr_reader.join().expect("the reader does not panic");
        let stderr = self.stderr.lock().expect("no panic holds it");
        Ended { code: status.code(), stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.stderr.lock().expect("no panic holds it")).into_owned()
    }

    fn has_ended(&mut self) -> bool {
        if self.child.try_wait().expect("our own child").is_some() {
            return true;
        }
        if Instant::now() > self.deadline {
            kill_tree(self.child.id());
            panic!("{} takes too long; so far it said\n{}", self.name, self.said());
        }
        false
    }
}

/// Not by process group: a program may put what it starts into another one.
fn kill_tree(root: u32) {
    let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().expect("start ps");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let pairs: Vec<(u32, u32)> = listed
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
        .collect();
    let mut tree = BTreeSet::from([root]);
    while let Some((pid, _)) = pairs.iter().find(|(pid, parent)| tree.contains(parent) && !tree.contains(pid)) {
        tree.insert(*pid);
    }
    // One that has ended meanwhile is no matter; the others are killed all the same.
    let killed = Command::new("kill").arg("-KILL").args(tree.iter().map(u32::to_string)).output();
    killed.expect("start kill");
}
