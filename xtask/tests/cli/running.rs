//! A run of xtask that a test accompanies: it waits for words, edits files, and ends the run by a signal.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output};
use std::thread;
use std::time::{Duration, Instant};

use crate::outcome::Outcome;
use crate::support::Fixture;

/// Longer than anything takes here on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// What it says when it waits for an edit.
pub(crate) const WAITS: &str = "[INFO] waiting for a change (Ctrl-C ends)\n";

/// Ends with the test, whatever comes of that.
pub(crate) struct Running<'a> {
    fixture: Fixture<'a>,
    fake: PathBuf,
    child: Child,
}

impl<'a> Fixture<'a> {
    /// Starts xtask.
    pub(crate) fn start_running(self) -> Running<'a> {
        let (fake, mut command) = self.prepare(Path::new(env!("CARGO_BIN_EXE_xtask")));
        let file = |name| File::create(fake.join(name)).expect("make a file");
        let child =
            command.stdout(file("stdout")).stderr(file("stderr")).spawn().expect("start the program under test");
        Running { fixture: self, fake, child }
    }
}

impl Running<'_> {
    /// Waits until stderr has this text so many times.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str, times: usize) {
        let started = Instant::now();
        while String::from_utf8_lossy(&self.read("stderr")).matches(text).count() < times {
            let status = self.child.try_wait().expect("our own child");
            if status.is_some() || started.elapsed() > LIMIT {
                let outcome = self.outcome(status.unwrap_or(ExitStatus::from_raw(0)));
                outcome.fail(&format!("expected {times} times on stderr: {text}"));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends it a signal, after which it ends.
    pub(crate) fn signal(mut self, signal: &str) -> Outcome {
        let kill = Command::new("/bin/sh").args(["-c", &format!("kill -{signal} {}", self.child.id())]).status();
        assert!(kill.expect("start a shell").success());
        let status = self.end();
        self.outcome(status)
    }

    /// Waits until it ends by itself.
    pub(crate) fn ends(mut self) -> Outcome {
        let status = self.end();
        self.outcome(status)
    }

    #[track_caller]
    fn end(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("our own child") {
                return status;
            }
            assert!(started.elapsed() < LIMIT, "it does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn outcome(&self, status: ExitStatus) -> Outcome {
        let output = Output { status, stdout: self.read("stdout"), stderr: self.read("stderr") };
        self.fixture.finish(&self.fake, &output)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.fake.join(name)).expect("made at the start")
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
