//! Which files `--watch` waits for: all that decide the image, however they are saved, and wherever they come from.

use std::fs;

use crate::answer::Answer;
use crate::image::Image;
use crate::running::{Running, WAITS};
use crate::shape::roots;
use crate::support::{BASE, BUILD, Fixture, LOOK, archive, current_base};
use crate::watch::WATCH;
use crate::workspace::Workspace;

/// On a base that is current or that nobody minds.
fn start<'a>(workspace: &'a Workspace, base: &Image) -> Running<'a> {
    let fixture = Fixture::new(workspace).background_image(BASE, base).builds(&Image::new("sha256:new"));
    let mut running = fixture.xtask([&WATCH[..], &["--allow-stale-base"]].concat()).start_running();
    running.says(WAITS, 1);
    running
}

/// Files of a package in the root, those that come among them, and included ones.
#[test]
fn what_decides_the_image_of_a_package_in_the_root_and_what_is_included() {
    let shape = roots::SHAPES.iter().find(|shape| shape.name == "lone-package").expect("one of them");
    let workspace = Workspace::of(shape);
    workspace.write(".sqlx/query.json", "{}");
    workspace.replace("Cargo.toml", "binaries = [", "include = [\".sqlx\"]\nbinaries = [");
    let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new"));
    let fixture = fixture.background(LOOK, Answer::stdout(archive("bin", &["lone"])));
    let fixture = fixture.background_image(BASE, &Image::new("sha256:base"));
    let mut running = fixture.xtask([&WATCH[..], &["--allow-stale-base"]].concat()).start_running();
    running.says(WAITS, 1);
    // Nobody compiles by it.
    workspace.append(".github/workflow.yml", "# edited\n");
    for (line, path) in (2..).zip(["assets/word", "module/new.rs", ".sqlx/query.json", ".sqlx/deep/new.json"]) {
        workspace.write(path, "edited");
        running.says(WAITS, line);
        running.says(&format!("[INFO] {path} changed\n"), 1);
    }
    running.signal("INT").exits(130);
}

/// Each edit is answered by a line that ends so, and a build.
fn answers(workspace: &Workspace, edits: &[(&str, &dyn Fn())]) {
    let mut running = start(workspace, &current_base(workspace));
    for (line, (told, edit)) in (2..).zip(edits) {
        edit();
        running.says(WAITS, line);
        running.says(&format!("[INFO] {told} changed\n"), 1);
    }
    let outcome = running.signal("INT");
    let builds = outcome.exits(130).calls.iter().filter(|call| call.begins(&BUILD)).count();
    assert_eq!(builds, edits.len() + 1);
}

#[test]
fn what_decides_the_image_besides_the_sources() {
    let workspace = Workspace::new();
    let here = &workspace;
    let append = |path: &'static str| move || here.append(path, "# edited\n");
    answers(
        &workspace,
        &[
            ("Cargo.toml", &append("Cargo.toml")),
            ("Cargo.lock", &append("Cargo.lock")),
            (".cargo/config.toml", &append(".cargo/config.toml")),
            ("rust-toolchain.toml", &|| workspace.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.87\"\n")),
            ("Docker/Dockerfile", &append("Docker/Dockerfile")),
            ("Docker/Dockerfile.base", &append("Docker/Dockerfile.base")),
            ("Docker/compile.sh", &append("Docker/compile.sh")),
            ("Docker/seed.sh", &append("Docker/seed.sh")),
            ("crates/backend/Cargo.toml", &append("crates/backend/Cargo.toml")),
        ],
    );
}

#[test]
fn folders_that_come_and_files_that_go() {
    let workspace = Workspace::new();
    let path = |path: &str| workspace.root().join(path);
    answers(
        &workspace,
        &[
            ("crates/backend/proto/deep/colony.proto", &|| {
                workspace.write("crates/backend/proto/deep/colony.proto", "one")
            }),
            ("crates/backend/proto/deep/other.proto", &|| {
                workspace.write("crates/backend/proto/deep/other.proto", "one")
            }),
            ("crates/backend/proto/deep/colony.proto and crates/backend/proto/deep/other.proto", &|| {
                fs::remove_dir_all(path("crates/backend/proto")).expect("remove a folder");
            }),
            ("crates/backend/proto/deep/back.proto", &|| {
                workspace.write("crates/backend/proto/deep/back.proto", "one")
            }),
            ("crates/backend/proto/deep/again.proto", &|| {
                workspace.write("crates/backend/proto/deep/again.proto", "two")
            }),
        ],
    );
}

#[test]
fn a_file_that_is_replaced_by_another_one() {
    let workspace = Workspace::new();
    answers(
        &workspace,
        &[("crates/backend/src/main.rs", &|| {
            workspace.write("beside.rs", "fn main() { }\n");
            let [from, to] = ["beside.rs", "crates/backend/src/main.rs"].map(|name| workspace.root().join(name));
            fs::rename(from, to).expect("rename a file");
        })],
    );
}

#[test]
fn what_lies_behind_a_link() {
    let workspace = Workspace::new();
    workspace.write("assets/map", "one");
    std::os::unix::fs::symlink("../../../assets", workspace.root().join("crates/backend/src/assets")).expect("a link");
    answers(&workspace, &[("crates/backend/src/assets/map", &|| workspace.write("assets/map", "two"))]);
}

#[test]
fn a_manifest_that_is_broken_from_the_start_is_told_and_waited_for() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let whole = workspace.read("crates/backend/Cargo.toml");
    workspace.write("crates/backend/Cargo.toml", "[package\n");
    let mut running = start(&workspace, &base);
    workspace.write("crates/backend/Cargo.toml", &whole);
    running.says("[INFO] crates/backend/Cargo.toml changed\n", 1);
    running.says(WAITS, 2);
    // Since then it is known where the sources lie.
    workspace.append("crates/backend/src/main.rs", "// edited\n");
    running.says(WAITS, 3);
    let outcome = running.signal("INT");
    outcome.exits(130).prints(&"distributed-colony:latest\n".repeat(2)).says("crates/backend/Cargo.toml");
}

#[test]
fn a_manifest_that_breaks_meanwhile_is_told_and_waited_for_even_one_that_is_not_shipped() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    for path in ["crates/shared/Cargo.toml", "crates/gui/Cargo.toml"] {
        let whole = workspace.read(path);
        let mut running = start(&workspace, &base);
        workspace.write(path, "[package\n");
        running.says(WAITS, 2);
        running.says("[ERROR] read the workspace: ", 1);
        workspace.write(path, &whole);
        running.says(WAITS, 3);
        running.signal("INT").exits(130).prints(&"distributed-colony:latest\n".repeat(2));
    }
}
