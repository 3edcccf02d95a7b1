//! What of a manifest reaches an image, and what does not.

use super::root::Folders;
use super::*;
use crate::workspace::Target;
use crate::workspace::profile::Profile;
use crate::workspace::tests::member;

fn target(name: &str, kind: TargetKind) -> Target {
    Target { name: name.to_owned(), kind, path: "anywhere.rs".to_owned() }
}

fn library(kind: &str) -> TargetKind {
    TargetKind::Library(vec![kind.to_owned()])
}

/// `app` with these targets, where `app` and `shared` are shipped members and `app` is the shipped binary.
fn normal_with(targets: Vec<Target>, text: &str) -> Value {
    let mut member = member("app", "1.2.3");
    member.targets = targets;
    let shipped = ["app", "shared"].into();
    Value::Object(normalise_member(text, &member, &["app".to_owned()], &shipped).expect("a manifest"))
}

fn folders() -> Folders {
    Folders { members: vec!["crates/app".to_owned()], has_root: false }
}

fn normal(text: &str) -> Value {
    normal_with(Vec::new(), text)
}

fn root_with(text: &str, used: &[&str], locked: Option<&[&str]>) -> anyhow::Result<Value> {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let locked = locked.map(set);
    let root = root::normalise(text, &Profile::default(), &folders(), &set(used), &["app"].into(), locked.as_ref())?;
    Ok(Value::Object(root))
}

#[test]
fn versions_and_descriptions_fall_away() {
    let normal = normal("[package]\nname = \"app\"\nversion = \"9.9.9\"\ndescription = \"d\"\nreadme = \"r\"\n");
    assert_eq!(normal["package"]["version"], MASKED_VERSION);
    assert_eq!(normal["package"].get("description"), None);
    assert_eq!(normal["package"].get("readme"), None);
}

#[test]
fn the_native_library_that_a_member_links_stays() {
    assert_eq!(normal("[package]\nname = \"app\"\nlinks = \"z\"\n")["package"]["links"], "z");
}

#[test]
fn a_proc_macro_stays_one() {
    let normal = normal_with(vec![target("app", library("proc-macro"))], "");
    assert_eq!(normal["lib"], json!({ "name": "app", "path": "src/lib.rs", "proc-macro": true }));
}

#[test]
fn a_library_keeps_its_types_and_moves_to_its_stub() {
    let kinds = TargetKind::Library(vec!["rlib".to_owned(), "cdylib".to_owned()]);
    let normal = normal_with(vec![target("app", kinds)], "");
    assert_eq!(normal["lib"], json!({ "name": "app", "path": "src/lib.rs", "crate-type": ["rlib", "cdylib"] }));
}

#[test]
fn a_build_script_is_there_or_denied() {
    assert_eq!(normal("")["package"]["build"], false);
    let script = normal_with(vec![target("build-script-main", TargetKind::BuildScript)], "");
    assert_eq!(script["package"]["build"], "build.rs");
}

#[test]
fn only_shipped_binaries_stay() {
    let normal = normal_with(vec![target("app", TargetKind::Binary), target("tool", TargetKind::Binary)], "");
    assert_eq!(normal["bin"], json!([{ "name": "app", "path": "src/bin/app.rs" }]));
}

#[test]
fn nothing_is_found_by_cargo_on_its_own() {
    for key in ["autolib", "autobins", "autoexamples", "autotests", "autobenches"] {
        assert_eq!(normal("")["package"][key], false, "{key}");
    }
}

#[test]
fn dependencies_have_one_spelling() {
    let short = normal("[dependencies]\na = \"1\"\nb = { version = \"2\", features = [\"y\", \"x\"] }\n");
    let long = normal("[dependencies.b]\nfeatures = ['x', 'y']\nversion = '2'\n[dependencies.a]\nversion = '1'\n");
    assert_eq!(short, long);
    assert_eq!(short["dependencies"]["a"], json!({ "version": "1" }));
    assert_eq!(short["dependencies"]["b"]["features"], json!(["x", "y"]));
}

#[test]
fn a_renamed_dependency_keeps_its_package() {
    let normal = normal("[dependencies]\nnew = { package = \"old\", version = \"1\", optional = true }\n");
    assert_eq!(normal["dependencies"]["new"], json!({ "package": "old", "version": "1", "optional": true }));
}

#[test]
fn a_path_dependency_on_a_member_loses_its_version() {
    let normal = normal("[dependencies]\ncommon = { package = \"shared\", path = \"../shared\", version = \"0.1\" }\n");
    assert_eq!(normal["dependencies"]["common"], json!({ "package": "shared", "path": "../shared" }));
}

#[test]
fn dev_dependencies_fall_away_in_every_spelling_and_place() {
    let text = "[dev-dependencies]\na = \"1\"\n[target.'cfg(unix)'.dev-dependencies]\nb = \"1\"\n";
    let normal = normal(text);
    assert_eq!(normal.get("dev-dependencies"), None);
    assert_eq!(normal.get("target"), None);
}

#[test]
fn both_spellings_of_build_dependencies_become_one() {
    assert_eq!(
        normal("[build_dependencies]\na = \"1\"\n")["build-dependencies"],
        normal("[build-dependencies]\na = \"1\"\n")["build-dependencies"]
    );
}

#[test]
fn dependencies_of_a_platform_stay_with_it() {
    let normal = normal("[target.'cfg(unix)'.dependencies]\na = \"1\"\n[target.x.build-dependencies]\nb = \"1\"\n");
    assert_eq!(normal["target"]["cfg(unix)"]["dependencies"]["a"]["version"], "1");
    assert_eq!(normal["target"]["x"]["build-dependencies"]["b"]["version"], "1");
}

#[test]
fn inherited_dependencies_are_found_in_every_section() {
    let normal = normal(
        "[dependencies]\na.workspace = true\nown = \"1\"\n[build-dependencies]\nb = { workspace = true }\n\
         [target.'cfg(unix)'.dependencies]\nc.workspace = true\n[dev-dependencies]\nd.workspace = true\n",
    );
    let found = inherited(normal.as_object().expect("a table"));
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn of_the_shared_dependencies_only_those_in_use_stay() {
    let text = "[workspace]\n[workspace.dependencies]\na = \"1\"\nb = \"1\"\n\
                app = { path = \"crates/app\", version = \"0.1\" }\n";
    let root = root_with(text, &["a", "app"], None).expect("a manifest");
    assert_eq!(root["workspace"]["dependencies"], json!({ "a": { "version": "1" }, "app": { "path": "crates/app" } }));
}

#[test]
fn of_the_profiles_only_release_stays() {
    let root = root_with("[workspace]\n[profile.release]\nlto = true\n[profile.dev]\ndebug = 1\n", &[], None);
    assert_eq!(root.expect("a manifest")["profile"], json!({ "release": { "lto": true } }));
}

#[test]
fn of_the_patches_those_stay_that_are_locked() {
    let text = "[workspace]\n[patch.crates-io]\na = { git = \"https://example.invalid/a\" }\n\
                b2 = { package = \"b\", git = \"https://example.invalid/b\" }\n\
                c = { path = \"vendor/c\" }\n";
    let root = root_with(text, &[], Some(&["b"])).expect("a manifest");
    let patches = root["patch"]["crates-io"].as_object().expect("a table");
    assert_eq!(patches.keys().collect::<Vec<_>>(), ["b2"]);
}

#[test]
fn a_pruned_member_keeps_its_own_words() {
    let text = "# why\n[package]\nname = \"app\"\nversion = \"1.2.3\" # real\n\n[dependencies]\na = \"1\"\n";
    assert_eq!(prune_member("Cargo.toml", text).expect("a manifest"), text);
}

#[test]
fn a_pruned_member_loses_what_no_image_needs() {
    let text = "[package]\nname = \"app\"\n\n[dev-dependencies]\na = \"1\"\n\n[[example]]\nname = \"e\"\n\n[[test]]\n\
                name = \"t\"\n\n[[bench]]\nname = \"b\"\n\n[target.'cfg(unix)'.dev-dependencies]\nb = \"1\"\n";
    let pruned = toml_tree::parse("pruned", &prune_member("Cargo.toml", text).expect("a manifest")).expect("TOML");
    assert_eq!(pruned["package"]["name"], "app");
    for section in ["dev-dependencies", "example", "test", "bench"] {
        assert_eq!(pruned.get(section), None, "{section}");
    }
    assert_eq!(pruned["target"]["cfg(unix)"].get("dev-dependencies"), None);
}

#[test]
fn a_pruned_root_has_the_given_members_and_what_the_normal_one_kept() {
    let text = "# why\n[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\ndefault-members = [\"x\"]\nexclude = [\"y\"]\n\
                [workspace.metadata.images]\nbinaries = [\"app\"]\n[workspace.package]\nversion = \"1.2.3\"\n\
                [workspace.dependencies]\na = \"1\"\nb = \"1\"\n[patch.crates-io]\na = { git = \"g\" }\n\
                [profile.release]\nlto = true\n[profile.dev.package.c]\nopt-level = 3\n";
    let normal = root_with(text, &["a"], Some(&["b"])).expect("a manifest");
    let pruned = root::prune(text, &folders(), normal.as_object().expect("a table"));
    let pruned = pruned.expect("a manifest");
    assert!(pruned.starts_with("# why\n"), "{pruned}");
    let tree = toml_tree::parse("pruned", &pruned).expect("TOML");
    assert_eq!(tree["workspace"]["members"], json!(["crates/app"]));
    assert_eq!(tree["workspace"]["package"]["version"], "1.2.3");
    assert_eq!(tree["workspace"]["dependencies"], json!({ "a": "1" }));
    for key in ["default-members", "exclude", "metadata"] {
        assert_eq!(tree["workspace"].get(key), None, "{key}");
    }
    assert_eq!(tree["patch"]["crates-io"], json!({}));
    assert_eq!(tree["profile"], json!({ "release": { "lto": true } }));
}
