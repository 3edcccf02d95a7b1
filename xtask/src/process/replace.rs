//! Programs that take our place.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;

use crate::process::invocation::Invocation;
use crate::process::runner::{Runner, start_failure};

impl Runner {
    /// Becomes that program, so that its exit code and every signal are its own. Returns only when it cannot start.
    pub(crate) fn replace(&self, call: &Invocation) -> anyhow::Result<Infallible> {
        self.interrupt.check()?;
        let error = self.command(call)?.exec();
        Err(start_failure(call, &error))
    }
}
