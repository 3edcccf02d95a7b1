//! Starts the programs that the benchmark needs, one at a time, and ends them when somebody asks us to stop.

use std::io::ErrorKind;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::{fmt, thread};

use anyhow::{Context, bail};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How many of the last lines of a child's stderr go into an error.
const STDERR_LINES: usize = 20;

/// Whether somebody asked us to stop.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The process number of the child that is at work, 0 where there is none.
static CHILD: AtomicU32 = AtomicU32::new(0);

/// What ends the benchmark with an exit code of its own. Every other error ends it with code 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Ctrl-C or SIGTERM.
    Interrupted,
    /// The machine lacks something, as the text says.
    Precondition(String),
    /// Flags that cannot be.
    Usage(String),
}

impl Stop {
    /// As README.md documents them.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Interrupted => 130,
            Self::Precondition(_) => 3,
            Self::Usage(_) => 2,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted"),
            Self::Precondition(message) | Self::Usage(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Stop {}

/// From now on a first signal ends the child at work and then the benchmark, which tidies up; a second one ends it at
/// once.
pub(crate) fn catch_signals() -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("catch signals")?;
    thread::spawn(move || {
        for _ in signals.forever() {
            if INTERRUPTED.swap(true, Ordering::SeqCst) {
                std::process::exit(i32::from(Stop::Interrupted.code()));
            }
            end_child();
        }
    });
    Ok(())
}

/// A program that must succeed. Returns its stdout without the trailing line break; `what` is the purpose, for errors.
pub(crate) fn capture(what: &str, command: &mut Command) -> anyhow::Result<String> {
    let output = probe(command)?;
    succeeded(what, command, output)
}

/// A program whose exit status is an answer; only a failure to start it is an error.
pub(crate) fn probe(command: &mut Command) -> anyhow::Result<Output> {
    check()?;
    let child = start(command)?;
    CHILD.store(child.id(), Ordering::SeqCst);
    // A signal since the check has found no child.
    if INTERRUPTED.load(Ordering::SeqCst) {
        end_child();
    }
    let output = child.wait_with_output();
    CHILD.store(0, Ordering::SeqCst);
    // Whatever the child made of the interruption, the step is over.
    check()?;
    output.with_context(|| format!("run `{}`", program(command)))
}

/// A [`capture`] for tidying up, which an interruption does not end.
pub(crate) fn finish(what: &str, command: &mut Command) -> anyhow::Result<String> {
    let output = start(command)?.wait_with_output().with_context(|| format!("run `{}`", program(command)))?;
    succeeded(what, command, output)
}

/// What a child wrote, without the trailing line break; bytes that are no UTF-8 are replaced.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

fn start(command: &mut Command) -> anyhow::Result<Child> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Stop::Precondition(format!("`{}` is not on PATH", program(command))).into(),
        _ => anyhow::anyhow!("start `{}`: {error}", program(command)),
    })
}

fn succeeded(what: &str, command: &Command, output: Output) -> anyhow::Result<String> {
    if !output.status.success() {
        bail!("{what}: {} {}{}", program(command), ending(output.status), tail(&text(&output.stderr)));
    }
    Ok(text(&output.stdout))
}

fn check() -> Result<(), Stop> {
    if INTERRUPTED.load(Ordering::SeqCst) { Err(Stop::Interrupted) } else { Ok(()) }
}

/// Ctrl-C reaches the children by itself, a signal to us alone does not.
fn end_child() {
    let child = CHILD.load(Ordering::SeqCst);
    if child != 0 {
        // One that has just ended makes it fail, which is as good.
        drop(Command::new("sh").args(["-c", "kill -INT \"$0\" 2>&-", &child.to_string()]).status());
    }
}

fn program(command: &Command) -> String {
    command.get_program().display().to_string()
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => format!("was ended by a signal ({status})"),
    }
}

fn tail(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().collect();
    let from = lines.len().saturating_sub(STDERR_LINES);
    lines[from..].iter().map(|line| format!("\n  {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failure_tells_the_purpose_the_exit_code_and_the_end_of_stderr() {
        let error = capture("try it", &mut shell("seq 30 >&2; exit 3")).expect_err("it fails").to_string();
        assert!(error.starts_with("try it: sh ended with exit code 3\n  11\n"), "{error}");
        assert!(error.ends_with("\n  30"), "{error}");
    }

    #[test]
    fn a_program_that_is_missing_is_a_precondition() {
        let error = probe(&mut Command::new("no-such-program")).expect_err("it is not there");
        let expected = Stop::Precondition("`no-such-program` is not on PATH".to_owned());
        assert_eq!(error.downcast_ref::<Stop>(), Some(&expected));
    }
}
