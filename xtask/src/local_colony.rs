//! A colony on this machine: which containers it is made of and how they are started. Pure.

use sha2::{Digest, Sha256};

use crate::identity::hex;
use crate::invocation::Invocation;

/// The label on everything that `up` makes and `down` removes.
pub(crate) const LABEL: &str = "io.distributed-colony.up";
/// The network that the containers share; also the prefix of their names.
pub(crate) const NETWORK: &str = "distributed-colony";

const COORDINATOR_PORT: u16 = 8083;
const BACKEND_PORT: u16 = 8082;

/// One container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) name: String,
    /// The port on 127.0.0.1 where it answers.
    pub(crate) port: u16,
    inner_port: u16,
    environment: Vec<(&'static str, String)>,
    command: Vec<String>,
}

/// A coordinator and so many backends, in the order in which they are started. The coordinator answers on
/// `coordinator_port`, the backends on the ports after `backend_port`, the coordinator's left out.
pub(crate) fn containers(backends: u16, coordinator_port: u16, backend_port: u16) -> Vec<Container> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let coordinator = Container {
        name: format!("{NETWORK}-coordinator"),
        port: coordinator_port,
        inner_port: COORDINATOR_PORT,
        environment: vec![("SERVICE_TYPE", "coordinator".to_owned()), ("COORDINATOR_START_WITH", backends.to_string())],
        command: words(&["/usr/local/bin/coordinator", "aws"]),
    };
    let free_ports = (backend_port..=u16::MAX).filter(|port| *port != coordinator_port);
    let backends = (1..=backends).zip(free_ports).map(|(number, port)| Container {
        name: format!("{NETWORK}-backend-{number}"),
        port,
        inner_port: BACKEND_PORT,
        environment: vec![("SERVICE_TYPE", "backend".to_owned()), ("COORDINATOR_HOST", coordinator.name.clone())],
        command: words(&["/usr/local/bin/backend", "0.0.0.0", &BACKEND_PORT.to_string(), "aws"]),
    });
    [coordinator.clone()].into_iter().chain(backends).collect()
}

impl Container {
    /// Starts it in the background, as the CDK user data does: the same command lines in the same image.
    pub(crate) fn start(&self, image_id: &str) -> Invocation {
        Invocation::new("docker")
            .args(["run", "--detach", "--name", &self.name])
            .args(["--label".to_owned(), format!("{LABEL}={}", self.mark(image_id))])
            .args(self.settings())
            .arg(image_id)
            .args(&self.command)
    }

    /// Differs whenever the image or a setting does; a container that bears it need not be started again.
    pub(crate) fn mark(&self, image_id: &str) -> String {
        let all = format!("{} {:?} {:?}", image_id, self.settings(), self.command);
        hex(&Sha256::digest(all))[..16].to_owned()
    }

    fn settings(&self) -> Vec<String> {
        let mut flags = ["--network", NETWORK, "--restart", "unless-stopped", "--publish"].map(str::to_owned).to_vec();
        flags.push(format!("127.0.0.1:{}:{}", self.port, self.inner_port));
        for (key, value) in &self.environment {
            flags.extend(["--env".to_owned(), format!("{key}={value}")]);
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_is_started_as_the_user_data_does() {
        let image = "sha256:1";
        let backend = &containers(2, 8083, 8082)[2];
        let label = format!("io.distributed-colony.up={}", backend.mark(image));
        let expected = [
            "run",
            "--detach",
            "--name",
            "distributed-colony-backend-2",
            "--label",
            &label,
            "--network",
            "distributed-colony",
            "--restart",
            "unless-stopped",
            "--publish",
            "127.0.0.1:8084:8082",
            "--env",
            "SERVICE_TYPE=backend",
            "--env",
            "COORDINATOR_HOST=distributed-colony-coordinator",
            "sha256:1",
            "/usr/local/bin/backend",
            "0.0.0.0",
            "8082",
            "aws",
        ];
        assert_eq!(backend.start(image).args, expected);
    }

    #[test]
    fn another_image_or_another_port_gives_another_mark() {
        let (one, two) = ("sha256:1", "sha256:2");
        let [here, there] = [8083, 9083].map(|port| containers(1, port, 8082)[0].clone());
        assert_ne!(here.mark(one), here.mark(two));
        assert_ne!(here.mark(one), there.mark(one));
    }

    #[test]
    fn no_backend_takes_the_port_of_the_coordinator() {
        let ports: Vec<u16> = containers(3, 8083, 8082).iter().map(|container| container.port).collect();
        assert_eq!(ports, [8083, 8082, 8084, 8085]);
    }
}
