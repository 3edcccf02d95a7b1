//! `--health`: the same command line with one word more asks the service that the command line has started.

use std::net::TcpListener;

use crate::processes::{Service, command, run};

/// The exit code and what is said on stdout and stderr.
fn ask(service: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(command(service).args(arguments).arg("--health"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_service_that_answers_is_well_and_tells_how_it_is() {
    let coordinator = Service::coordinator("0");
    let (code, told, _) = ask("coordinator", &["local", "--port", coordinator.port()]);
    assert_eq!((code, told.as_str()), (Some(0), "ok: no world yet; POST /start begins one\n"));
}

#[test]
fn a_service_that_listens_everywhere_is_asked_on_the_loopback_interface() {
    let everywhere = ["local", "--host", "0.0.0.0", "--port"];
    let coordinator = Service::start(command("coordinator").args(everywhere).arg("0"));
    let (code, _, error) = ask("coordinator", &[&everywhere[..], &[coordinator.port()]].concat());
    assert_eq!(code, Some(0), "{error}");
}

#[test]
fn a_backend_without_its_coordinator_answers_and_is_not_to_be_started_again() {
    let backend = Service::backend("0", "127.0.0.1:1");
    let (code, told, _) = ask("backend", &["127.0.0.1", backend.port(), "local"]);
    assert_eq!(code, Some(0));
    assert!(told.starts_with("degraded: owns no rows; "), "{told}");
}

#[test]
fn where_nobody_listens_the_address_is_named() {
    // Bound and not listening to HTTP: nobody else gets the port meanwhile, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("it is bound").port().to_string();
    for (service, arguments) in
        [("backend", vec!["127.0.0.1", &port, "local"]), ("coordinator", vec!["local", "--port", &port])]
    {
        let (code, told, error) = ask(service, &arguments);
        assert_eq!((code, told.as_str()), (Some(1), ""));
        assert!(error.contains(&format!("http://127.0.0.1:{port}/health")), "{error}");
    }
}

#[test]
fn any_free_port_cannot_be_asked() {
    let (code, _, error) = ask("backend", &["127.0.0.1", "0", "local"]);
    assert_eq!(code, Some(1));
    assert!(error.starts_with("port 0 is any free port"), "{error}");
}
