//! Members inside of members, and targets that begin outside of their member.

use super::*;
use crate::workspace::{Target, TargetKind};

/// Moves a member of the fixture.
fn settle(fixture: &mut Fixture, name: &str, dir: &str) {
    fixture.write(&format!("{dir}/src/lib.rs"), "// a source\n");
    fixture.write(&format!("{dir}/Cargo.toml"), "[package] # real\n");
    let member = fixture.plan.workspace.members.get_mut(name).expect("a shipped member");
    fixture.plan.overlay.remove(&format!("{}/Cargo.toml", member.dir));
    dir.clone_into(&mut member.dir);
    fixture.plan.overlay.insert(format!("{dir}/Cargo.toml"), "[package] # planned\n".to_owned());
}

/// Gives `app` a target that begins in that file.
fn begin(fixture: &mut Fixture, name: &str, kind: TargetKind, path: &str) {
    let app = fixture.plan.workspace.members.get_mut("app").expect("a shipped member");
    app.targets.push(Target { name: name.to_owned(), kind, path: path.to_owned() });
}

#[test]
fn a_shipped_member_inside_an_unshipped_one_keeps_its_sources() {
    for dir in ["crates/gui/lib", "crates/gui/parts/lib"] {
        let mut fixture = Fixture::new();
        fs::remove_dir_all(fixture.path("crates/lib")).expect("remove");
        settle(&mut fixture, "lib", dir);
        let staged = fixture.stage();
        assert!(staged.join(dir).join("src/lib.rs").is_file(), "{dir}");
        assert!(!staged.join("crates/gui/src").exists(), "what is around it is not shipped");
        assert!(!staged.join("crates/gui/Cargo.toml").exists());
    }
}

#[test]
fn an_unshipped_member_inside_a_shipped_one_is_left_out() {
    let mut fixture = Fixture::new();
    fixture.write("crates/app/bench/src/lib.rs", "// a source\n");
    fixture.plan.workspace.unshipped.insert("crates/app/bench".to_owned());
    assert!(!fixture.stage().join("crates/app/bench").exists());
}

#[test]
fn a_target_that_begins_in_another_folder_of_the_sources_is_fine() {
    let mut fixture = Fixture::new();
    fixture.write("crates/common/main.rs", "fn main() {}\n");
    begin(&mut fixture, "app", TargetKind::Binary, "crates/common/main.rs");
    assert!(fixture.stage().join("crates/common/main.rs").is_file());
}

#[test]
fn a_needed_target_whose_file_is_not_staged_is_refused_by_name() {
    for (kind, words) in [
        (TargetKind::Binary, "the binary `app` of `app` begins in `tools/main.rs`"),
        (TargetKind::Library(vec!["lib".to_owned()]), "the library `app` of `app` begins in `tools/main.rs`"),
        (TargetKind::BuildScript, "the build script of `app` begins in `tools/main.rs`"),
    ] {
        let mut fixture = Fixture::new();
        fixture.write("tools/main.rs", "fn main() {}\n");
        begin(&mut fixture, "app", kind, "tools/main.rs");
        let error = fixture.refusal();
        assert!(error.to_string().starts_with(words), "{error}");
        assert_eq!(crate::failure::code(&error), ExitCode::Usage);
    }
}

#[test]
fn a_target_that_nobody_needs_may_begin_anywhere() {
    let (mut fixture, elsewhere) = (Fixture::new(), TempDir::new());
    let file = elsewhere.path().join("main.rs");
    fs::write(&file, "fn main() {}\n").expect("write");
    begin(&mut fixture, "tool", TargetKind::Binary, file.to_str().expect("UTF-8"));
    begin(&mut fixture, "other", TargetKind::Binary, "crates/gui/src/lib.rs");
    fixture.stage();
}
