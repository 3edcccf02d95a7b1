//! Every shape of workspace goes through plan, identity and staging, and what is staged compiles and answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::answer::Answer;
use crate::archives::unpack;
use crate::shape::{Shape, manifests, roots, supplied};
use crate::support::{BASE, Fixture, current_base};
use crate::workspace::Workspace;

fn all() -> impl Iterator<Item = &'static Shape> {
    [roots::SHAPES, manifests::SHAPES, supplied::SHAPES].into_iter().flatten()
}

fn shape(name: &str) -> &'static Shape {
    all().find(|shape| shape.name == name).expect("one of them")
}

/// The folders of the base's and of the colony's context.
fn plan(workspace: &Workspace) -> [PathBuf; 2] {
    let outcome = Fixture::new(workspace).without("docker").xtask(["plan"]).run();
    let folders: Vec<PathBuf> = outcome.exits(0).stdout.lines().map(PathBuf::from).collect();
    folders.try_into().expect("two folders")
}

/// Folder -> digest, as the ledger of the build has them.
fn ledger(sources: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(sources.join("members")).expect("a file of the context");
    let pairs = text.lines().map(|line| line.split_once(' ').expect("digest and folder"));
    pairs.map(|(digest, folder)| (folder.to_owned(), digest.to_owned())).collect()
}

/// Compiles what lies in a folder as an image's build does, and returns the folder of the binaries. The supply lies where it
/// is staged.
fn compile(workspace: &Workspace, folder: &Path, shape: &Shape) -> PathBuf {
    let supply = fs::read_dir(workspace.root().join("target/xtask/supply")).ok();
    if let Some(supply) = supply.and_then(|mut folders| folders.next()) {
        let here = format!("\"{}/", supply.expect("a folder of ours").path().display());
        for path in shape
            .files
            .iter()
            .map(|(path, _)| folder.join(path))
            .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        {
            if let Ok(text) = fs::read_to_string(&path) {
                fs::write(&path, text.replace("\"/supply/", &here)).expect("a file of ours");
            }
        }
    }
    let target = workspace.beside("compiled").join(folder.file_name().expect("a name"));
    let mut cargo = Command::new(std::env::var_os("CARGO").expect("cargo runs the tests"));
    cargo.args(["build", "--locked", "--offline"]).current_dir(folder);
    for (binary, _) in shape.binaries {
        cargo.args(["--bin", binary]);
    }
    cargo.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_MANIFEST_DIR");
    let output = cargo.envs(workspace.environment()).env("CARGO_TARGET_DIR", &target).output().expect("start cargo");
    assert!(output.status.success(), "{}: {}", shape.name, String::from_utf8_lossy(&output.stderr));
    target.join("debug")
}

#[test]
fn every_kind_of_root_is_planned_staged_and_compiled_and_an_edit_counts_for_what_it_should() {
    roots::SHAPES.iter().for_each(goes_through);
}

#[test]
fn every_kind_of_manifest_is_planned_staged_and_compiled_and_an_edit_counts_for_what_it_should() {
    manifests::SHAPES.iter().for_each(goes_through);
}

#[test]
fn dependencies_that_lie_on_this_machine_are_planned_staged_and_compiled_and_an_edit_counts_for_what_it_should() {
    supplied::SHAPES.iter().for_each(goes_through);
}

#[test]
fn an_edit_of_a_dependency_that_lies_on_this_machine_makes_the_base_stale() {
    let workspace = Workspace::of(&supplied::SHAPES[0]);
    let base = current_base(&workspace);
    let check = || Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run();
    for (path, reason) in [
        ("vendor/twig/src/lib.rs", ".cargo/config.toml changed (source.vendored.directory /supply/"),
        ("patched/leaf/src/word.txt", "Cargo.toml changed (patch.crates-io.leaf.path /supply/"),
        ("../shared/farther/src/lib.rs", "workspace.dependencies.far.path /supply/"),
        ("tools/beside/build.rs", "app/Cargo.toml changed (target.cfg(unix).dependencies.beside.path /supply/"),
    ] {
        let before = workspace.read(path);
        workspace.append(path, "\n");
        check().exits(4).says(reason);
        workspace.write(path, &before);
        check().exits(0);
    }
    for path in ["vendor/widget/src/lib.rs", "patched/unused/src/lib.rs"] {
        workspace.append(path, "// no image needs it\n");
        check().exits(0);
    }
}

#[test]
fn a_dependency_on_this_machine_that_needs_a_shipped_member_is_refused_by_name() {
    let workspace = Workspace::of(&supplied::SHAPES[0]);
    workspace.write("app/src/lib.rs", "");
    workspace.append("tools/beside/Cargo.toml", "[dependencies]\napp = { path = \"../../app\" }\n");
    Fixture::new(&workspace).xtask(["plan"]).run().exits(2).says("tools/beside` needs the workspace member `app`");
}

fn goes_through(shape: &Shape) {
    let workspace = Workspace::of(shape);
    let [base, sources] = plan(&workspace);
    let before = ledger(&sources);
    workspace.replace(shape.edit.path, shape.edit.old, shape.edit.new);
    let [base_after, sources] = plan(&workspace);
    let is_new = |(folder, digest): &(String, String)| before.get(folder) != Some(digest);
    let differing: Vec<String> = ledger(&sources).into_iter().filter(is_new).map(|(folder, _)| folder).collect();
    assert_eq!(differing, shape.edit.counts_for, "{}", shape.name);
    assert_eq!(base_after, base, "{}: an edit of a member is none of the base", shape.name);
    compile(&workspace, &base, shape);
    let binaries = compile(&workspace, &unpack(&sources), shape);
    for ((binary, _), answer) in shape.binaries.iter().zip(shape.edit.prints) {
        let output = Command::new(binaries.join(binary)).output().expect("start the binary");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), *answer, "{} {binary}", shape.name);
    }
}

#[test]
fn what_has_to_do_with_no_dependency_leaves_the_base_of_every_shape_current() {
    for shape in all() {
        let workspace = Workspace::of(shape);
        let base = current_base(&workspace);
        workspace.append(shape.unrelated, "\n");
        let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run();
        outcome.exits(0);
    }
}

#[test]
fn of_a_root_package_nothing_is_staged_that_is_hidden_a_cache_or_for_the_images() {
    let workspace = Workspace::of(shape("lone-package"));
    workspace.write("elsewhere/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
    let [_, sources] = plan(&workspace);
    let staged = unpack(&sources);
    for path in ["src/main.rs", "build.rs", "README.md", "assets/word", "Cargo.toml", "Cargo.lock"] {
        assert!(staged.join(path).is_file(), "{path}");
    }
    for path in [".github", "Docker", "target", "elsewhere"] {
        assert!(!staged.join(path).exists(), "{path}");
    }
}

#[test]
fn where_there_is_a_repository_git_tells_what_of_the_root_is_staged() {
    let workspace = Workspace::of(shape("lone-package"));
    for path in ["src/generated.rs", "notes/ignored.txt", "module/inner.rs"] {
        workspace.write(path, "");
    }
    let known =
        ["Cargo.toml", "src/lib.rs", "src/main.rs", "build.rs", "README.md", "assets/word", "module/", ".github/x.yml"];
    let git = Answer::stdout(format!("{}\0", known.join("\0")));
    let outcome = Fixture::new(&workspace).with("git").answer(["git", "ls-files"], git).xtask(["plan"]).run();
    let staged = unpack(Path::new(outcome.exits(0).stdout.lines().nth(1).expect("two folders")));
    for path in ["src/main.rs", "assets/word", "module/inner.rs", "Cargo.toml"] {
        assert!(staged.join(path).is_file(), "{path}");
    }
    for path in ["src/generated.rs", "notes", ".github"] {
        assert!(!staged.join(path).exists(), "{path}");
    }
}

#[test]
fn a_patch_that_is_a_shipped_member_and_packages_named_by_cargos_configuration_are_refused() {
    let workspace = Workspace::of(shape("nested-members"));
    let plan = || Fixture::new(&workspace).xtask(["plan"]).run();
    workspace.write(".cargo/config.toml", "paths = [\"app/core\"]\n");
    plan().exits(2).says("paths in .cargo/config.toml is not supported");
    workspace.write(".cargo/config.toml", "[patch.crates-io]\ndeep = { path = \"app/core/deep\" }\n");
    plan().exits(2).says("[patch] by path in .cargo/config.toml is not supported");
    workspace.write(".cargo/config.toml", "");
    workspace.append("Cargo.toml", "[patch.crates-io]\ndeep = { path = \"app/core/deep\" }\n");
    plan().exits(2).says("[patch] deep is the workspace member `deep`, which is shipped");
}

#[test]
fn a_table_in_both_places_is_refused() {
    let workspace = Workspace::of(shape("lone-package"));
    workspace.append("Cargo.toml", "[workspace.metadata.images]\nbinaries = [\"lone\"]\n");
    let outcome = Fixture::new(&workspace).xtask(["plan"]).run();
    outcome.exits(2).says("Cargo.toml has both [workspace.metadata.images] and [package.metadata.images]");
}

#[test]
fn an_included_path_that_is_unfit_is_refused_by_name() {
    let workspace = Workspace::of(shape("included-files"));
    for (path, why) in [("/etc", "leads out of the workspace"), ("gone", "does not exist")] {
        workspace.replace("Cargo.toml", "\"proto/\"", &format!("\"proto/\", \"{path}\""));
        let outcome = Fixture::new(&workspace).xtask(["plan"]).run();
        outcome.exits(2).says(&format!("[workspace.metadata.images] include: `{path}` {why}"));
        workspace.replace("Cargo.toml", &format!(", \"{path}\""), "");
    }
}

#[test]
fn git_that_does_not_tell_stops_the_plan_and_a_repository_around_that_ignores_all_counts_for_none() {
    let workspace = Workspace::of(shape("lone-package"));
    let plan = |git| Fixture::new(&workspace).with("git").answer(["git", "ls-files"], git).xtask(["plan"]).run();
    let owner = "fatal: detected dubious ownership in repository at '/w'";
    plan(Answer::fails(128, owner)).exits(3).says("git cannot list the files").says(owner).says("safe.directory");
    for git in
        [Answer::stdout(""), Answer::fails(128, "fatal: not a git repository (or any of the parent directories)")]
    {
        let outcome = plan(git);
        let sources = outcome.exits(0).stdout.lines().nth(1).expect("two folders");
        assert!(unpack(Path::new(sources)).join("src/main.rs").is_file());
    }
}

#[test]
fn a_cache_inside_of_a_repository_of_its_own_is_not_staged() {
    let workspace = Workspace::of(shape("lone-package"));
    workspace.write("module/inner.rs", "");
    workspace.write("module/target/CACHEDIR.TAG", "");
    let git = Answer::stdout("Cargo.toml\0Cargo.lock\0src/main.rs\0src/lib.rs\0build.rs\0assets/word\0module/\0");
    let outcome = Fixture::new(&workspace).with("git").answer(["git", "ls-files"], git).xtask(["plan"]).run();
    let staged = unpack(Path::new(outcome.exits(0).stdout.lines().nth(1).expect("two folders")));
    assert!(staged.join("module/inner.rs").is_file() && !staged.join("module/target").exists());
}

#[test]
fn a_generated_file_that_is_gone_is_told_with_its_cure_before_a_base_is_built() {
    let workspace = Workspace::of(shape("lone-package"));
    std::fs::remove_file(workspace.root().join("Docker/Dockerfile.base")).expect("it was generated");
    for args in [&["build-base", "--no-push"][..], &["build-colony", "--no-push", "--build-base"], &["check-base"]] {
        let outcome = Fixture::new(&workspace).xtask(args.iter().copied()).run();
        outcome.exits(4).says("Docker/Dockerfile.base is missing").says("cargo xtask codegen");
    }
}
