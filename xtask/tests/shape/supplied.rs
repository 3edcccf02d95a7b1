//! Dependencies whose sources lie on this machine: vendored, patched, outside of the workspace, or in it without being a
//! member.

use super::{Edit, Shape};

pub(crate) const SHAPES: &[Shape] = &[Shape {
    name: "supplied",
    files: &[
        (
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"gui\"]\nexclude = [\"tools/beside\", \"patched\"]\n\n\
             [workspace.metadata.images]\nbinaries = [\"app\"]\n\n\
             [workspace.dependencies]\nfar = { path = \"../shared/far\" }\n\n\
             [patch.crates-io]\nleaf = { path = \"patched/leaf\" }\nunused = { path = \"patched/unused\" }\n",
        ),
        (
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = \"vendored\"\n\n[source.vendored]\ndirectory = \"vendor\"\n",
        ),
        (
            "app/Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\ntwig = \"1\"\nfar.workspace = true\n\n\
             [target.'cfg(unix)'.dependencies]\nbeside = { path = \"../tools/beside\" }\n",
        ),
        (
            "app/src/main.rs",
            "fn main() {\n    println!(\"app {} {} {}\", twig::word(), far::word(), beside::WORD);\n}\n",
        ),
        (
            "gui/Cargo.toml",
            "[package]\nname = \"gui\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nwidget = \"1\"\n",
        ),
        ("gui/src/lib.rs", ""),
        // Of the registry, twig as it was vendored; leaf is patched.
        (
            "vendor/twig/Cargo.toml",
            "[package]\nname = \"twig\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[dependencies]\nleaf = \"1\"\n",
        ),
        ("vendor/twig/src/lib.rs", "pub fn word() -> String {\n    format!(\"twig {}\", leaf::WORD)\n}\n"),
        (
            "vendor/twig/.cargo-checksum.json",
            "{\"files\":{},\"package\":\"0000000000000000000000000000000000000000000000000000000000000001\"}",
        ),
        ("vendor/widget/Cargo.toml", "[package]\nname = \"widget\"\nversion = \"1.0.0\"\nedition = \"2021\"\n"),
        ("vendor/widget/src/lib.rs", "compile_error!(\"no image needs this\");\n"),
        (
            "vendor/widget/.cargo-checksum.json",
            "{\"files\":{},\"package\":\"0000000000000000000000000000000000000000000000000000000000000002\"}",
        ),
        ("patched/leaf/Cargo.toml", "[package]\nname = \"leaf\"\nversion = \"1.0.7\"\nedition = \"2021\"\n"),
        ("patched/leaf/src/lib.rs", "pub const WORD: &str = include_str!(\"word.txt\");\n"),
        ("patched/leaf/src/word.txt", "leaf"),
        ("patched/unused/Cargo.toml", "[package]\nname = \"unused\"\nversion = \"1.0.0\"\nedition = \"2021\"\n"),
        ("patched/unused/src/lib.rs", "compile_error!(\"nobody needs this\");\n"),
        // Outside, in a workspace of its own.
        (
            "../shared/Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"far\", \"farther\", \"gone\"]\n\n\
             [workspace.package]\nversion = \"0.3.0\"\nedition = \"2021\"\n\n\
             [workspace.dependencies]\nfarther = { path = \"farther\" }\n",
        ),
        (
            "../shared/far/Cargo.toml",
            "[package]\nname = \"far\"\nversion.workspace = true\nedition.workspace = true\n\n\
             [dependencies]\nfarther.workspace = true\n\n[dev-dependencies]\nwidget = \"9\"\n",
        ),
        ("../shared/far/src/lib.rs", "pub fn word() -> String {\n    format!(\"far {}\", farther::WORD)\n}\n"),
        (
            "../shared/farther/Cargo.toml",
            "[package]\nname = \"farther\"\nversion.workspace = true\nedition.workspace = true\n",
        ),
        ("../shared/farther/src/lib.rs", "pub const WORD: &str = env!(\"CARGO_PKG_VERSION\");\n"),
        ("../shared/farther/target/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n"),
        ("../shared/gone/Cargo.toml", "[package]\nname = \"gone\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        ("../shared/gone/src/lib.rs", ""),
        ("tools/beside/Cargo.toml", "[package]\nname = \"beside\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        ("tools/beside/build.rs", "fn main() {\n    println!(\"cargo::rustc-env=WORD=beside\");\n}\n"),
        ("tools/beside/src/lib.rs", "pub const WORD: &str = env!(\"WORD\");\n"),
    ],
    binaries: &[("app", "app twig leaf far 0.3.0 beside")],
    edit: Edit {
        path: "app/src/main.rs",
        old: "app {}",
        new: "APP {}",
        counts_for: &["app"],
        compiles: &["app"],
        prints: &["APP twig leaf far 0.3.0 beside"],
    },
    unrelated: "../shared/gone/src/lib.rs",
}];
