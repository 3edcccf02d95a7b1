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
    /// The local base image, or what runs, is out of date.
    Stale = 4,
    /// There is no local base image.
    MissingBase = 5,
    /// Ctrl-C, SIGTERM or SIGHUP.
    Interrupted = 130,
}

/// A failure that the user can mend: what is wrong, and the lines that say how to mend it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ExitCode,
    pub(crate) message: String,
    pub(crate) hints: Vec<String>,
    /// The error code of the service that refused, such as `RepositoryNotFoundException`, where it gave one.
    pub(crate) service_code: Option<String>,
}

impl Failure {
    pub(crate) fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hints: Vec::new(), service_code: None }
    }

    pub(crate) fn precondition(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Precondition, message)
    }

    /// Any error as a failure with that exit code; what is known of the cure stays. An interruption stays one.
    pub(crate) fn of(code: ExitCode, error: &anyhow::Error) -> Self {
        let known = error.chain().find_map(|cause| cause.downcast_ref::<Self>());
        let code = match known {
            Some(known) if known.code == ExitCode::Interrupted => ExitCode::Interrupted,
            _ => code,
        };
        let service_code = known.and_then(|known| known.service_code.clone());
        Self { code, message: format!("{error:#}"), hints: hints(error), service_code }
    }

    pub(crate) fn hint(mut self, line: impl Into<String>) -> Self {
        self.hints.push(line.into());
        self
    }
}

/// The lines that say how to mend an error, none where nobody knows.
pub(crate) fn hints(error: &anyhow::Error) -> Vec<String> {
    let known = error.chain().find_map(|cause| cause.downcast_ref::<Failure>());
    known.map(|failure| failure.hints.clone()).unwrap_or_default()
}

/// The exit code that an error ends the program with.
pub(crate) fn code(error: &anyhow::Error) -> ExitCode {
    error.chain().find_map(|cause| cause.downcast_ref::<Failure>()).map_or(ExitCode::Failed, |failure| failure.code)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
