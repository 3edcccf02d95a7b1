//! `build-colony --watch`: what is saved is what the image holds, and a syntax error is waited out.

use crate::fixture::Fixture;
use crate::marks::path;
use crate::outcome::Outcome;

const WAITS: &str = "[INFO] waiting for a change (Ctrl-C ends)\n";

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn every_save_reaches_the_image_and_a_syntax_error_is_waited_out() {
    let fixture = Fixture::new().with_marks();
    let mut running = fixture.start(&["build-colony", "--no-push", "--watch"]);
    let mut waits = |times| assert!(running.says_often(WAITS, times), "it ended before it waited {times} times");
    waits(1);
    fixture.mark("backend", "saved");
    waits(2);
    fixture.ships(["saved", "none", "none"]);
    fixture.copy.write(&path("backend"), "pub fn mark() -> &'static str {\n");
    waits(3);
    fixture.ships(["saved", "none", "none"]);
    fixture.mark("backend", "mended");
    waits(4);
    fixture.ships(["mended", "none", "none"]);
    running.interrupt();
    let outcome = Outcome(running.end());
    let told = "[INFO] crates/backend/src/mark.rs changed\n";
    outcome.exits(130).says("this file contains an unclosed delimiter").recompiles_no_dependency();
    assert_eq!(outcome.0.stderr.matches(told).count(), 3);
    assert_eq!(outcome.0.stdout, format!("{}\n", fixture.colony()).repeat(3));
}
