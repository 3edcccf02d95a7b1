//! Edits, undone edits and restored files: the image is always its source, and only what changed is compiled.

use crate::engine::{self, docker};
use crate::fixture::Fixture;

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn an_edit_in_a_leaf_compiles_that_member_alone_and_changes_one_layer() {
    edit_a_leaf(&Fixture::new().with_marks());
}

/// Edits one binary, then the other.
pub(crate) fn edit_a_leaf(fixture: &Fixture) {
    fixture.build_colony(&[]);
    let before = layers(fixture);
    fixture.mark("backend", "edited");
    let told = fixture.build_colony(&[]);
    told.has_row("backend", "compiled, crates/backend/src/mark.rs changed");
    told.has_row("coordinator", "fresh").has_row("shared", "fresh");
    let dependencies = told.row("dependencies").expect("cargo ran");
    let count: usize =
        dependencies.trim_start_matches("0 of ").trim_end_matches(" recompiled").parse().expect("a number");
    assert!(count > 50, "the report knows of {count} dependencies only");
    fixture.ships(["edited", "none", "none"]);
    let between = layers(fixture);

    fixture.mark("coordinator", "edited");
    fixture.build_colony(&[]).has_row("backend", "fresh").has_row("shared", "fresh");
    let last = layers(fixture);
    assert_eq!(differing(&before, &between), [before.len() - 2]);
    assert_eq!(differing(&between, &last), [before.len() - 1]);
}

/// Were the copy of the coordinator the same step each time, it would have one edit more behind it with each, and BuildKit
/// walks over all of them at the end of a build.
#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_binary_that_stays_the_same_is_copied_from_folders_of_several_modes_into_one_layer() {
    let fixture = Fixture::new().with_marks();
    fixture.build_colony(&[]);
    let (layer, copies) = (layers(&fixture).pop(), copies_of_the_coordinator());
    for edit in ["one", "two", "three", "four", "five", "six", "seven", "eight"] {
        fixture.mark("backend", edit);
        fixture.build_colony(&[]);
        assert_eq!(layers(&fixture).pop(), layer);
    }
    fixture.ships(["eight", "none", "none"]);
    assert!(copies_of_the_coordinator() > copies, "it was one step each time");
}

/// So many steps BuildKit keeps that copied it.
fn copies_of_the_coordinator() -> usize {
    let told = docker(["buildx", "du", "--verbose", "--builder", &engine::builder()]);
    told.matches("COPY --link --from=builder /out/coordinator/ /").count()
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn an_edit_in_the_library_compiles_what_needs_it_too() {
    let fixture = Fixture::new().with_marks();
    fixture.build_colony(&[]);
    fixture.mark("shared", "edited");
    let told = fixture.build_colony(&[]);
    told.has_row("shared", "compiled, crates/shared/src/mark.rs changed");
    for binary in ["backend", "coordinator"] {
        told.has_row(binary, "compiled, since something that it needs changed");
    }
    fixture.ships(["none", "none", "edited"]);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn an_edit_undone_by_files_with_old_times_reaches_the_image() {
    edit_and_undo(&Fixture::new().with_marks());
}

/// Edits and undoes them by files that tell nothing by their times.
pub(crate) fn edit_and_undo(fixture: &Fixture) {
    // Marks of the same length and files of the same time: nothing but the content tells them apart. The coordinator
    // changes each time, so that no build is taken whole from BuildKit's cache.
    let states = [["one", "c-1", "sea"], ["two", "c-2", "sea"], ["one", "c-3", "sea"], ["one", "c-4", "sky"]];
    for state in states.into_iter().chain([["one", "c-5", "sea"], ["two", "c-6", "sky"]]) {
        for (member, mark) in crate::marks::MEMBERS.into_iter().zip(state) {
            fixture.restore_mark(member, mark);
        }
        fixture.build_colony(&[]).never_says("nothing");
        fixture.ships(state);
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_state_that_was_built_before_is_not_compiled_again() {
    let fixture = Fixture::new().with_marks();
    for mark in ["one", "two"] {
        fixture.mark("backend", mark);
        fixture.build_colony(&[]);
    }
    fixture.mark("backend", "one");
    fixture.build_colony(&[]).compiles_nothing();
    fixture.ships(["one", "none", "none"]);
}

fn layers(fixture: &Fixture) -> Vec<String> {
    let image = engine::image(&fixture.colony()).expect("just built");
    let layers = image["RootFS"]["Layers"].as_array().expect("an image has layers");
    layers.iter().map(ToString::to_string).collect()
}

fn differing(old: &[String], new: &[String]) -> Vec<usize> {
    assert_eq!(old.len(), new.len());
    (0..old.len()).filter(|index| old[*index] != new[*index]).collect()
}
