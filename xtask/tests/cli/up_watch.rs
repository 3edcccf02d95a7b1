//! `cargo xtask up --watch`: the colony that runs follows the sources, as long as they can be built.

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::Outcome;
use crate::running::WAITS;
use crate::service::Services;
use crate::support::{BASE, BUILD, Fixture, current_base};
use crate::up::{START, engine};
use crate::workspace::Workspace;

const GOES_ON: &str = "[INFO] The colony goes on; stop it with: cargo xtask down\n";

fn words(services: &Services) -> Vec<String> {
    ["up", "--watch"].map(str::to_owned).into_iter().chain(services.flags()).collect()
}

/// The images that compose was told to start, in turn.
fn started(outcome: &Outcome) -> Vec<&str> {
    outcome.calls.iter().filter(|call| call.begins(&START)).map(|call| call.env["COLONY_IMAGE"].as_str()).collect()
}

#[test]
fn a_save_starts_the_new_image_and_a_failing_build_leaves_alone_what_runs() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2, 3, 4]);
    let [one, two] = ["sha256:one", "sha256:two"].map(Image::new);
    let fixture = engine(&workspace, &services, 2)
        .image(BASE, &base)
        .builds(&one)
        .answer(BUILD, Answer::fails(1, "error: expected `;`"))
        .builds(&two)
        .xtask(words(&services));
    let mut running = fixture.start_running();
    running.says(WAITS, 1);
    workspace.append("crates/backend/src/main.rs", "fn\n");
    running.says(WAITS, 2);
    running.says("error: expected `;`", 1);
    workspace.append("crates/backend/src/main.rs", "// mended\n");
    running.says(WAITS, 3);
    let outcome = running.signal("INT");
    outcome.exits(130).prints(&format!("http://127.0.0.1:{}/statistics\n", services.coordinator).repeat(2));
    outcome.says(GOES_ON).never_says("interrupted");
    assert_eq!(started(&outcome), ["sha256:one", "sha256:two"]);
}

#[test]
fn an_edit_of_the_compose_file_starts_it_again() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2, 3, 4]);
    let fixture = engine(&workspace, &services, 2).image(BASE, &base).builds(&Image::new("sha256:one"));
    let mut running = fixture.xtask(words(&services)).start_running();
    running.says(WAITS, 1);
    workspace.append("Docker/compose.yaml", "# edited\n");
    running.says("[INFO] Docker/compose.yaml changed\n", 1);
    running.says(WAITS, 2);
    assert_eq!(started(running.signal("INT").exits(130)), ["sha256:one", "sha256:one"]);
}

#[test]
fn an_end_before_anything_runs_does_not_speak_of_a_colony() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[1]);
    let fixture: Fixture<'_> = engine(&workspace, &services, 2).image(BASE, &base);
    let mut running = fixture.answer(BUILD, Answer::fails(1, "error")).xtask(words(&services)).start_running();
    running.says(WAITS, 1);
    running.signal("TERM").exits(130).prints("").never_says("The colony goes on");
}

#[test]
fn an_engine_that_is_not_there_ends_it() {
    let workspace = Workspace::new();
    let running = Fixture::new(&workspace).without_engine().xtask(["up", "--watch"]).start_running();
    running.ends().exits(3).prints("").has_no_effect().says("prerequisites not met: docker engine\n");
}
