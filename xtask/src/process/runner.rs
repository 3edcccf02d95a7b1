//! The only place that starts a process. Queries run always; effects are only printed in a dry run.

pub(crate) use crate::process::child::{Answer, Watcher};

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use xshell::{Shell, cmd};

use crate::failure::Failure;
use crate::process::child::{self, Ended, Watch};

use crate::process::interrupt::Interrupt;
use crate::process::invocation::Invocation;
use crate::process::last_lines::tail;
use crate::process::secret::Secret;
use crate::process::threads::joined;
use crate::terminal::manner::{Colour, Manner};
use crate::terminal::stdout;

/// Starts programs in the workspace root. A plain value, so that threads can share it.
#[derive(Clone, Debug)]
pub(crate) struct Runner {
    root: PathBuf,
    manner: Manner,
    pub(super) interrupt: Interrupt,
    /// Whether a dry run has printed anything; shared by all clones.
    printed: Arc<AtomicBool>,
    /// Whether an effect was begun; shared by all clones.
    acted: Arc<AtomicBool>,
}

impl Runner {
    pub(crate) fn new(root: &Path, manner: Manner, interrupt: Interrupt) -> Self {
        Self { root: root.to_owned(), manner, interrupt, printed: Arc::default(), acted: Arc::default() }
    }

    /// The same in another folder.
    #[cfg(feature = "home")]
    pub(crate) fn within(&self, folder: &Path) -> Self {
        Self { root: folder.to_owned(), ..self.clone() }
    }

    /// Whether an effect was begun: from then on nobody can say that nothing was changed.
    pub(crate) fn has_acted(&self) -> bool {
        self.acted.load(Ordering::Relaxed)
    }

    /// Whether somebody asked us to stop.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.is_set()
    }

    /// An effect whose output the user watches: the child's stdout and stderr both go to our stderr,
    /// since our stdout carries results only. Whoever wants it quiet sees the end of it when it fails. `what` is the
    /// purpose, used in the error.
    pub(crate) fn stream(&self, what: &str, call: &Invocation) -> anyhow::Result<()> {
        if self.printed(call)? {
            return Ok(());
        }
        let mut command = self.effect(call)?;
        command.stdin(Stdio::null()).stdout(self.watched());
        if self.manner.is_quiet() {
            command.stderr(Stdio::piped());
        }
        let ended = self.run(call, command, Watch::default())?;
        if !ended.status.success() {
            let said = [ended.stdout, ended.stderr].concat();
            bail!("{what}: {} {}{}", call.program, ending(ended.status), tail(&String::from_utf8_lossy(&said)));
        }
        Ok(())
    }

    /// Where the stdout of a child goes that people may watch.
    fn watched(&self) -> Stdio {
        if self.manner.is_quiet() { Stdio::piped() } else { io::stderr().into() }
    }

    /// An effect whose stderr goes to `watcher` line by line; its stdout goes to our stderr, since our stdout carries
    /// results only. `what` is the purpose, used in the error.
    pub(crate) fn follow(&self, what: &str, call: &Invocation, watcher: &mut dyn Watcher) -> anyhow::Result<()> {
        let mut command = self.effect(call)?;
        command.stdin(Stdio::null()).stdout(io::stderr()).stderr(Stdio::piped());
        let ended = self.run(call, command, Watch { watcher: Some(watcher), ..Watch::default() })?;
        if !ended.status.success() {
            bail!("{what}: {} {}", call.program, ending(ended.status));
        }
        Ok(())
    }

    /// An effect whose progress on stdout the user watches and whose stderr explains a failure. The caller has to print
    /// its own line in a dry run.
    pub(crate) fn watch(&self, call: &Invocation) -> anyhow::Result<Answer> {
        let mut command = self.effect(call)?;
        command.stdin(Stdio::null()).stdout(self.watched()).stderr(Stdio::piped());
        Ok(self.run(call, command, Watch::default())?.into_answer())
    }

    /// A login, which reads a secret from its stdin: it lets us in, and changes nothing that was to be changed. The caller
    /// has to print its own line in a dry run.
    pub(crate) fn feed(&self, call: &Invocation, secret: &Secret) -> anyhow::Result<Answer> {
        let mut command = self.command(call)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let answer = self.run(call, command, Watch { secret: Some(secret), ..Watch::default() })?.into_answer();
        Ok(Answer { stdout: secret.blot(&answer.stdout), stderr: secret.blot(&answer.stderr), ..answer })
    }

    /// An effect whose exit status is an answer. `None` in a dry run, where it was only printed.
    pub(crate) fn try_effect(&self, call: &Invocation) -> anyhow::Result<Option<Answer>> {
        if self.printed(call)? {
            return Ok(None);
        }
        self.acted.store(true, Ordering::Relaxed);
        self.probe(call).map(Some)
    }

    /// An effect whose output we need. `None` in a dry run, where it was only printed.
    pub(crate) fn capture_effect(&self, what: &str, call: &Invocation) -> anyhow::Result<Option<String>> {
        if self.printed(call)? {
            return Ok(None);
        }
        self.acted.store(true, Ordering::Relaxed);
        self.capture(what, call).map(Some)
    }

    /// A query that must succeed and whose output is too large to be held: `read` gets it as it comes. What it leaves is
    /// read as well: a child that writes into a closed pipe is killed, and an archive goes on behind its last file.
    pub(crate) fn read_through<T: Send>(
        &self,
        what: &str,
        call: &Invocation,
        read: impl FnOnce(&mut ChildStdout) -> anyhow::Result<T> + Send,
    ) -> anyhow::Result<T> {
        self.interrupt.check()?;
        let mut command = self.command(call)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| start_failure(call, &error))?;
        let mut stdout = child.stdout.take().expect("it is piped");
        let (ended, read) = thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let outcome = read(&mut stdout);
                io::copy(&mut stdout, &mut io::sink()).context("read its output")?;
                outcome
            });
            (child::wait(child, Watch::default(), &self.interrupt), joined(reader))
        });
        let ended = ended.with_context(|| format!("run `{}`", call.program))?;
        self.interrupt.check()?;
        if !ended.status.success() {
            bail!("{what}: {} {}{}", call.program, ending(ended.status), tail(&String::from_utf8_lossy(&ended.stderr)));
        }
        read
    }

    /// A query that must succeed. Returns stdout without the trailing line break.
    pub(crate) fn capture(&self, what: &str, call: &Invocation) -> anyhow::Result<String> {
        self.query(call, None)?.captured(what, call)
    }

    /// A query whose exit status is an answer; only a failure to start the program is an error.
    pub(crate) fn probe(&self, call: &Invocation) -> anyhow::Result<Answer> {
        Ok(self.query(call, None)?.into_answer())
    }

    /// A [`probe`](Self::probe) that is ended after `limit` and then answers `None`: a dead host may never answer.
    pub(crate) fn probe_within(&self, call: &Invocation, limit: Duration) -> anyhow::Result<Option<Answer>> {
        let ended = self.query(call, Some(limit))?;
        Ok(if ended.timed_out { None } else { Some(ended.into_answer()) })
    }

    fn query(&self, call: &Invocation, limit: Option<Duration>) -> anyhow::Result<Ended> {
        let mut command = self.command(call)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.run(call, command, Watch { limit, ..Watch::default() })
    }

    /// Runs the child to its end, which comes early when a limit is over or somebody interrupts us.
    fn run(&self, call: &Invocation, mut command: Command, watch: Watch<'_>) -> anyhow::Result<Ended> {
        self.interrupt.check()?;
        let child = command.spawn().map_err(|error| start_failure(call, &error))?;
        let ended = child::wait(child, watch, &self.interrupt).with_context(|| format!("run `{}`", call.program))?;
        // Whatever the child made of the interruption, the step is over.
        self.interrupt.check()?;
        Ok(ended)
    }

    /// Prints the line that a shell would be given in place of an effect, in a dry run; says whether it did. The lines
    /// are for the workspace root, so the first of them leads there from anywhere else.
    pub(crate) fn printed(&self, line: impl Display) -> anyhow::Result<bool> {
        if !self.manner.is_dry {
            return Ok(false);
        }
        if !self.printed.swap(true, Ordering::Relaxed) && !self.is_root_current() {
            stdout::line(Invocation::new("cd").arg(&self.root))?;
        }
        stdout::line(line)?;
        Ok(true)
    }

    fn is_root_current(&self) -> bool {
        let current = std::env::current_dir().and_then(|folder| folder.canonicalize());
        // A folder that is gone is surely another one.
        matches!((current, self.root.canonicalize()), (Ok(current), Ok(root)) if current == root)
    }

    /// A command that changes something.
    pub(super) fn effect(&self, call: &Invocation) -> anyhow::Result<Command> {
        self.acted.store(true, Ordering::Relaxed);
        self.command(call)
    }

    pub(super) fn command(&self, call: &Invocation) -> anyhow::Result<Command> {
        if self.manner.is_verbose() {
            // A closed stderr leaves nowhere to complain to; the exit code still tells.
            drop(writeln!(io::stderr().lock(), "[INFO] $ {call}"));
        }
        let sh = Shell::new().context("read the current directory")?;
        sh.change_dir(&self.root);
        let (program, args) = (&call.program, &call.args);
        let mut command = Command::from(cmd!(sh, "{program} {args...}").envs(&call.env));
        if self.manner.colour == Colour::Never {
            command.env("NO_COLOR", "1");
        }
        Ok(command)
    }
}

pub(super) fn start_failure(call: &Invocation, error: &io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Failure::precondition(format!("`{}` is not on PATH", call.program))
            .hint("See what else is missing, and how to mend it: cargo xtask doctor")
            .into();
    }
    anyhow::anyhow!("start `{}`: {error}", call.program)
}

pub(super) fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => format!("was ended by a signal ({status})"),
    }
}
