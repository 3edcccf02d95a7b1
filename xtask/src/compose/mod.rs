//! A colony on this machine, which Docker Compose starts from `Docker/compose.yaml`: the calls, and what docker tells of
//! its containers. Pure; `file.rs` looks into that file, `http.rs` asks a service, `instance.rs` is what a container is called.

pub(crate) mod file;
pub(crate) mod http;
pub(crate) mod instance;

use std::ops::RangeInclusive;

use anyhow::Context;

use crate::compose::file::COMPOSE_FILE;
use crate::compose::instance::Instance;
use crate::docker::call;
use crate::failure::{ExitCode, Failure};
use crate::process::invocation::Invocation;
use crate::workspace::own_name::WorkspaceName;

/// How many of the last lines of each container's log are shown when the colony is not well.
const LOG_LINES: &str = "20";

/// A compose project; containers and network bear its name.
#[derive(Clone, Debug)]
pub(crate) struct Project(String);

/// Which logs are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    /// Goes on with what comes.
    pub(crate) follow: bool,
    /// How many of the last lines of each container; all of them if nobody says.
    pub(crate) tail: Option<u32>,
    /// All of them if nobody says.
    pub(crate) services: Vec<String>,
}

/// What a colony is started with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) backends: u16,
    /// On 127.0.0.1.
    pub(crate) coordinator_port: u16,
    /// On 127.0.0.1, one for each backend.
    pub(crate) backend_ports: RangeInclusive<u16>,
}

/// A container that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) instance: Instance,
    /// Where it answers on 127.0.0.1.
    pub(crate) port: u16,
}

impl Project {
    /// The one that the environment names, as compose does, or else the workspace's own. Fails for a name that compose
    /// refuses.
    pub(crate) fn of(workspace: &WorkspaceName) -> Result<Self, Failure> {
        let chosen = std::env::var("COMPOSE_PROJECT_NAME").ok().filter(|name| !name.is_empty());
        let Some(name) = chosen else { return Ok(Self(workspace.project())) };
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if name.starts_with(word) && name.chars().all(|c| word(c) || c == '-' || c == '_') {
            return Ok(Self(name));
        }
        Err(Failure::new(ExitCode::Usage, format!("invalid value '{name}' for COMPOSE_PROJECT_NAME"))
            .hint("A project's name has lower case letters, digits, - and _, and begins with a letter or digit"))
    }

    /// Starts what does not run, leaves alone what runs with these settings, replaces what runs with others. By the ID
    /// of the image, which no later build moves.
    pub(crate) fn up(&self, settings: &Settings, image_id: &str) -> Invocation {
        let Settings { backends, coordinator_port, backend_ports } = settings;
        // Not --wait: it looks twice a second only, and does not know of ticks.
        self.compose()
            .args(["up", "--detach", "--remove-orphans"])
            .env("COLONY_IMAGE", image_id)
            .env("COLONY_BACKENDS", backends.to_string())
            .env("COLONY_COORDINATOR_PORT", coordinator_port.to_string())
            .env("COLONY_BACKEND_PORTS", format!("{}-{}", backend_ports.start(), backend_ports.end()))
    }

    /// Stops and removes the containers and their network.
    pub(crate) fn down(&self) -> Invocation {
        self.compose().args(["down", "--remove-orphans"])
    }

    /// The end of all logs.
    pub(crate) fn last_logs(&self) -> Invocation {
        self.compose().args(["logs", "--no-color", "--tail", LOG_LINES])
    }

    /// The logs of those services, or of all.
    pub(crate) fn logs(&self, Logs { follow, tail, services }: &Logs) -> Invocation {
        let tail = tail.map(|tail| ["--tail".to_owned(), tail.to_string()]);
        let follow = follow.then_some("--follow");
        self.compose().arg("logs").args(follow).args(tail.into_iter().flatten()).args(services)
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// That it has no container.
    pub(crate) fn none_runs(&self) -> Failure {
        Failure::precondition(format!("no colony runs: the compose project '{}' has no container", self.0))
            .hint("Start one: cargo xtask up")
    }

    /// Lists the containers that run, for [`Container::list`].
    pub(crate) fn list(&self) -> Invocation {
        let [service, number] =
            [instance::SERVICE_LABEL, instance::NUMBER_LABEL].map(|key| format!("{{{{.Label \"{key}\"}}}}"));
        call::project_containers(&self.0, &format!("{service} {number} {{{{.Ports}}}}"))
    }

    fn compose(&self) -> Invocation {
        call::compose(&self.0, COMPOSE_FILE)
    }
}

impl Settings {
    /// The backends get ports side by side from `backend_port` on; where the coordinator's would be among them, those after
    /// it. Fails when there are not so many ports.
    pub(crate) fn new(backends: u16, coordinator_port: u16, backend_port: u16) -> Result<Self, Failure> {
        let from = |first: u16| Some(first..=first.checked_add(backends.checked_sub(1)?)?);
        let chosen = from(backend_port).and_then(|ports| {
            if ports.contains(&coordinator_port) { from(coordinator_port.checked_add(1)?) } else { Some(ports) }
        });
        let no_room = || {
            Failure::new(
                ExitCode::Usage,
                format!("there are no {backends} ports for the backends from {backend_port} on"),
            )
            .hint("Choose a lower port: --backend-port")
        };
        Ok(Self { backends, coordinator_port, backend_ports: chosen.ok_or_else(no_room)? })
    }

    /// How many containers make up the colony.
    pub(crate) fn containers(&self) -> usize {
        usize::from(self.backends) + 1
    }
}

impl Container {
    /// Reads what [`Project::list`] prints: the coordinator first, then the backends by number.
    pub(crate) fn list(printed: &str) -> anyhow::Result<Vec<Self>> {
        let read = |line: &str| {
            let (service, rest) = line.split_once(' ')?;
            let (number, ports) = rest.split_once(' ')?;
            let (published, _) = ports.split_once("->")?;
            let (_, port) = published.rsplit_once(':')?;
            Some(Self { instance: Instance::new(service, number.parse().ok()?), port: port.parse().ok()? })
        };
        let mut containers = printed
            .lines()
            .map(|line| read(line).with_context(|| format!("docker tells of no port: {line}")))
            .collect::<anyhow::Result<Vec<_>>>()?;
        containers.sort_by(|one, other| one.instance.cmp(&other.instance));
        Ok(containers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(backends: u16, coordinator_port: u16, backend_port: u16) -> Option<RangeInclusive<u16>> {
        Settings::new(backends, coordinator_port, backend_port).ok().map(|settings| settings.backend_ports)
    }

    #[test]
    fn no_backend_takes_the_port_of_the_coordinator() {
        assert_eq!(ports(1, 8083, 8082), Some(8082..=8082));
        assert_eq!(ports(2, 8083, 8082), Some(8084..=8085));
        assert_eq!(ports(3, 8083, 8083), Some(8084..=8086));
        assert_eq!(ports(3, 8083, 8084), Some(8084..=8086));
        assert_eq!(ports(3, 8083, 8080), Some(8080..=8082));
    }

    #[test]
    fn too_few_ports_are_an_error_that_names_the_flag() {
        assert_eq!(ports(3, 8083, 65533), Some(65533..=65535));
        assert_eq!(ports(3, 8083, 65534), None);
        assert_eq!(ports(2, 65534, 65533), None);
        let failure = Settings::new(3, 8083, 65534).expect_err("there are two");
        assert_eq!(
            (failure.code, failure.message.as_str()),
            (ExitCode::Usage, "there are no 3 ports for the backends from 65534 on")
        );
        assert!(failure.hints[0].contains("--backend-port"));
    }

    #[test]
    fn containers_are_read_with_the_port_at_which_they_answer_and_in_their_order() {
        let printed = "backend 10 8083/tcp, 127.0.0.1:8085->8082/tcp\n\
                       backend 2 8083/tcp, 127.0.0.1:8084->8082/tcp\n\
                       coordinator 1 8082/tcp, 127.0.0.1:9000->8083/tcp";
        let containers = Container::list(printed).expect("well formed");
        let told: Vec<_> =
            containers.iter().map(|container| (container.instance.to_string(), container.port)).collect();
        let expected = [("coordinator", 9000), ("backend-2", 8084), ("backend-10", 8085)];
        assert_eq!(told, expected.map(|(name, port)| (name.to_owned(), port)));
    }

    #[test]
    fn what_nobody_says_of_the_logs_is_left_to_compose() {
        let words = |logs: &Logs| Project("p".to_owned()).logs(logs).args.split_off(5);
        assert_eq!(words(&Logs::default()), ["logs"]);
        let services = ["backend".to_owned(), "coordinator".to_owned()].into();
        let all = words(&Logs { follow: true, tail: Some(0), services });
        assert_eq!(all, ["logs", "--follow", "--tail", "0", "backend", "coordinator"]);
    }

    #[test]
    fn a_container_that_has_no_port_yet_is_told_as_it_is() {
        let error = Container::list("backend 1 8082/tcp, 8083/tcp").expect_err("nothing is published").to_string();
        assert_eq!(error, "docker tells of no port: backend 1 8082/tcp, 8083/tcp");
    }
}
