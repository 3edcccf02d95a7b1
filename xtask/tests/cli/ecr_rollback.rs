//! `cargo xtask rollback`: back to what is recorded, or else to the image pushed before.

use crate::ecr_tags::{URI, command, digest};
use crate::ecr_world::{DESCRIBE_COLONY, LIST, PUT_IMAGE, says, service_error};
use crate::support::Fixture;
use crate::workspace::Workspace;

/// `latest` means the first of these, with its records, and moves to `to`.
fn rollback(workspace: &Workspace, meaning: [Option<char>; 3], to: char) -> Fixture<'_> {
    command(workspace, &["rollback"])
        .tag_means("latest", meaning[0])
        .tag_means("latest", Some(to))
        .records("latest", meaning)
}

#[test]
fn the_tag_goes_back_and_what_it_meant_is_recorded_so_that_it_can_return() {
    let workspace = Workspace::new();
    let outcome = rollback(&workspace, [Some('2'), Some('1'), Some('0')], '1').run();
    outcome
        .exits(0)
        .prints(&format!("{URI}@{}\n", digest('1')))
        .has_put(&[("latest.previous.previous", '1'), ("latest.previous", '2'), ("latest", '1')])
        .says("[INFO] And back again: cargo xtask rollback latest\n")
        .never_says("[WARNING]");
    let back = rollback(&workspace, [Some('1'), Some('2'), Some('1')], '2').run();
    back.exits(0).has_put(&[("latest.previous.previous", '2'), ("latest.previous", '1'), ("latest", '2')]);
}

#[test]
fn one_that_was_killed_before_its_move_is_completed() {
    let workspace = Workspace::new();
    let outcome = rollback(&workspace, [Some('2'), Some('2'), Some('1')], '1').run();
    outcome.exits(0).prints(&format!("{URI}@{}\n", digest('1'))).has_put(&[("latest", '1')]);
}

#[test]
fn where_nothing_is_recorded_the_image_pushed_before_is_taken_and_that_is_said() {
    let workspace = Workspace::new();
    let outcome = rollback(&workspace, [Some('3'), None, None], '1')
        .lists(&[
            ('3', &["latest"], 30),
            ('2', &["some-branch"], 20),
            ('1', &["1.4.1", "ffffffffffff-0123456789ab"], 10),
            ('0', &["1.4.0"], 5),
        ])
        .digest_is_there('1')
        .run();
    outcome.exits(0).prints(&format!("{URI}@{}\n", digest('1'))).says(&format!(
        "[WARNING] nothing is recorded of what it meant before; the image pushed before it is taken, {} (1.4.1, \
         ffffffffffff-0123456789ab)\n",
        digest('1')
    ));
    outcome.has_put(&[("latest.previous", '3'), ("latest", '1')]);
}

#[test]
fn where_there_is_nothing_to_go_back_to_it_says_so() {
    let workspace = Workspace::new();
    let alone = command(&workspace, &["rollback"])
        .records("latest", [Some('3'), None, None])
        .lists(&[('3', &["latest"], 30), ('4', &["1.5.0"], 40)])
        .run();
    alone
        .exits(3)
        .prints("")
        .never_calls(&PUT_IMAGE)
        .says("no image with a lasting tag was pushed before sha256:3333")
        .says("[INFO] Choose one: cargo xtask images, and cargo xtask promote REF --to TAG\n");
    let missing = command(&workspace, &["rollback", "staging"]).records("staging", [None; 3]).run();
    missing.exits(3).never_calls(&PUT_IMAGE).says(&format!("there is no image `staging` in {URI}\n"));
    command(&workspace, &["rollback", "1.4.2"]).run().exits(2).says("`1.4.2` is a version, which never moves\n");
}

#[test]
fn a_dry_run_prints_the_calls_and_changes_nothing() {
    let workspace = Workspace::new();
    let outcome = command(&workspace, &["rollback", "--dry-run"]).records("latest", [Some('2'), Some('1'), None]).run();
    outcome.exits(0).touches_nothing().lists("--image-tag latest.previous ").never_says("And back again");
    let pasted = command(&workspace, &[]).shell(&outcome.stdout);
    pasted.has_put(&[("latest.previous.previous", '1'), ("latest.previous", '2'), ("latest", '1')]);
}

#[test]
fn a_missing_permission_is_named_and_nothing_has_moved() {
    let workspace = Workspace::new();
    let denied = |operation: &str| says(2, &service_error("AccessDeniedException", operation, "x"));
    let outcome = command(&workspace, &["rollback"]).answer(DESCRIBE_COLONY, denied("DescribeRepositories")).run();
    outcome.exits(3).touches_nothing().says("lacks the permission ecr:DescribeRepositories\n");
    let outcome = command(&workspace, &["rollback"])
        .records("latest", [Some('3'), None, None])
        .answer(LIST, denied("DescribeImages"))
        .run();
    outcome.exits(3).touches_nothing().says("lacks the permission ecr:DescribeImages\n");
    let outcome = command(&workspace, &["rollback"])
        .records("latest", [Some('3'), Some('2'), None])
        .answer(PUT_IMAGE, denied("PutImage"))
        .run();
    outcome.exits(1).prints("").says("lacks the permission ecr:PutImage\n");
}
