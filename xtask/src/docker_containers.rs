//! The docker verbs for containers and networks that run on after us.

use crate::docker::Docker;
use crate::invocation::Invocation;

/// How many of the last lines of a container's log are shown when it is not well.
const LOG_LINES: &str = "20";

impl Docker<'_> {
    /// Names of all containers, running or not, that bear the label.
    pub(crate) fn labelled_containers(&self, label: &str) -> anyhow::Result<Vec<String>> {
        let filter = format!("label={label}");
        self.lines("list the containers", &["ps", "--all", "--filter", &filter, "--format", "{{.Names}}"])
    }

    /// Names of all networks that bear the label.
    pub(crate) fn labelled_networks(&self, label: &str) -> anyhow::Result<Vec<String>> {
        let filter = format!("label={label}");
        self.lines("list the networks", &["network", "ls", "--filter", &filter, "--format", "{{.Name}}"])
    }

    /// Makes the network, with the label, where there is none of that name that bears it.
    pub(crate) fn ensure_network(&self, name: &str, label: &str) -> anyhow::Result<()> {
        if !self.labelled_networks(label)?.iter().any(|standing| standing == name) {
            self.effect(&format!("make the network {name}"), &["network", "create", "--label", label, name])?;
        }
        Ok(())
    }

    pub(crate) fn remove_network(&self, name: &str) -> anyhow::Result<()> {
        self.effect(&format!("remove the network {name}"), &["network", "rm", name])
    }

    /// Starts a container by the given call.
    pub(crate) fn start_container(&self, name: &str, call: &Invocation) -> anyhow::Result<()> {
        self.runner().capture_effect(&format!("start {name}"), call).map(drop)
    }

    /// Stops the container as an orderly shutdown does, then removes it.
    pub(crate) fn remove_container(&self, name: &str) -> anyhow::Result<()> {
        self.effect(&format!("stop {name}"), &["stop", "--time", "5", name])?;
        self.effect(&format!("remove {name}"), &["rm", "--force", name])
    }

    /// Whether the container runs and bears the label with that value.
    pub(crate) fn runs_with(&self, name: &str, label: &str, value: &str) -> anyhow::Result<bool> {
        let format = format!("{{{{.State.Running}}}} {{{{index .Config.Labels \"{label}\"}}}}");
        let state = self.lines("look at the container", &["container", "inspect", "--format", &format, name])?;
        Ok(state == [format!("true {value}")])
    }

    /// The end of the container's log, stdout and stderr together.
    pub(crate) fn last_log_lines(&self, name: &str) -> anyhow::Result<String> {
        let answer = self.runner().probe(&Invocation::new("docker").args(["logs", "--tail", LOG_LINES, name]))?;
        Ok(format!("{}\n{}", answer.stdout, answer.stderr))
    }

    fn lines(&self, what: &str, args: &[&str]) -> anyhow::Result<Vec<String>> {
        let output = self.runner().capture(what, &Invocation::new("docker").args(args))?;
        Ok(output.lines().map(str::to_owned).collect())
    }

    fn effect(&self, what: &str, args: &[&str]) -> anyhow::Result<()> {
        self.runner().capture_effect(what, &Invocation::new("docker").args(args)).map(drop)
    }
}
