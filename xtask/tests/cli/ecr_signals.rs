//! Ctrl-C, SIGTERM and SIGHUP: every child ends, the exit code is 130, and what was published is said.

use crate::answer::Answer;
use crate::ecr_world::{CREATE_BASE, GET_PASSWORD, HOST, IDENTITY, LOGIN, PUSH, base, colony};
use crate::support::BUILD;
use crate::workspace::Workspace;

const NOTHING: &str = "[INFO] Nothing was pushed.\n";

#[test]
fn during_the_question_who_we_are() {
    let workspace = Workspace::new();
    for signal in ["INT", "TERM"] {
        let outcome = base(&workspace).answer(IDENTITY, Answer::hangs()).signalled(signal, IDENTITY);
        outcome.exits(130).prints("").touches_nothing().says("interrupted\n").says(NOTHING);
    }
}

#[test]
fn during_a_dry_run() {
    let workspace = Workspace::new();
    for command in ["build-base", "setup-ecr"] {
        let fixture = base(&workspace).answer(IDENTITY, Answer::hangs()).xtask([command, "--dry-run"]);
        let outcome = fixture.signalled("INT", IDENTITY);
        outcome.exits(130).touches_nothing().never_says("a real run would stop here");
        assert!(!outcome.stdout.contains("ACCOUNT"), "{}", outcome.stdout);
    }
}

#[test]
fn during_the_build() {
    let workspace = Workspace::new();
    for signal in ["INT", "TERM", "HUP"] {
        let outcome = base(&workspace).answer(BUILD, Answer::hangs()).signalled(signal, BUILD);
        outcome.exits(130).prints("").never_calls(&PUSH).says("interrupted\n").says(NOTHING);
    }
}

#[test]
fn beside_the_build() {
    let workspace = Workspace::new();
    for (call, name) in [(CREATE_BASE.as_slice(), "create"), (&GET_PASSWORD, "password"), (&LOGIN, "login")] {
        let fixture = base(&workspace).without_repositories().answer(BUILD, Answer::hangs());
        let outcome = match call {
            [a, b, c, d, e] => fixture.answer([a, b, c, d, e], Answer::hangs()).signalled("INT", [a, b, c, d, e]),
            [a, b, c] => fixture.answer([a, b, c], Answer::hangs()).signalled("INT", [a, b, c]),
            [a, b] => fixture.answer([a, b], Answer::hangs()).signalled("INT", [a, b]),
            _ => panic!("{name}"),
        };
        outcome.exits(130).prints("").never_calls(&PUSH).says(NOTHING);
    }
}

#[test]
fn during_the_first_push() {
    let workspace = Workspace::new();
    for signal in ["INT", "TERM"] {
        let outcome = colony(&workspace).answer(PUSH, Answer::hangs()).signalled(signal, PUSH);
        outcome
            .exits(130)
            .prints("")
            .says("interrupted\n")
            .says("[INFO] Nothing was published; the image stands in the local engine.\n");
        assert_eq!(outcome.pushes().len(), 1);
    }
}

#[test]
fn during_the_second_push() {
    let workspace = Workspace::new();
    let latest = format!("{HOST}/distributed-colony:latest");
    let second = ["docker", "push", &latest];
    let outcome = colony(&workspace).answer(second, Answer::hangs()).signalled("INT", second);
    outcome
        .exits(130)
        .prints("")
        .says(&format!("[INFO] Published before that: {HOST}/distributed-colony:v1-0123456789ab\n"));
    assert!(!workspace.root().join("target/xtask/deploy-colony.json").exists());
}
