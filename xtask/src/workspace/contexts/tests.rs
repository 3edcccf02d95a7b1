//! The two contexts that a workspace is planned into.

use super::*;
use crate::workspace::Target;
use crate::workspace::tests::member;

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.0.0\"\n";

fn target(name: &str, kind: TargetKind) -> Target {
    Target { name: name.to_owned(), kind, path: "anywhere.rs".to_owned() }
}

/// One member `app` with a library, a build script, the shipped binary `app` and the binary `tool`.
fn inputs() -> WorkspaceFiles {
    let mut app = member("app", "1.2.3");
    app.targets = vec![
        target("app_lib", TargetKind::Library(vec!["lib".to_owned()])),
        target("app", TargetKind::Binary),
        target("tool", TargetKind::Binary),
        target("build-script-build", TargetKind::BuildScript),
    ];
    let manifest = "[package]\nname = \"app\"\nversion = \"1.2.3\"\n[dependencies]\na.workspace = true\n";
    WorkspaceFiles {
        workspace: Workspace {
            binaries: vec!["app".to_owned()],
            members: [("app".to_owned(), app)].into(),
            ..Workspace::default()
        },
        root_manifest: "[workspace]\nmembers = [\"crates/*\"]\n[workspace.dependencies]\na = \"1\"\nb = \"1\"\n"
            .to_owned(),
        lock: LOCK.to_owned(),
        manifests: [("app".to_owned(), manifest.to_owned())].into(),
        cargo_config: None,
        toolchain: None,
    }
}

/// The finished base context.
fn base_of(inputs: &WorkspaceFiles) -> Files {
    let mut files = base(inputs, None).expect("a plan");
    files.insert("Cargo.lock".to_owned(), inputs.lock.clone());
    files
}

fn paths(files: &Files) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

#[test]
fn the_base_has_a_stub_for_each_target_that_an_image_needs() {
    let files = base(&inputs(), None).expect("a plan");
    let expected = [
        "Cargo.toml",
        "crates/app/Cargo.toml",
        "crates/app/build.rs",
        "crates/app/src/bin/app.rs",
        "crates/app/src/lib.rs",
    ];
    assert_eq!(paths(&files), expected);
    assert_eq!(files["crates/app/src/lib.rs"], "");
    assert_eq!(files["crates/app/src/bin/app.rs"], "fn main() {}\n");
    assert_eq!(files["crates/app/build.rs"], "fn main() {}\n");
}

#[test]
fn the_overlay_has_no_stub_and_the_real_version() {
    let inputs = inputs();
    let files = overlay(&inputs, &base_of(&inputs)).expect("a plan");
    assert_eq!(paths(&files), ["Cargo.lock", "Cargo.toml", "crates/app/Cargo.toml"]);
    assert_eq!(files["crates/app/Cargo.toml"], inputs.manifests["app"]);
    assert!(files["Cargo.lock"].contains("version = \"1.2.3\""), "{}", files["Cargo.lock"]);
}

#[test]
fn shared_dependencies_that_no_member_inherits_are_in_neither() {
    let inputs = inputs();
    let base = base_of(&inputs);
    for files in [&base, &overlay(&inputs, &base).expect("a plan")] {
        let root = toml_tree::parse("root", &files["Cargo.toml"]).expect("TOML");
        let shared = root["workspace"]["dependencies"].as_object().expect("a table");
        assert_eq!(shared.keys().collect::<Vec<_>>(), ["a"]);
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let (one, other) = (inputs(), inputs());
    assert_eq!(base_of(&one), base_of(&other));
    assert_eq!(overlay(&one, &base_of(&one)).expect("a plan"), overlay(&other, &base_of(&other)).expect("a plan"));
}

#[test]
fn settings_of_cargo_come_along_without_what_never_reaches_a_build() {
    let config = "[alias]\nx = \"run\"\n[build]\njobs = 2\n".to_owned();
    let files = settings(&WorkspaceFiles { cargo_config: Some(config), ..inputs() }).expect("TOML");
    assert_eq!(files[".cargo/config.toml"].trim(), "[build]\njobs = 2");
}

#[test]
fn settings_of_cargo_that_are_all_left_out_make_no_file() {
    let config = "# c\n[alias]\nx = \"run\"\n[term]\nquiet = true\n".to_owned();
    let files = settings(&WorkspaceFiles { cargo_config: Some(config), ..inputs() }).expect("TOML");
    assert_eq!(files, Files::new());
}

#[test]
fn a_toolchain_file_comes_along_without_its_comments() {
    let of = |name: &str, text: &str| {
        let toolchain = Some((name.to_owned(), text.to_owned()));
        settings(&WorkspaceFiles { toolchain, ..inputs() }).expect("TOML").remove(name).expect("a file")
    };
    let plain = of("rust-toolchain.toml", "[toolchain]\nchannel = \"1.87\"\n");
    assert_eq!(of("rust-toolchain.toml", "# why\n[toolchain]\nchannel   = '1.87'\n"), plain);
    assert_eq!(of("rust-toolchain", "1.87"), "1.87\n");
}
