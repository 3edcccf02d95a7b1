//! Containers of a compose project that the fake docker pretends to have.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::image::Image;
use crate::support::Fixture;

/// How the containers of the colony's project are asked for.
pub(crate) const LIST: [&str; 7] = [
    "docker",
    "ps",
    "--all",
    "--quiet",
    "--no-trunc",
    "--filter",
    "label=com.docker.compose.project=distributed-colony",
];

/// How all that is known of containers is asked for.
const INSPECT: [&str; 5] = ["docker", "container", "inspect", "--format", "{{json .}}"];

/// A container as `docker container inspect` shows it: one that runs and is healthy, unless said otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    service: String,
    number: u16,
    port: u16,
    image: Image,
    state: Value,
}

impl Container {
    pub(crate) fn new(service: &str, number: u16, port: u16, image: &Image) -> Self {
        let state = json!({ "Status": "running", "ExitCode": 0, "Health": { "Status": "healthy" } });
        Self { service: service.to_owned(), number, port, image: image.clone(), state }
    }

    /// It has ended with that code, after which it has no address.
    pub(crate) fn exited(self, code: u8) -> Self {
        let state = json!({ "Status": "exited", "ExitCode": code, "Health": { "Status": "unhealthy" } });
        Self { port: 0, state, ..self }
    }

    pub(crate) fn health(self, word: &str) -> Self {
        let state = json!({ "Status": "running", "ExitCode": 0, "Health": { "Status": word } });
        Self { state, ..self }
    }

    fn id(&self) -> String {
        format!("{}{}", self.service, self.number)
    }

    fn to_json(&self) -> Value {
        let mut labels = self.image.own_labels().clone();
        labels.insert("com.docker.compose.service".to_owned(), self.service.clone());
        labels.insert("com.docker.compose.container-number".to_owned(), self.number.to_string());
        let ports = match self.port {
            0 => json!({}),
            port => json!({ "8082/tcp": null, "8083/tcp": [{ "HostIp": "127.0.0.1", "HostPort": port.to_string() }] }),
        };
        json!({
            "Id": self.id(), "Image": self.image.id, "State": self.state, "Config": { "Labels": labels },
            "NetworkSettings": { "Ports": ports }
        })
    }
}

/// A coordinator and a backend of that image, the backend listed first.
pub(crate) fn colony(image: &Image) -> [Container; 2] {
    [Container::new("backend", 1, 8084, image), Container::new("coordinator", 1, 8083, image)]
}

/// An engine that has these containers.
pub(crate) fn with<'a>(fixture: Fixture<'a>, containers: &[Container]) -> Fixture<'a> {
    with_in(fixture, "distributed-colony", containers)
}

/// An engine that has them in another project.
pub(crate) fn with_in<'a>(fixture: Fixture<'a>, project: &str, containers: &[Container]) -> Fixture<'a> {
    let label = format!("label=com.docker.compose.project={project}");
    let mut list: [&str; LIST.len()] = LIST;
    list[LIST.len() - 1] = &label;
    let lines = |line: fn(&Container) -> String| containers.iter().map(|one| line(one) + "\n").collect::<String>();
    let inspected = Answer::stdout(lines(|container| container.to_json().to_string()));
    let ids: Vec<String> = containers.iter().map(Container::id).collect();
    let [program, verb, noun, flag, format] = INSPECT;
    let fixture = fixture.answer(list, Answer::stdout(lines(Container::id)));
    match &ids[..] {
        [] => fixture,
        // All of them in one call.
        [one] => fixture.answer([program, verb, noun, flag, format, one], inspected),
        [one, other, ..] => fixture.answer([program, verb, noun, flag, format, one, other], inspected),
    }
}
