//! Queries that are given up after a while, and programs that outlive us.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::{Answer, Runner, ending, start_failure};
use crate::invocation::Invocation;

/// How often a running query is looked at: short against the quickest docker call (15 ms).
const PAUSE: Duration = Duration::from_millis(2);

impl Runner {
    /// A [`probe`](Self::probe) that is ended after `limit` and then answers `None`: a dead host may never answer.
    pub(crate) fn probe_within(&self, call: &Invocation, limit: Duration) -> anyhow::Result<Option<Answer>> {
        let mut command = self.command(call)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| start_failure(call, &error))?;
        let stdout = read_aside(child.stdout.take().context("stdout is piped")?);
        let stderr = read_aside(child.stderr.take().context("stderr is piped")?);
        // The readers are not waited for when time is up: a child of the child may keep the pipes open.
        let Some(status) = wait_within(&mut child, limit).with_context(|| format!("wait for `{call}`"))? else {
            return Ok(None);
        };
        Ok(Some(Answer { success: status.success(), stdout: text(stdout)?, stderr: text(stderr)? }))
    }

    /// Starts a program in a session of its own, so that neither our end nor Ctrl-C nor a closed terminal ends it.
    /// What it prints goes to `log`. Linux only.
    pub(crate) fn detach(&self, what: &str, call: &Invocation, log: &Path) -> anyhow::Result<()> {
        let file = File::create(log).with_context(|| format!("{what}: create {}", log.display()))?;
        let copy = file.try_clone().with_context(|| format!("{what}: open {} twice", log.display()))?;
        let session = Invocation::new("setsid").args(["--fork", &call.program]).args(&call.args);
        let mut command = self.command(&session)?;
        command.envs(&call.env).stdin(Stdio::null()).stdout(file).stderr(copy);
        let status = command.status().map_err(|error| start_failure(&session, &error))?;
        if !status.success() {
            bail!("{what}: setsid {}", ending(status));
        }
        Ok(())
    }
}

/// The exit status, or `None` after `limit`, when the child has been killed.
fn wait_within(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
}

fn read_aside(mut pipe: impl Read + Send + 'static) -> JoinHandle<std::io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes)?;
        Ok(bytes)
    })
}

fn text(reader: JoinHandle<std::io::Result<Vec<u8>>>) -> anyhow::Result<String> {
    let bytes = reader.join().expect("reading a pipe does not panic").context("read the output of a query")?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runner() -> Runner {
        Runner::new(Path::new("/"), false)
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
}
