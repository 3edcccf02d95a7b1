//! Both services in containers, started as the user data of the CDK stack starts them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::engine::{docker, try_docker};
use crate::fixture::Fixture;

/// How long a service may take until it answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// What `docker stop` grants before it kills.
const GRACE: &str = "10";

const BACKEND: [&str; 4] = ["/usr/local/bin/backend", "0.0.0.0", "8082", "aws"];
const COORDINATOR: [&str; 2] = ["/usr/local/bin/coordinator", "aws"];

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn both_services_answer_over_http_and_end_at_once_when_told() {
    let fixture = Fixture::new();
    fixture.build_base();
    fixture.try_colony(&[], &[("BUILD_VERSION", "v-of-the-test")]).exits(0);
    let coordinator = fixture.start_container(&["--publish", "127.0.0.1::8083"], &COORDINATOR);
    let backend = fixture.start_container(&["--publish", "127.0.0.1::8082"], &BACKEND);
    let default = fixture.start_container(&["--publish", "127.0.0.1::8082"], &[]);
    for (name, port) in [(&coordinator, "8083"), (&backend, "8082"), (&default, "8082")] {
        let health = health(name, port);
        assert!(health.to_string().contains("v-of-the-test"), "{name}: {health}");
        let processes = docker(["top", name, "-e", "-o", "uid,pid,args"]);
        let users: Vec<&str> = processes.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(users, ["65532"], "{processes}");
    }
    for name in [coordinator, backend, default] {
        let started = Instant::now();
        docker(["stop", "--time", GRACE, &name]);
        assert!(started.elapsed() < Duration::from_secs(5), "{name} took {:?}", started.elapsed());
        // 137 would be the kill at the end of the grace period, 143 a default handler.
        let code = docker(["inspect", "--format", "{{.State.ExitCode}}", &name]);
        assert_eq!(code, "0", "{}", try_docker(["logs", &name]).stderr);
    }
}

/// The body of `GET /health`, once it is there.
#[track_caller]
pub(crate) fn health(container: &str, port: &str) -> Value {
    answer(container, port, "/health")
}

/// The body of `GET path` on a published port, once it is there.
#[track_caller]
pub(crate) fn answer(container: &str, port: &str, path: &str) -> Value {
    let published = docker(["port", container, &format!("{port}/tcp")]);
    let address = published.lines().next().expect("a published port");
    let started = Instant::now();
    loop {
        match get(address, path) {
            Ok(answer) if answer.starts_with("HTTP/1.1 200") => {
                let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
                return serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
            }
            outcome if started.elapsed() > PATIENCE => {
                panic!("{container} at {address}: {outcome:?}\n{}", try_docker(["logs", container]).stderr)
            }
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
