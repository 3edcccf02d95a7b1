//! A build of sources that did not change.

use std::thread;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::engine;
use crate::fixture::Fixture;

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_second_build_without_a_change_compiles_nothing_and_gives_the_same_image() {
    let fixture = Fixture::new();
    fixture.build_base();
    // The version is left to the tool, which has to keep it.
    fixture.build_colony(&[]).never_says("nothing");
    let first = engine::image(&fixture.colony()).expect("just built");

    wait_until_another_version_would_be_chosen(&first);
    let again = fixture.build_colony(&[]);
    again.prints(&fixture.colony()).compiles_nothing();
    let second = engine::image(&fixture.colony()).expect("just built");
    assert_eq!(first["Id"], second["Id"]);
    assert_eq!(first["Config"]["Env"], second["Config"]["Env"]);
}

/// The version is the time in whole seconds: waits until the clock is past that of the image.
fn wait_until_another_version_would_be_chosen(image: &Value) {
    let variables = image["Config"]["Env"].as_array().expect("an image has an environment");
    let version = variables.iter().find_map(|variable| variable.as_str()?.strip_prefix("BUILD_VERSION="));
    let version = version.expect("the image has a version");
    let now = || {
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).expect("zero is a nanosecond");
        now.format(&Rfc3339).expect("write the time")
    };
    // In this form the later of two times is the greater of two texts.
    while now().as_str() <= version {
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_same_sources_in_another_checkout_under_another_tag_are_the_same_image() {
    let one = Fixture::new();
    one.build_base();
    one.build_colony(&[]);
    wait_until_another_version_would_be_chosen(&engine::image(&one.colony()).expect("just built"));

    let other = Fixture::new();
    let unique = "crates/never-seen-before.txt";
    other.copy.write(unique, &one.copy.read(unique));
    other.build_base();
    // What the first checkout compiled is not told as a deed of this one.
    other.build_colony(&[]).compiles_nothing();
    assert_eq!(one.colony_id(), other.colony_id());
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn new_file_times_alone_compile_nothing() {
    let fixture = Fixture::new();
    fixture.build_base();
    fixture.build_colony(&[]);
    let first = fixture.colony_id();
    fixture.copy.touch("crates");
    fixture.build_colony(&[]).compiles_nothing();
    assert_eq!(fixture.colony_id(), first);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn another_build_version_makes_another_image_of_the_same_binaries() {
    let fixture = Fixture::new().with_marks();
    fixture.try_colony(&[], &[("BUILD_VERSION", "one")]).exits(0);
    let first = engine::image(&fixture.colony()).expect("just built");
    fixture.try_colony(&[], &[("BUILD_VERSION", "two")]).exits(0).compiles_nothing();
    let second = engine::image(&fixture.colony()).expect("just built");
    assert_ne!(first["Id"], second["Id"]);
    assert_eq!(first["RootFS"]["Layers"], second["RootFS"]["Layers"]);
    assert!(crate::marks::shown(&fixture.colony()).iter().all(|shown| shown.build == "two"));
}
