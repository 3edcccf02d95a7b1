//! Errors with an exit code of their own and a cure. Every other error ends the program with code 1.

use std::fmt;

/// The exit codes, as README.md documents them; usage errors (2) are clap's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// A step failed.
    Failed = 1,
    /// Flags or the environment ask for something that cannot be.
    Usage = 2,
    /// A precondition is not met and nothing was changed.
    Precondition = 3,
    /// The local base image is out of date.
    StaleBase = 4,
}

/// A failure that the user can mend: what is wrong, and the lines that say how to mend it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ExitCode,
    pub(crate) message: String,
    pub(crate) hints: Vec<String>,
}

impl Failure {
    pub(crate) fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hints: Vec::new() }
    }

    pub(crate) fn precondition(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Precondition, message)
    }

    pub(crate) fn hint(mut self, line: impl Into<String>) -> Self {
        self.hints.push(line.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
