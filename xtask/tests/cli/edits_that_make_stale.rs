//! Edits after which a dependency may be compiled differently: the base is stale, and the reason is named.

use crate::support::{BASE, Fixture, current_base};
use crate::workspace::Workspace;

/// Builds the base, then edits, then asks. `reasons` are all of them, in order.
#[track_caller]
fn is_stale<const N: usize>(reasons: [&str; N], edit: impl FnOnce(&Workspace)) {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    edit(&workspace);
    let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run();
    outcome.exits(4).prints("stale\n");
    let said: Vec<&str> = outcome.stderr.lines().filter_map(|line| line.strip_prefix("[INFO]   because ")).collect();
    assert_eq!(said, reasons);
}

#[test]
fn a_dependency_added() {
    is_stale(
        [
            "Cargo.lock changed (spare 1.0.0 added)",
            "crates/backend/Cargo.toml changed (dependencies.spare.version 1 added)",
        ],
        |w| {
            w.replace("crates/backend/Cargo.toml", "[dependencies]", "[dependencies]\nspare = \"1\"");
            w.cargo(["update", "--workspace"]);
        },
    );
}

#[test]
fn a_dependency_added_before_cargo_wrote_the_lock_file() {
    is_stale(
        [
            "Cargo.lock changed (spare 1.0.0 added)",
            "crates/backend/Cargo.toml changed (dependencies.spare.version 1 added)",
        ],
        |w| w.replace("crates/backend/Cargo.toml", "[dependencies]", "[dependencies]\nspare = \"1\""),
    );
}

#[test]
fn a_dependency_removed() {
    is_stale(
        [
            "Cargo.lock changed (twig 1.0.0 removed)",
            "crates/coordinator/Cargo.toml changed (dependencies.twig.features [\"green\"] removed, \
             dependencies.twig.version 1 removed)",
        ],
        |w| {
            w.replace("crates/coordinator/Cargo.toml", "twig = { version = \"1\", features = [\"green\"] }\n", "");
            w.cargo(["update", "--workspace"]);
        },
    );
}

#[test]
fn a_dependency_updated() {
    is_stale(["Cargo.lock changed (leaf 1.0.0 -> 1.0.1)"], |w| w.cargo(["update", "--package", "leaf"]));
}

#[test]
fn a_dependency_that_is_a_second_version() {
    is_stale(
        [
            "Cargo.lock changed (leaf 1.0.0 -> 1.0.0, 2.0.0)",
            "crates/shared/Cargo.toml changed (dependencies.leaf2.package leaf added, dependencies.leaf2.version 2 added)",
        ],
        |w| {
            w.append("crates/shared/Cargo.toml", "leaf2 = { package = \"leaf\", version = \"2\" }\n");
            w.cargo(["update", "--workspace"]);
        },
    );
}

#[test]
fn the_features_of_a_dependency() {
    is_stale(
        ["crates/coordinator/Cargo.toml changed (dependencies.twig.features [\"green\"] -> [\"blue\",\"green\"])"],
        |w| w.replace("crates/coordinator/Cargo.toml", "[\"green\"]", "[\"green\", \"blue\"]"),
    );
}

#[test]
fn the_features_of_an_inherited_dependency() {
    is_stale(["crates/shared/Cargo.toml changed (dependencies.leaf.features [\"red\"] added)"], |w| {
        let inherited = "leaf = { workspace = true, features = [\"red\"] }";
        w.replace("crates/shared/Cargo.toml", "leaf.workspace = true", inherited);
    });
}

#[test]
fn the_features_of_a_member_that_pass_on_to_a_dependency() {
    is_stale(["crates/shared/Cargo.toml changed (features.default [\"leaf/red\"] added)"], |w| {
        w.append("crates/shared/Cargo.toml", "[features]\ndefault = [\"leaf/red\"]\n");
    });
}

#[test]
fn a_build_dependency() {
    is_stale(
        [
            "Cargo.lock changed (probe 1.0.0 added)",
            "crates/shared/Cargo.toml changed (build-dependencies.probe.version 1 added, package.build false -> build.rs)",
        ],
        |w| {
            w.append("crates/shared/Cargo.toml", "[build-dependencies]\nprobe = \"1\"\n");
            w.write("crates/shared/build.rs", "fn main() {}\n");
        },
    );
}

#[test]
fn a_dependency_of_one_platform() {
    is_stale(
        [
            "Cargo.lock changed (spare 1.0.0 added)",
            "crates/shared/Cargo.toml changed (target.cfg(unix).dependencies.spare.version 1 added)",
        ],
        |w| w.append("crates/shared/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nspare = \"1\"\n"),
    );
}

#[test]
fn a_shared_dependency_entry_in_use() {
    is_stale(["Cargo.toml changed (workspace.dependencies.leaf.default-features false added)"], |w| {
        w.replace("Cargo.toml", "leaf = \"1\"", "leaf = { version = \"1\", default-features = false }");
    });
}

#[test]
fn a_patch_in_use() {
    is_stale(
        [
            "Cargo.lock changed (leaf 1.0.0 -> 1.0.9)",
            "Cargo.toml changed (patch.crates-io.leaf.registry other added, patch.crates-io.leaf.version 1.0.9 added)",
        ],
        |w| {
            w.append("Cargo.toml", "[patch.crates-io]\nleaf = { version = \"1.0.9\", registry = \"other\" }\n");
            w.cargo(["update", "--package", "leaf"]);
            assert!(w.read("Cargo.lock").contains("other.invalid"), "the patch is in use");
        },
    );
}

#[test]
fn the_release_profile() {
    is_stale(
        ["Cargo.toml changed (profile.release.lto false -> true, profile.release.package.leaf.opt-level 0 added)"],
        |w| {
            w.replace("Cargo.toml", "lto = false", "lto = true");
            w.append("Cargo.toml", "[profile.release.package.leaf]\nopt-level = 0\n");
        },
    );
}

#[test]
fn the_resolver() {
    is_stale(["Cargo.toml changed (workspace.resolver 3 -> 2)"], |w| {
        w.replace("Cargo.toml", "resolver = \"3\"", "resolver = \"2\"");
    });
}

#[test]
fn settings_of_cargo_that_reach_the_build() {
    is_stale([".cargo/config.toml is new"], |w| {
        w.append(".cargo/config.toml", "[build]\nrustflags = [\"-C\", \"target-cpu=native\"]\n");
    });
}

#[test]
fn a_toolchain_file() {
    is_stale(["rust-toolchain.toml is new"], |w| {
        w.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.87\"\n");
    });
}

#[test]
fn a_toolchain_file_of_the_old_form() {
    is_stale(["rust-toolchain is new"], |w| w.write("rust-toolchain", "1.87\n"));
}

#[test]
fn an_instruction_of_the_base_dockerfile() {
    is_stale(["Docker/Dockerfile.base changed (WORKDIR 1 /app -> /work)"], |w| {
        w.replace("Docker/Dockerfile.base", "WORKDIR /app", "WORKDIR /work");
    });
}

#[test]
fn the_script_of_the_base_dockerfile() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    workspace.append("Docker/seed.sh", "true\n");
    let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run();
    outcome.exits(4).prints("stale\n").says("because Docker/seed.sh changed (sha256 ");
}

#[test]
fn the_compiler_flags_of_the_base_dockerfile() {
    is_stale(
        [
            "Docker/Dockerfile.base changed (ENV CARGO_BUILD_RUSTFLAGS CARGO_BUILD_RUSTFLAGS=\"-C link-arg=-s\" -> CARGO_BUILD_RUSTFLAGS=\"-C debuginfo=1\")",
        ],
        |w| w.replace("Docker/Dockerfile.base", "-C link-arg=-s", "-C debuginfo=1"),
    );
}

#[test]
fn the_chef_image() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let ask = || Fixture::new(&workspace).image(BASE, &base);
    let because = "because chef image changed (reference lukemathwalker/cargo-chef:latest-rust-1.87-alpine -> chef:2)";
    ask().xtask(["check-base", "--chef-image=chef:2"]).run().exits(4).says(because);
    ask().env("CHEF_IMAGE", "chef:2").xtask(["check-base"]).run().exits(4).says(because);
}

#[test]
fn a_member_that_becomes_shipped() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    workspace.append("crates/backend/Cargo.toml", "[dependencies.common]\npath = \"../common\"\n");
    let manifest = "[package]\nname = \"common\"\nedition = \"2024\"\n[dependencies]\nspare = \"1\"\n";
    workspace.write("crates/common/Cargo.toml", manifest);
    workspace.write("crates/common/src/lib.rs", "");
    let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run();
    outcome
        .exits(4)
        .says("because Cargo.lock changed (spare 1.0.0 added)\n")
        .says("because crates/common/Cargo.toml is new\n");
}
