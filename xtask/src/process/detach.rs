//! Programs that outlive us.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, bail};

use crate::process::invocation::Invocation;
use crate::process::runner::{Runner, ending, start_failure};

impl Runner {
    /// Starts a program in a session of its own, so that neither our end nor Ctrl-C nor a closed terminal ends it.
    /// What it prints goes to `log`. Linux only.
    pub(crate) fn detach(&self, what: &str, call: &Invocation, log: &Path) -> anyhow::Result<()> {
        let file = File::create(log).with_context(|| format!("{what}: create {}", log.display()))?;
        let copy = file.try_clone().with_context(|| format!("{what}: open {} twice", log.display()))?;
        let session = Invocation::new("setsid").args(["--fork", &call.program]).args(&call.args);
        let mut command = self.effect(&session)?;
        command.envs(&call.env).stdin(Stdio::null()).stdout(file).stderr(copy);
        let status = command.status().map_err(|error| start_failure(&session, &error))?;
        if !status.success() {
            bail!("{what}: setsid {}", ending(status));
        }
        Ok(())
    }
}
