//! Arguments and environment, before anything runs.

use std::process::Output;

use crate::processes::{command, run};

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_version_names_the_build_that_the_environment_tells() {
    for service in ["backend", "coordinator"] {
        let version = env!("CARGO_PKG_VERSION");
        let output = run(command(service).arg("--version").env("BUILD_VERSION", "2026-01-31.7"));
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(stdout(&output), format!("{service} {version} (build 2026-01-31.7)\n"));
        let output = run(command(service).arg("--version"));
        assert_eq!(stdout(&output), format!("{service} {version} (build unknown)\n"));
    }
}

#[test]
fn the_help_explains_modes_and_environment() {
    for service in ["backend", "coordinator"] {
        let output = run(command(service).arg("--help"));
        assert_eq!(output.status.code(), Some(0));
        for word in ["local", "aws", "COORDINATOR_PORT", "COORDINATOR_HOST", "BUILD_VERSION", "8083"] {
            assert!(stdout(&output).contains(word), "{service} --help lacks {word}");
        }
    }
}

#[test]
fn bad_arguments_are_named_and_end_with_code_two() {
    let cases: [(&str, &[&str], &str); 9] = [
        ("backend", &[], "required"),
        ("backend", &["somewhere"], "somewhere"),
        ("backend", &["127.0.0.1", "local"], "host, port and mode"),
        ("backend", &["127.0.0.1", "70000", "local"], "70000"),
        ("backend", &["local", "--coordinator-port", "x"], "--coordinator-port"),
        ("coordinator", &[], "required"),
        ("coordinator", &["somewhere"], "somewhere"),
        ("coordinator", &["local", "--unknown"], "--unknown"),
        ("coordinator", &["local", "--start-with", "0"], "backends is 0"),
    ];
    for (service, arguments, named) in cases {
        let output = run(command(service).args(arguments));
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{service} {arguments:?}: {error}");
        assert!(error.contains(named), "{service} {arguments:?}: {error}");
    }
}

#[test]
fn a_bad_environment_is_named_and_ends_with_code_two() {
    for (service, variable) in [
        ("backend", "BACKEND_PORT"),
        ("backend", "COORDINATOR_PORT"),
        ("coordinator", "COORDINATOR_PORT"),
        ("coordinator", "COORDINATOR_START_WITH"),
    ] {
        let output = run(command(service).arg("aws").env(variable, "many"));
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(variable));
    }
}
