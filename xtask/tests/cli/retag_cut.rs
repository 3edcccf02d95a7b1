//! Commands that ask a repository and build nothing, cut off by Ctrl-C or by a network that goes: what is said, and the
//! second run, which completes.

use crate::answer::Answer;
use crate::ecr_tags::{URI, command, digest};
use crate::ecr_world::{DESCRIBE_COLONY, IDENTITY, LIST, PUT_IMAGE, says};
use crate::outcome::Outcome;
use crate::support::Fixture;
use crate::workspace::Workspace;

const GONE: &str = "Could not connect to the endpoint URL: \"https://api.ecr.eu-west-1.amazonaws.com/\"";

/// `latest` means `2` and meant `1` before.
fn promote(workspace: &Workspace) -> Fixture<'_> {
    let fixture = command(workspace, &["promote", "1.4.1", "--to", "latest"]).tag_means("1.4.1", Some('1'));
    fixture.records("latest", [Some('2'), Some('1'), None])
}

fn rollback(workspace: &Workspace) -> Fixture<'_> {
    command(workspace, &["rollback"]).records("latest", [Some('2'), Some('1'), None])
}

/// It is looked at before the move and after it.
fn to_the_end(fixture: Fixture<'_>) -> Outcome {
    fixture.tag_means("latest", Some('2')).tag_means("latest", Some('1')).run()
}

fn interrupted<const N: usize>(fixture: Fixture<'_>, call: [&str; N]) -> Outcome {
    let outcome = fixture.answer(call, Answer::hangs()).signalled("INT", call);
    outcome.exits(130).prints("").says("interrupted\n");
    outcome
}

#[test]
fn an_interruption_moves_nothing_and_the_next_run_does() {
    let workspace = Workspace::new();
    for make in [promote, rollback] {
        interrupted(make(&workspace), IDENTITY).touches_nothing();
        interrupted(make(&workspace), DESCRIBE_COLONY).touches_nothing();
        interrupted(make(&workspace), PUT_IMAGE).has_put(&[("latest.previous.previous", '1')]);
        to_the_end(make(&workspace)).exits(0).prints(&format!("{URI}@{}\n", digest('1')));
    }
    interrupted(command(&workspace, &["images"]), LIST);
    command(&workspace, &["images"]).run().exits(0);
}

#[test]
fn a_network_that_goes_half_way_is_told_with_what_completes_it() {
    let workspace = Workspace::new();
    for make in [promote, rollback] {
        let cut = make(&workspace).answer(PUT_IMAGE, says(2, GONE)).run();
        cut.exits(1)
            .prints("")
            .says("AWS cannot be reached\n")
            .says("[INFO] The same command again completes it; what `latest` means: cargo xtask images\n");
        to_the_end(make(&workspace)).exits(0).prints(&format!("{URI}@{}\n", digest('1')));
    }
}

/// Each call takes the aws CLI up to a second.
#[test]
fn what_does_not_wait_for_an_answer_is_asked_at_the_same_time() {
    let workspace = Workspace::new();
    let args: [&[&str]; 3] = [&["promote", "1.4.1", "--to", "latest"], &["rollback"], &["images"]];
    for args in args {
        let outcome = command(&workspace, args).answer(IDENTITY, says(2, GONE)).run();
        outcome.exits(3).prints("").touches_nothing().says("check the AWS identity: AWS cannot be reached\n");
        assert_eq!(outcome.calls_to(&DESCRIBE_COLONY).len(), 1, "{args:?} waited for the identity");
    }
    let outcome = command(&workspace, args[0]).tag_means("1.4.1", None).records("latest", [None; 3]).run();
    outcome.exits(3).says("there is no image `1.4.1` in ");
}
