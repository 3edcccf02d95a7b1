//! Edits that cannot change how a dependency is compiled: the base stays current.

use crate::support::{BASE, Fixture, current_base};
use crate::workspace::Workspace;

const MANIFESTS: [&str; 6] = [
    "Cargo.toml",
    "crates/backend/Cargo.toml",
    "crates/coordinator/Cargo.toml",
    "crates/gui/Cargo.toml",
    "crates/shared/Cargo.toml",
    "xtask/Cargo.toml",
];

/// Builds the base, then edits, then asks.
#[track_caller]
fn stays_current(edit: impl FnOnce(&Workspace)) {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let before = workspace.listing();
    edit(&workspace);
    assert!(workspace.listing() != before, "the edit changes nothing");
    Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run().exits(0).prints("current\n");
}

#[test]
fn a_comment_in_every_manifest() {
    stays_current(|w| MANIFESTS.iter().for_each(|path| w.append(path, "# a comment\n")));
}

#[test]
fn other_formatting_of_dependencies() {
    stays_current(|w| {
        w.replace("crates/backend/Cargo.toml", "leaf.workspace = true", "leaf = {workspace=true}");
        let long = "[dependencies.twig]\nfeatures = [\n  'green',\n]\nversion = '1'\n";
        w.replace("crates/coordinator/Cargo.toml", "twig = { version = \"1\", features = [\"green\"] }\n", long);
        w.replace("Cargo.toml", "leaf = \"1\"", "leaf = { version = \"1\" }");
    });
}

#[test]
fn another_order_of_sections() {
    stays_current(|w| {
        let text = w.read("crates/coordinator/Cargo.toml");
        let (package, dependencies) = text.split_once("[dependencies]").expect("a section");
        w.write("crates/coordinator/Cargo.toml", &format!("[dependencies]{dependencies}\n{package}"));
    });
}

#[test]
fn the_version_of_all_members_and_its_place_in_the_lock_file() {
    stays_current(|w| {
        w.replace("Cargo.toml", "version = \"0.1.0\"", "version = \"0.2.0\"");
        w.cargo(["update", "--workspace"]);
        assert!(w.read("Cargo.lock").contains("version = \"0.2.0\""), "cargo wrote it");
    });
}

#[test]
fn the_version_of_one_member() {
    stays_current(|w| {
        w.replace("crates/shared/Cargo.toml", "version.workspace = true", "version = \"3.0.0-rc.1\"");
        w.cargo(["update", "--workspace"]);
    });
}

#[test]
fn the_version_that_a_path_dependency_asks_for() {
    stays_current(|w| {
        w.replace("Cargo.toml", "{ path = \"crates/shared\" }", "{ path = \"crates/shared\", version = \"0.1\" }");
    });
}

#[test]
fn what_describes_a_member() {
    stays_current(|w| {
        w.replace("crates/coordinator/Cargo.toml", "description = \"Coordinates\"", "description = \"Other\"");
        let keys = "[package]\nauthors = [\"A\"]\nreadme = \"README.md\"\nkeywords = [\"k\"]\nlicense = \"MIT\"\n\
                    repository = \"https://example.invalid\"\npublish = false\nrust-version = \"1.87\"";
        w.replace("crates/backend/Cargo.toml", "[package]", keys);
        w.write("crates/backend/README.md", "# Backend\n");
    });
}

#[test]
fn lints() {
    stays_current(|w| {
        w.append("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n");
        w.append("crates/backend/Cargo.toml", "[lints]\nworkspace = true\n");
    });
}

#[test]
fn default_members_and_other_metadata() {
    stays_current(|w| {
        w.replace("Cargo.toml", "resolver = \"3\"", "resolver = \"3\"\ndefault-members = [\"crates/backend\"]");
        w.append("Cargo.toml", "[workspace.metadata.other]\nkey = 1\n");
        w.replace("Cargo.toml", "verify = [\"--version\"]", "verify = [\"--help\"]");
    });
}

#[test]
fn the_manifests_of_members_that_are_not_shipped() {
    stays_current(|w| {
        w.append("crates/gui/Cargo.toml", "[features]\nnew = []\n[package.metadata.x]\ny = 1\n");
        w.replace("xtask/Cargo.toml", "edition.workspace = true", "edition = \"2021\"");
    });
}

#[test]
fn a_dependency_added_to_a_member_that_is_not_shipped() {
    stays_current(|w| {
        w.append("crates/gui/Cargo.toml", "spare = \"1\"\n");
        w.append("xtask/Cargo.toml", "spare = \"1\"\n");
        w.cargo(["update", "--workspace"]);
        assert!(w.read("Cargo.lock").contains("name = \"spare\""), "cargo wrote it");
    });
}

#[test]
fn a_dependency_updated_that_only_the_gui_uses() {
    stays_current(|w| {
        w.cargo(["update", "--package", "widget"]);
        assert!(w.read("Cargo.lock").contains("name = \"knob\""), "the update brings another package");
    });
}

#[test]
fn a_shared_dependency_entry_that_only_the_gui_uses() {
    stays_current(|w| {
        w.replace("Cargo.toml", "widget = \"1\"", "widget = { version = \"1.0\", default-features = false }")
    });
}

#[test]
fn a_feature_that_only_the_gui_turns_on() {
    stays_current(|w| w.append("crates/gui/Cargo.toml", "leaf = { workspace = true, features = [\"red\"] }\n"));
}

#[test]
fn a_second_version_of_a_package_for_the_gui_alone() {
    stays_current(|w| {
        w.append("crates/gui/Cargo.toml", "leaf2 = { package = \"leaf\", version = \"2\" }\n");
        w.cargo(["update", "--workspace"]);
        assert!(w.read("Cargo.lock").contains("\"leaf 1.0.0\""), "names alone are ambiguous now");
    });
}

#[test]
fn a_new_member_that_is_not_shipped() {
    stays_current(|w| {
        let manifest = "[package]\nname = \"tool\"\nedition = \"2024\"\n[dependencies]\nspare = \"1\"\n";
        w.write("crates/tool/Cargo.toml", manifest);
        w.write("crates/tool/src/main.rs", "fn main() {}\n");
        w.cargo(["update", "--workspace"]);
    });
}

#[test]
fn a_dev_dependency_added() {
    stays_current(|w| {
        w.append("crates/shared/Cargo.toml", "[dev-dependencies]\nspare = \"1\"\n");
        w.append("crates/coordinator/Cargo.toml", "[target.'cfg(unix)'.dev-dependencies]\nprobe = \"1\"\n");
        w.cargo(["update", "--workspace"]);
    });
}

#[test]
fn a_dev_dependency_updated() {
    stays_current(|w| w.cargo(["update", "--package", "probe"]));
}

#[test]
fn a_dev_dependency_removed() {
    stays_current(|w| {
        w.replace("crates/backend/Cargo.toml", "[dev-dependencies]\nprobe = \"1\"\n", "");
        w.cargo(["update", "--workspace"]);
    });
}

#[test]
fn a_dev_dependency_with_more_features_of_a_package_that_is_shipped() {
    stays_current(|w| {
        w.append("crates/shared/Cargo.toml", "[dev-dependencies]\nleaf = { version = \"1\", features = [\"red\"] }\n");
    });
}

#[test]
fn an_example_a_bench_and_a_test() {
    stays_current(|w| {
        for folder in ["examples", "benches", "tests"] {
            w.write(&format!("crates/shared/{folder}/new.rs"), "fn main() {}\n");
        }
        w.append("crates/backend/Cargo.toml", "[[bench]]\nname = \"speed\"\nharness = false\n");
        w.write("crates/backend/benches/speed.rs", "fn main() {}\n");
    });
}

#[test]
fn sources() {
    stays_current(|w| {
        w.write("crates/shared/src/lib.rs", "pub mod new;\n");
        w.write("crates/shared/src/new.rs", "pub fn new() {}\n");
        w.write("crates/backend/src/main.rs", "fn main() { println!() }\n");
    });
}

#[test]
fn a_binary_that_is_not_shipped() {
    stays_current(|w| w.write("crates/backend/src/bin/tool.rs", "fn main() {}\n"));
}

#[test]
fn documents() {
    stays_current(|w| {
        w.append("README.md", "More.\n");
        w.write("Docker/README.md", "# Docker\n");
    });
}

#[test]
fn the_dockerfile_of_the_colony_and_comments_in_the_one_of_the_base() {
    stays_current(|w| {
        w.append("Docker/Dockerfile", "LABEL a=b\n");
        w.append("Docker/compile.sh", "true\n");
        w.append("Docker/Dockerfile.base", "\n# A comment.\n");
    });
}

#[test]
fn settings_of_cargo_that_never_reach_a_build() {
    stays_current(|w| w.append(".cargo/config.toml", "b = \"build\"\n[term]\nverbose = true\n"));
}

#[test]
fn the_removal_of_settings_that_never_reach_a_build() {
    stays_current(|w| std::fs::remove_file(w.root().join(".cargo/config.toml")).expect("it is there"));
}

#[test]
fn a_comment_in_a_toolchain_file() {
    let workspace = Workspace::new();
    workspace.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.87\"\n");
    let base = current_base(&workspace);
    workspace.write("rust-toolchain.toml", "# The oldest that we support.\n[toolchain]\nchannel = '1.87'\n");
    Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run().exits(0);
}

#[test]
fn profiles_other_than_release() {
    stays_current(|w| w.append("Cargo.toml", "[profile.dev]\nopt-level = 1\n[profile.test]\ndebug = false\n"));
}

#[test]
fn a_patch_that_only_the_gui_uses() {
    stays_current(|w| {
        w.append("Cargo.toml", "[patch.crates-io]\nwidget = { version = \"1.0.9\", registry = \"other\" }\n");
        w.cargo(["update", "--package", "widget"]);
        assert!(w.read("Cargo.lock").contains("other.invalid"), "the patch is in use");
    });
}
