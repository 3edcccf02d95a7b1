//! The only place that starts a process. Queries run always; effects are only printed in a dry run.

mod bounded;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use anyhow::{Context, bail};
use xshell::{Shell, cmd};

use crate::failure::Failure;
use crate::invocation::Invocation;

/// How many of the last lines of a child's stderr go into an error.
const STDERR_LINES: usize = 20;

/// Starts programs in the workspace root. A plain value, so that threads can share it.
#[derive(Clone, Debug)]
pub(crate) struct Runner {
    root: PathBuf,
    dry_run: bool,
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

impl Runner {
    pub(crate) fn new(root: &Path, dry_run: bool) -> Self {
        Self { root: root.to_owned(), dry_run }
    }

    /// Whether effects are printed in place of being run.
    pub(crate) fn is_dry(&self) -> bool {
        self.dry_run
    }

    /// An effect whose output the user watches: the child's stdout and stderr both go to our stderr,
    /// since our stdout carries results only. `what` is the purpose, used in the error.
    pub(crate) fn stream(&self, what: &str, call: &Invocation) -> anyhow::Result<()> {
        if self.printed(call) {
            return Ok(());
        }
        let mut command = self.command(call)?;
        command.stdin(Stdio::null()).stdout(std::io::stderr());
        let status = command.status().map_err(|error| start_failure(call, &error))?;
        if !status.success() {
            bail!("{what}: {} {}", call.program, ending(status));
        }
        Ok(())
    }

    /// An effect whose output we need. `None` in a dry run, where it was only printed.
    pub(crate) fn capture_effect(&self, what: &str, call: &Invocation) -> anyhow::Result<Option<String>> {
        if self.printed(call) {
            return Ok(None);
        }
        self.capture(what, call).map(Some)
    }

    /// A query that must succeed. Returns stdout without the trailing line break.
    pub(crate) fn capture(&self, what: &str, call: &Invocation) -> anyhow::Result<String> {
        let output = self.output(call)?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            bail!("{what}: {} {}{}", call.program, ending(output.status), tail(&stderr));
        }
        let stdout = String::from_utf8(output.stdout).with_context(|| format!("{what}: output is not UTF-8"))?;
        Ok(stdout.trim_end().to_owned())
    }

    /// A query whose exit status is an answer; only a failure to start the program is an error.
    pub(crate) fn probe(&self, call: &Invocation) -> anyhow::Result<Answer> {
        let output = self.output(call)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        Ok(Answer { success: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
    }

    fn output(&self, call: &Invocation) -> anyhow::Result<Output> {
        let mut command = self.command(call)?;
        command.stdin(Stdio::null());
        command.output().map_err(|error| start_failure(call, &error))
    }

    fn printed(&self, call: &Invocation) -> bool {
        if self.dry_run {
            println!("{call}");
        }
        self.dry_run
    }

    fn command(&self, call: &Invocation) -> anyhow::Result<Command> {
        let sh = Shell::new().context("read the current directory")?;
        sh.change_dir(&self.root);
        let (program, args) = (&call.program, &call.args);
        let command = cmd!(sh, "{program} {args...}").envs(&call.env);
        Ok(Command::from(command))
    }
}

fn start_failure(call: &Invocation, error: &std::io::Error) -> anyhow::Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Failure::precondition(format!("`{}` is not on PATH", call.program))
            .hint("See what else is missing, and how to mend it: cargo xtask doctor")
            .into();
    }
    anyhow::anyhow!("start `{}`: {error}", call.program)
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => format!("was ended by a signal ({status})"),
    }
}

fn tail(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.trim_end().lines().collect();
    let from = lines.len().saturating_sub(STDERR_LINES);
    lines[from..].iter().map(|line| format!("\n  {line}")).collect()
}
