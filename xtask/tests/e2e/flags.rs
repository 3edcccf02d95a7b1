//! The compiler flags of the workspace's own configuration reach the image.

use crate::fixture::Fixture;
use crate::marks::{path, source};

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_rustflags_of_the_workspace_are_those_of_the_image_too() {
    let fixture = Fixture::cold();
    let copy = &fixture.copy;
    copy.append(".cargo/config.toml", "\n[build]\nrustflags = [\"--cfg\", \"tuned\"]\n");
    let fixture = fixture.with_marks();
    let tuned = source("x").replace("\"x\"", "if cfg!(tuned) { \"tuned\" } else { \"plain\" }");
    fixture.copy.write(&path("backend"), &tuned);
    fixture.build_colony(&[]);
    fixture.ships(["tuned", "none", "none"]);
}
