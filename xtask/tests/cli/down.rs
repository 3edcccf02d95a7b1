//! `cargo xtask down`: removes what bears the label of `up`, and nothing else.

use crate::answer::Answer;
use crate::outcome::Outcome;
use crate::support::Fixture;
use crate::workspace::Workspace;

const CONTAINERS: &str = "docker ps --all --filter label=io.distributed-colony.up --format {{.Names}}";
const NETWORKS: &str = "docker network ls --filter label=io.distributed-colony.up --format {{.Name}}";

/// Every call in its order; programs and words, separated by blanks.
fn lines(outcome: &Outcome) -> Vec<String> {
    outcome.calls.iter().map(|call| format!("{} {}", call.program, call.args.join(" "))).collect()
}

/// These containers and networks bear the label.
fn labelled<'a>(workspace: &'a Workspace, containers: &str, networks: &str) -> Fixture<'a> {
    Fixture::new(workspace)
        .answer(["docker", "ps"], Answer::stdout(containers))
        .answer(["docker", "network", "ls"], Answer::stdout(networks))
        .xtask(["down"])
}

#[test]
fn exactly_what_bears_the_label_is_stopped_and_removed() {
    let workspace = Workspace::new();
    // Names that another version of `up` gave, and no container of our own names.
    let outcome = labelled(&workspace, "one\ntwo\n", "net\n")
        .answer(["docker", "stop"], Answer::default())
        .answer(["docker", "rm"], Answer::default())
        .answer(["docker", "network", "rm"], Answer::default())
        .run();
    outcome.exits(0).prints("").says("remove two: ok").says("remove the network net: ok");
    let expected = [
        CONTAINERS,
        "docker stop --time 5 one",
        "docker rm --force one",
        "docker stop --time 5 two",
        "docker rm --force two",
        NETWORKS,
        "docker network rm net",
    ];
    assert_eq!(lines(&outcome), expected);
}

#[test]
fn where_nothing_bears_the_label_nothing_is_done() {
    let workspace = Workspace::new();
    let outcome = labelled(&workspace, "", "").run();
    outcome.exits(0).prints("");
    assert_eq!(lines(&outcome), [CONTAINERS, NETWORKS]);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_container_that_cannot_be_removed_is_named() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace)
        .answer(["docker", "ps"], Answer::stdout("one\ntwo\n"))
        .answer(["docker", "stop"], Answer::fails(1, "Error response from daemon: permission denied"))
        .xtask(["down"])
        .run();
    outcome.exits(1).says("stop one: docker ended with exit code 1").says("permission denied\n");
    assert_eq!(lines(&outcome).len(), 2, "the other one is not touched");
}
