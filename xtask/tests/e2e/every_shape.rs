//! Workspaces of every shape become images: each builds, its binaries answer, an edit compiles what it should, and what has
//! nothing to do with the dependencies leaves the base current.

use crate::engine;
use crate::fixture::Fixture;
use crate::shape::{Shape, manifests, roots, supplied};

/// What each binary prints in the image.
fn answers(fixture: &Fixture, shape: &Shape) -> Vec<String> {
    let ask = |binary: &str| engine::run_binary(&fixture.colony(), binary, &[]).trim().to_owned();
    shape.binaries.iter().map(|(binary, _)| ask(binary)).collect()
}

fn is_built(shape: &Shape) {
    let fixture = Fixture::of(shape);
    fixture.build_base();
    fixture.build_colony(&[]);
    let expected: Vec<&str> = shape.binaries.iter().map(|(_, answer)| *answer).collect();
    assert_eq!(answers(&fixture, shape), expected, "{}", shape.name);

    fixture.copy.replace(shape.edit.path, shape.edit.old, shape.edit.new);
    fixture.build_colony(&[]).compiles(shape.edit.compiles);
    assert_eq!(answers(&fixture, shape), shape.edit.prints, "{}", shape.name);

    fixture.copy.append(shape.unrelated, "\n");
    fixture.xtask(&["check-base"], &[]).exits(0);
    fixture.build_colony(&[]);
    assert_eq!(answers(&fixture, shape), shape.edit.prints, "{}", shape.name);
    // Back again, to what was compiled long ago.
    fixture.copy.replace(shape.edit.path, shape.edit.new, shape.edit.old);
    fixture.build_colony(&[]);
    assert_eq!(answers(&fixture, shape), expected, "{}", shape.name);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn packages_in_the_root_inside_of_each_other_and_included_files() {
    roots::SHAPES.iter().for_each(is_built);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn manifests_of_every_kind() {
    manifests::SHAPES.iter().for_each(is_built);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn dependencies_that_lie_on_this_machine() {
    supplied::SHAPES.iter().for_each(is_built);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn an_edit_of_a_dependency_that_lies_on_this_machine_reaches_the_image_by_a_new_base() {
    let shape = &supplied::SHAPES[0];
    let fixture = Fixture::of(shape);
    fixture.build_base();
    for (path, old, new, answer) in [
        ("patched/leaf/src/word.txt", "leaf", "LEAF", "app twig LEAF far 0.3.0 beside"),
        ("vendor/twig/src/lib.rs", "twig", "TWIG", "app TWIG LEAF far 0.3.0 beside"),
        ("../shared/far/src/lib.rs", "far {", "FAR {", "app TWIG LEAF FAR 0.3.0 beside"),
    ] {
        fixture.copy.replace(path, old, new);
        fixture.try_colony(&[], &[]).exits(4);
        fixture.build_base();
        fixture.build_colony(&[]);
        assert_eq!(answers(&fixture, shape), [answer]);
    }
}
