//! Whoever reads our stdout may go, or its disk may be full.

use std::fs::File;

use crate::image::Image;
use crate::support::{BASE, Fixture, current_base};
use crate::workspace::Workspace;

/// A pipe that nobody reads.
fn closed() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().expect("make a pipe");
    drop(reader);
    writer
}

fn full() -> File {
    File::options().write(true).open("/dev/full").expect("Linux has one")
}

#[test]
fn a_closed_pipe_ends_every_command_quietly_and_with_its_own_exit_code() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let commands: [(&[&str], i32); 6] = [
        (&["check-base"], 0),
        (&["check-base", "--json"], 0),
        (&["check-base", "--base-tag=none"], 5),
        (&["plan"], 0),
        (&["build-colony", "--no-push", "--dry-run"], 0),
        (&["--version"], 0),
    ];
    for (args, code) in commands {
        let outcome = Fixture::new(&workspace).background_image(BASE, &base).xtask(args).run_into(closed());
        outcome.exits(code).never_says("panicked").never_says("Broken pipe").never_says("stdout");
    }
}

#[test]
fn a_result_that_cannot_be_told_is_a_failure_of_a_question() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run_into(full());
    outcome.exits(1).says("[ERROR] write to stdout: ");
}

#[test]
fn a_result_that_cannot_be_told_does_not_undo_what_was_done() {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new"));
    let outcome = fixture.xtask(["build-base", "--no-push", "--json", "--quiet"]).run_into(full());
    outcome
        .exits(0)
        .says("[ERROR] the result could not be told (write to stdout: ")
        .says("\"image_id\":\"sha256:new\"");
}
