//! What is brought to its end even when somebody interrupts us: half done, it would leave something behind.

use std::os::unix::process::CommandExt;
use std::process::Stdio;

use anyhow::Context;

use crate::process::child::{self, Watch};
use crate::process::invocation::Invocation;
use crate::process::runner::{Runner, start_failure};

impl Runner {
    /// Like [`capture`](Self::capture), but neither Ctrl-C nor a signal to us reaches the child, and it is made even after
    /// one. From the interruption on it has as long as an interrupted child has to clean up.
    pub(crate) fn complete(&self, what: &str, call: &Invocation) -> anyhow::Result<String> {
        let mut command = self.command(call)?;
        // A terminal sends Ctrl-C to the whole group.
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let child = command.spawn().map_err(|error| start_failure(call, &error))?;
        let ended = child::wait(child, Watch { is_untold: true, ..Watch::default() }, &self.interrupt);
        ended.with_context(|| format!("run `{}`", call.program))?.captured(what, call)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::process::interrupt::Interrupt;
    use crate::process::invocation::Invocation;
    use crate::process::runner::Runner;
    use crate::terminal::manner::Manner;

    #[test]
    fn an_interruption_does_not_keep_it_from_its_end() {
        let interrupt = Interrupt::raised();
        let runner = Runner::new(Path::new("/"), Manner::default(), interrupt);
        let call = Invocation::new("sh").args(["-c", "sleep 0.1; echo done"]);
        assert_eq!(runner.complete("clear away", &call).expect("it ends"), "done");
        runner.capture("ask", &call).expect_err("interrupted");
    }
}
