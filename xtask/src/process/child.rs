//! Waiting for a child: its output is read meanwhile, a limit or an interruption ends it early.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::process::interrupt::Interrupt;
use crate::process::invocation::Invocation;
use crate::process::last_lines::tail;
use crate::process::runner::ending;
use crate::process::secret::Secret;

/// How often a running child is looked at: short against the quickest docker call (15 ms).
const PAUSE: Duration = Duration::from_millis(2);

/// How long an interrupted child may take to clean up; buildx cancels its build in that time.
const GRACE: Duration = Duration::from_secs(10);

/// Whoever watches a child at work.
pub(crate) trait Watcher {
    /// A line of its stderr, without the line break.
    fn line(&mut self, line: &str);
    /// Comes every few milliseconds.
    fn tick(&mut self);
}

/// A finished query, whatever its exit status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) success: bool,
    /// Without the trailing line break.
    pub(crate) stdout: String,
    /// Without the trailing line break.
    pub(crate) stderr: String,
}

/// A child that has ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// Whether it was ended because its time was over; then its output is not complete.
    pub(super) timed_out: bool,
    /// Empty where it was not piped.
    pub(super) stdout: Vec<u8>,
    /// Empty where it was not piped.
    pub(super) stderr: Vec<u8>,
}

impl Ended {
    pub(super) fn into_answer(self) -> Answer {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        Answer { success: self.status.success(), stdout: text(&self.stdout), stderr: text(&self.stderr) }
    }

    /// What it wrote to stdout, without the trailing line break, if it succeeded.
    pub(super) fn captured(self, what: &str, call: &Invocation) -> anyhow::Result<String> {
        if !self.status.success() {
            let stderr = String::from_utf8_lossy(&self.stderr);
            bail!("{what}: {} {}{}", call.program, ending(self.status), tail(&stderr));
        }
        let stdout = String::from_utf8(self.stdout).with_context(|| format!("{what}: output is not UTF-8"))?;
        Ok(stdout.trim_end().to_owned())
    }
}

/// What becomes of the child while it runs.
#[derive(Default)]
pub(super) struct Watch<'a> {
    pub(super) secret: Option<&'a Secret>,
    pub(super) limit: Option<Duration>,
    /// Whether an interruption is not passed on to it.
    pub(super) is_untold: bool,
    /// Gets each line of stderr as it comes; what ended holds none of them then.
    pub(super) watcher: Option<&'a mut dyn Watcher>,
}

pub(super) fn wait(mut child: Child, watch: Watch<'_>, interrupt: &Interrupt) -> anyhow::Result<Ended> {
    let Watch { secret, limit, is_untold, mut watcher } = watch;
    let stdout = child.stdout.take().map(read_aside);
    let (mut stderr, mut lines) = (None, None);
    if watcher.is_some() {
        lines = child.stderr.take().map(lines_aside);
    } else {
        stderr = child.stderr.take().map(read_aside);
    }
    if let (Some(mut stdin), Some(secret)) = (child.stdin.take(), secret) {
        match stdin.write_all(secret.bytes()) {
            // A child that ends without reading tells why in its own words.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            written => written.context("write to its stdin")?,
        }
    }
    let started = Instant::now();
    let mut interrupted = None;
    loop {
        if let (Some(watcher), Some(lines)) = (&mut watcher, &lines) {
            lines.try_iter().try_for_each(|line| line.map(|line| watcher.line(&line))).context("read its output")?;
            watcher.tick();
        }
        if let Some(status) = child.try_wait()? {
            let (stdout, stderr) = (joined(stdout)?, joined(stderr)?);
            if let (Some(watcher), Some(lines)) = (&mut watcher, &lines) {
                lines.iter().try_for_each(|line| line.map(|line| watcher.line(&line))).context("read its output")?;
            }
            return Ok(Ended { status, timed_out: false, stdout, stderr });
        }
        if limit.is_some_and(|limit| started.elapsed() >= limit) {
            child.kill()?;
            // The readers are not waited for: a child of the child may keep the pipes open.
            return Ok(Ended { status: child.wait()?, timed_out: true, stdout: Vec::new(), stderr: Vec::new() });
        }
        if interrupt.is_set() {
            let since = *interrupted.get_or_insert_with(|| {
                if !is_untold {
                    pass_on(&child);
                }
                Instant::now()
            });
            if since.elapsed() >= GRACE {
                child.kill()?;
            }
        }
        thread::sleep(PAUSE);
    }
}

/// Ctrl-C reaches the children by itself, a signal to us alone does not.
fn pass_on(child: &Child) {
    // Every shell can do this, while the program of that name is missing on small systems. A child that has just ended
    // makes it fail, which is as good; one that ignores it is killed later.
    drop(Command::new("sh").args(["-c", "kill -INT \"$0\" 2>&-", &child.id().to_string()]).status());
}

fn read_aside(mut pipe: impl Read + Send + 'static) -> JoinHandle<std::io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes)?;
        Ok(bytes)
    })
}

/// Reads line by line; bytes that are no UTF-8 are replaced.
fn lines_aside(pipe: impl Read + Send + 'static) -> Receiver<std::io::Result<String>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        loop {
            let mut line = Vec::new();
            let read = match pipe.read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) => Ok(String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned()),
                Err(error) => Err(error),
            };
            let is_broken = read.is_err();
            // Nobody listens any more where waiting for the child failed.
            if sender.send(read).is_err() || is_broken {
                return;
            }
        }
    });
    receiver
}

fn joined(reader: Option<JoinHandle<std::io::Result<Vec<u8>>>>) -> anyhow::Result<Vec<u8>> {
    let Some(reader) = reader else { return Ok(Vec::new()) };
    reader.join().expect("reading a pipe does not panic").context("read its output")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::process::runner::Runner;
    use crate::terminal::manner::Manner;

    fn runner() -> Runner {
        Runner::new(Path::new("/"), Manner::default(), Interrupt::default())
    }

    #[test]
    fn a_query_that_takes_too_long_has_no_answer() {
        let call = Invocation::new("sleep").arg("60");
        let started = Instant::now();
        let answer = runner().probe_within(&call, Duration::from_millis(50)).expect("sleep starts");
        assert!(answer.is_none());
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_query_that_answers_in_time_is_read_whole() {
        let call = Invocation::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]);
        let answer = runner().probe_within(&call, Duration::from_secs(60)).expect("sh starts").expect("it ends");
        assert_eq!((answer.success, answer.stdout.as_str(), answer.stderr.as_str()), (false, "out", "err"));
    }

    #[test]
    fn a_child_may_write_more_than_is_wanted() {
        // More than a pipe holds.
        let call = Invocation::new("sh").args(["-c", "echo one; sleep 0.1; exec head -c 200000 /dev/zero"]);
        let read = runner().read_through("try it", &call, |pipe| {
            let mut word = [0; 3];
            pipe.read_exact(&mut word)?;
            Ok(word)
        });
        assert_eq!(&read.expect("it succeeds"), b"one");
    }

    #[derive(Default)]
    struct Lines(Vec<String>);

    impl Watcher for Lines {
        fn line(&mut self, line: &str) {
            self.0.push(line.to_owned());
        }

        fn tick(&mut self) {}
    }

    #[test]
    fn a_watcher_gets_every_line_of_stderr_and_the_last_one_without_its_end() {
        let call = Invocation::new("sh").args(["-c", "echo one >&2; echo >&2; printf two >&2; exit 3"]);
        let mut lines = Lines::default();
        let ended = runner().follow("try it", &call, &mut lines);
        assert_eq!(ended.expect_err("it fails").to_string(), "try it: sh ended with exit code 3");
        assert_eq!(lines.0, ["one", "", "two"]);
    }

    #[test]
    fn a_secret_arrives_on_stdin_and_is_blotted_out_of_the_answer() {
        let call = Invocation::new("sh").args(["-c", "cat; echo wrong: hush >&2"]);
        let answer = runner().feed(&call, &Secret::new("hush".to_owned())).expect("sh starts");
        assert_eq!((answer.stdout.as_str(), answer.stderr.as_str()), ("***", "wrong: ***"));
    }
}
