//! Workspaces that are laid out in other ways than ours. What is staged of each is tested beside `src/sources.rs`; here
//! cargo itself reads them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::archives::unpack;
use crate::outcome::Outcome;
use crate::support::Fixture;
use crate::workspace::Workspace;

fn plan(workspace: &Workspace) -> Outcome {
    Fixture::new(workspace).xtask(["plan"]).run()
}

/// The folder with the context.
fn context(workspace: &Workspace) -> PathBuf {
    let outcome = plan(workspace);
    outcome.exits(0);
    PathBuf::from(outcome.stdout.lines().nth(1).expect("the second folder"))
}

/// A folder with the staged sources.
fn staged(workspace: &Workspace) -> PathBuf {
    unpack(&context(workspace))
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}

/// Moves a member to where `link` leads from its place.
fn put_behind_link(workspace: &Workspace, member: &str, real: &Path, link: &Path) {
    let place = workspace.root().join(member);
    fs::create_dir_all(real.parent().expect("a path")).expect("make a folder");
    fs::rename(&place, real).expect("move the member");
    symlink(link, &place).expect("make a link");
}

#[test]
fn a_plan_leaves_a_member_behind_a_link_as_it_is() {
    for is_absolute in [true, false] {
        let workspace = Workspace::new();
        let real =
            if is_absolute { workspace.beside("elsewhere/backend") } else { workspace.root().join("real/backend") };
        let link = if is_absolute { real.clone() } else { "../real/backend".into() };
        let manifest = workspace.read("crates/backend/Cargo.toml");
        assert!(manifest.contains("[dev-dependencies]"));
        put_behind_link(&workspace, "crates/backend", &real, &link);
        let staged = staged(&workspace);
        assert_eq!(text(&real.join("Cargo.toml")), manifest, "the member's own manifest was written to");
        assert!(!text(&staged.join("crates/backend/Cargo.toml")).contains("[dev-dependencies]"));
        assert_eq!(text(&staged.join("crates/backend/src/main.rs")), "fn main() {}\n");
    }
}

#[test]
fn nothing_that_the_sources_link_to_is_written_to() {
    let workspace = Workspace::new();
    let elsewhere = workspace.beside("elsewhere");
    fs::create_dir_all(elsewhere.join("folder")).expect("make a folder");
    for path in ["file.rs", "folder/file.rs"] {
        fs::write(elsewhere.join(path), "theirs").expect("write a file");
    }
    let place = |name: &str| workspace.root().join("crates/backend").join(name);
    for (name, target) in [
        ("absolute-file.rs", elsewhere.join("file.rs")),
        ("absolute-folder", elsewhere.join("folder")),
        ("relative-file.rs", "../../../elsewhere/file.rs".into()),
        ("relative-folder", "../../../elsewhere/folder".into()),
        ("broken", elsewhere.join("nothing")),
    ] {
        symlink(target, place(name)).expect("make a link");
    }
    let staged = staged(&workspace).join("crates/backend");
    for path in ["absolute-file.rs", "absolute-folder/file.rs", "relative-file.rs", "relative-folder/file.rs"] {
        assert_eq!(text(&staged.join(path)), "theirs", "{path}");
    }
    assert_eq!(fs::read_link(staged.join("broken")).expect("a link"), elsewhere.join("nothing"));
    assert!(!elsewhere.join("nothing").exists());
    for path in ["file.rs", "folder/file.rs"] {
        assert_eq!(text(&elsewhere.join(path)), "theirs", "{path}");
    }
}

#[test]
fn a_module_named_target_is_staged_and_cargos_own_folder_is_not() {
    let workspace = Workspace::new();
    workspace.write("crates/backend/src/target/mod.rs", "// a module\n");
    workspace.write("crates/backend/compiled/debug/x", "compiled");
    let config = workspace.read(".cargo/config.toml");
    workspace.write(".cargo/config.toml", &format!("{config}[build]\ntarget-dir = \"crates/backend/compiled\"\n"));
    let staged = staged(&workspace);
    assert_eq!(text(&staged.join("crates/backend/src/target/mod.rs")), "// a module\n");
    assert!(!staged.join("crates/backend/compiled").exists());
}

#[test]
fn a_shipped_member_inside_an_unshipped_one_keeps_its_sources() {
    let workspace = Workspace::new();
    fs::rename(workspace.root().join("crates/shared"), workspace.root().join("crates/gui/shared")).expect("move");
    workspace.replace("Cargo.toml", "members = [\"crates/*\", ", "members = [\"crates/*\", \"crates/gui/shared\", ");
    workspace.replace("Cargo.toml", "path = \"crates/shared\"", "path = \"crates/gui/shared\"");
    let staged = staged(&workspace);
    assert_eq!(text(&staged.join("crates/gui/shared/src/lib.rs")), "//! Shared.\n");
    assert!(!staged.join("crates/gui/src").exists());
}

#[test]
fn a_target_outside_of_its_member_works_where_it_is_staged() {
    let workspace = Workspace::new();
    workspace.write("crates/common/Cargo.md", "no member");
    workspace.replace("Cargo.toml", "\"crates/*\"", "\"crates/backend\", \"crates/coordinator\", \"crates/shared\"");
    workspace.write("crates/common/main.rs", "fn main() {}\n");
    workspace.append("crates/backend/Cargo.toml", "[[bin]]\nname = \"backend\"\npath = \"../common/main.rs\"\n");
    fs::remove_file(workspace.root().join("crates/backend/src/main.rs")).expect("remove");
    let staged = staged(&workspace);
    assert_eq!(text(&staged.join("crates/common/main.rs")), "fn main() {}\n");
    assert!(text(&staged.join("crates/backend/Cargo.toml")).contains("path = \"../common/main.rs\""));
}

#[test]
fn a_target_that_is_not_staged_is_refused_by_name_only_where_an_image_needs_it() {
    let workspace = Workspace::new();
    let outside = workspace.beside("outside.rs");
    fs::write(&outside, "fn main() {}\n").expect("write a file");
    workspace.write("tools/main.rs", "fn main() {}\n");
    for (name, path) in [("far", "../../../outside.rs"), ("near", "../../tools/main.rs")] {
        workspace.append("crates/backend/Cargo.toml", &format!("[[bin]]\nname = \"{name}\"\npath = \"{path}\"\n"));
    }
    staged(&workspace);
    for (name, file) in [("near", "tools/main.rs".into()), ("far", outside.display().to_string())] {
        workspace.replace("Cargo.toml", "binaries = [", &format!("binaries = [\"{name}\", "));
        let outcome = plan(&workspace);
        outcome.exits(2).says(&format!("the binary `{name}` of `backend` begins in `{file}`, which is not part of"));
        outcome.says("[INFO] Move the file into `crates/backend`");
        workspace.replace("Cargo.toml", &format!("\"{name}\", "), "");
    }
}

#[test]
fn an_unshipped_member_outside_of_the_root_is_in_nobodys_way() {
    let workspace = Workspace::new();
    let manifest = "[package]\nname = \"far\"\nversion = \"0.1.0\"\nworkspace = \"../workspace\"\n";
    fs::create_dir_all(workspace.beside("far/src")).expect("make a folder");
    fs::write(workspace.beside("far/Cargo.toml"), manifest).expect("write a file");
    fs::write(workspace.beside("far/src/lib.rs"), "").expect("write a file");
    workspace.replace("Cargo.toml", "\"xtask\"]", "\"xtask\", \"../far\"]");
    staged(&workspace);
    workspace.append("crates/shared/Cargo.toml", "far = { path = \"../../../far\" }\n");
    plan(&workspace).exits(2).says("/far` lies outside `");
}

#[test]
fn odd_names_are_staged_as_they_are_or_refused_by_name() {
    let workspace = Workspace::new();
    for name in ["-rf", "with space", "it's", "a \"b\"", " *", "tab\tbed", "ü"] {
        workspace.write(&format!("crates/backend/src/{name}.rs"), name);
    }
    fs::rename(workspace.root().join("crates/shared"), workspace.root().join("-odd 'dir'")).expect("move");
    workspace.replace("Cargo.toml", "\"xtask\"]", "\"xtask\", \"-odd 'dir'\"]");
    workspace.replace("Cargo.toml", "\"crates/shared\"", "\"-odd 'dir'\"");
    let staged = staged(&workspace);
    for name in ["-rf", "with space", "it's", "a \"b\"", " *", "tab\tbed", "ü"] {
        assert_eq!(text(&staged.join(format!("crates/backend/src/{name}.rs"))), name);
    }
    assert_eq!(text(&staged.join("-odd 'dir'/src/lib.rs")), "//! Shared.\n");
    assert!(text(&context(&workspace).join("members")).lines().any(|line| line.ends_with(" ./-odd 'dir'")));

    workspace.write("crates/backend/src/two\nlines.rs", "");
    plan(&workspace).exits(1).says(r"`crates/backend/src/two\nlines.rs` has a line break or a backslash in its name");
}
