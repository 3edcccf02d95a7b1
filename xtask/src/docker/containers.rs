//! The containers of a compose project as the engine tells of them, whether they run or not.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::docker::{Docker, call, no_engine};
use crate::process::runner::Answer;

/// What `docker container inspect` tells of a container.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Inspected")]
pub(crate) struct ProjectContainer {
    /// Of the image that it runs, as `docker image inspect` would say.
    pub(crate) image_id: String,
    /// `running`, `exited`, `restarting` and the like.
    pub(crate) state: String,
    pub(crate) exit_code: i64,
    /// `starting`, `healthy` or `unhealthy`, if somebody looks.
    pub(crate) health: Option<String>,
    /// `address:port` on this machine, the first if there are several; none while it does not run.
    published: Option<String>,
    /// Those of its image among them.
    labels: BTreeMap<String, String>,
}

/// The same as docker writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    image: String,
    state: State,
    config: Config,
    network_settings: NetworkSettings,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    status: String,
    exit_code: i64,
    #[serde(default)]
    health: Option<Health>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Health {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkSettings {
    /// `null` for a port that is exposed and not published.
    #[serde(default)]
    ports: Option<BTreeMap<String, Option<Vec<Binding>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Binding {
    host_ip: String,
    host_port: String,
}

impl From<Inspected> for ProjectContainer {
    fn from(container: Inspected) -> Self {
        let Inspected { image, state, config, network_settings } = container;
        let mut bindings = network_settings.ports.unwrap_or_default().into_values().flatten().flatten();
        Self {
            image_id: image,
            state: state.status,
            exit_code: state.exit_code,
            // Engines say `none` where nobody looks, or nothing.
            health: state.health.map(|health| health.status).filter(|status| status != "none"),
            published: bindings.next().map(|Binding { host_ip, host_port }| format!("{host_ip}:{host_port}")),
            labels: config.labels.unwrap_or_default(),
        }
    }
}

impl ProjectContainer {
    /// Where it answers, as if that were HTTP; none while it does not run, or publishes no port.
    pub(crate) fn url(&self) -> Option<String> {
        self.published.as_ref().map(|address| format!("http://{address}"))
    }

    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(String::as_str)
    }
}

impl Docker<'_> {
    /// The IDs of all containers of a compose project, those included that do not run.
    pub(crate) fn project_container_ids(&self, project: &str) -> anyhow::Result<Vec<String>> {
        let Answer { success, stdout, stderr } = self.runner().probe(&call::project_container_ids(project))?;
        if !success {
            return Err(no_engine(&stderr)
                .map_or_else(|| anyhow::anyhow!("list the containers of {project}: {stderr}"), anyhow::Error::from));
        }
        Ok(stdout.lines().map(str::to_owned).collect())
    }

    /// The containers of those IDs, of which some may have gone since.
    pub(crate) fn containers(&self, ids: &[String]) -> anyhow::Result<Vec<ProjectContainer>> {
        self.inspected("look at the containers", &call::containers(ids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As engine 26.1 writes it, shortened to what is around the fields that are read.
    const RUNNING: &str = r#"{"Id":"a1","State":{"Status":"running","Running":true,"ExitCode":0,"Health":{"Status":
        "healthy","FailingStreak":0,"Log":[]}},"Image":"sha256:04b4","Config":{"Image":"sha256:04b4","Labels":{
        "com.docker.compose.service":"backend","io.distributed-colony.inputs":"sha256:7"}},"NetworkSettings":{"Ports":
        {"8082/tcp":[{"HostIp":"127.0.0.1","HostPort":"8084"}],"8083/tcp":null}}}"#;
    const ENDED: &str = r#"{"State":{"Status":"exited","ExitCode":137},"Image":"sha256:04b4","Config":{"Labels":null},
        "NetworkSettings":{"Ports":{}}}"#;

    fn read(json: &str) -> ProjectContainer {
        serde_json::from_str(json).expect("well formed")
    }

    #[test]
    fn a_container_that_runs_is_read_with_what_it_says_of_itself() {
        let container = read(RUNNING);
        assert_eq!((container.state.as_str(), container.image_id.as_str()), ("running", "sha256:04b4"));
        assert_eq!(container.health.as_deref(), Some("healthy"));
        assert_eq!(container.published.as_deref(), Some("127.0.0.1:8084"));
        assert_eq!(container.label("io.distributed-colony.inputs"), Some("sha256:7"));
    }

    #[test]
    fn a_container_that_has_ended_has_no_address_and_no_health() {
        let container = read(ENDED);
        assert_eq!((container.state.as_str(), container.exit_code), ("exited", 137));
        assert_eq!((container.health, container.published), (None, None));
    }
}
