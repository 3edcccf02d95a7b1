//! Where packages lie: in the root, inside of each other, at the top.

use super::{Edit, Shape};

pub(crate) const SHAPES: &[Shape] = &[
    Shape {
        name: "lone-package",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"lone\"\nversion = \"1.2.3\"\nedition = \"2024\"\n\n\
                 [package.metadata.images]\nbinaries = [\"lone\"]\n\n[profile.release]\ncodegen-units = 256\n",
            ),
            ("src/lib.rs", "pub const WORD: &str = include_str!(\"../README.md\");\n"),
            ("src/main.rs", "fn main() {\n    println!(\"{} {}\", lone::WORD.trim(), env!(\"BUILT\"));\n}\n"),
            (
                "build.rs",
                "fn main() {\n    println!(\"cargo::rustc-env=BUILT={}\", std::fs::read_to_string(\"assets/word\").unwrap());\n}\n",
            ),
            ("README.md", "lone\n"),
            ("assets/word", "built"),
            (".github/workflow.yml", "on: push\n"),
        ],
        binaries: &[("lone", "lone built")],
        edit: Edit {
            path: "assets/word",
            old: "built",
            new: "BUILT",
            counts_for: &["./."],
            compiles: &["lone"],
            prints: &["lone BUILT"],
        },
        unrelated: ".github/workflow.yml",
    },
    Shape {
        name: "root-with-members",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"crates/part\", \"crates/part/inner\", \"tools/xtask\"]\n\n\
                 [workspace.metadata.images]\nbinaries = [\"whole\", \"other\"]\n\n\
                 [package]\nname = \"whole\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
                 [dependencies]\npart = { path = \"crates/part\" }\n\n\
                 [dev-dependencies]\nxtask = { path = \"tools/xtask\" }\n",
            ),
            ("src/main.rs", "fn main() {\n    println!(\"whole {}\", part::word());\n}\n"),
            (
                "crates/part/Cargo.toml",
                "[package]\nname = \"part\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
                 [dependencies]\ninner = { path = \"inner\" }\n",
            ),
            ("crates/part/src/lib.rs", "pub fn word() -> String {\n    format!(\"part {}\", inner::WORD)\n}\n"),
            ("crates/part/src/bin/other.rs", "fn main() {\n    println!(\"other {}\", part::word());\n}\n"),
            ("crates/part/inner/Cargo.toml", "[package]\nname = \"inner\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            ("crates/part/inner/src/lib.rs", "pub const WORD: &str = \"inner\";\n"),
            ("tools/xtask/Cargo.toml", "[package]\nname = \"xtask\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            ("tools/xtask/src/lib.rs", ""),
        ],
        binaries: &[("whole", "whole part inner"), ("other", "other part inner")],
        edit: Edit {
            path: "src/main.rs",
            old: "whole",
            new: "WHOLE",
            counts_for: &["./."],
            compiles: &["whole"],
            prints: &["WHOLE part inner", "other part inner"],
        },
        unrelated: "tools/xtask/src/lib.rs",
    },
    Shape {
        name: "root-not-shipped",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"app\"]\n\n[workspace.metadata.images]\nbinaries = [\"app\"]\n\n\
                 [package]\nname = \"umbrella\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
                 [dependencies]\napp = { path = \"app\" }\n\n[features]\nextra = []\n\n[lints.rust]\nunused = \"warn\"\n",
            ),
            ("src/lib.rs", "pub use app::WORD;\n"),
            ("app/Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            ("app/src/lib.rs", "pub const WORD: &str = \"app\";\n"),
            ("app/src/main.rs", "fn main() {\n    println!(\"{}\", app::WORD);\n}\n"),
        ],
        binaries: &[("app", "app")],
        edit: Edit {
            path: "app/src/lib.rs",
            old: "\"app\"",
            new: "\"APP\"",
            counts_for: &["app"],
            compiles: &["app"],
            prints: &["APP"],
        },
        unrelated: "src/lib.rs",
    },
    Shape {
        name: "nested-members",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"app/core\", \"app/core/deep\"]\n\n\
                 [workspace.metadata.images]\nbinaries = [\"app\", \"tool\"]\n",
            ),
            (
                "app/Cargo.toml",
                "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\ncore-of-app = { path = \"core\" }\n",
            ),
            ("app/src/main.rs", "fn main() {\n    println!(\"app {}\", core_of_app::word());\n}\n"),
            (
                "app/core/Cargo.toml",
                "[package]\nname = \"core-of-app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\ndeep = { path = \"deep\" }\n",
            ),
            ("app/core/src/lib.rs", "pub fn word() -> String {\n    format!(\"core {}\", deep::WORD)\n}\n"),
            // Shipped from inside of a member that is shipped too.
            ("app/core/src/bin/tool.rs", "fn main() {\n    println!(\"tool {}\", core_of_app::word());\n}\n"),
            ("app/core/deep/Cargo.toml", "[package]\nname = \"deep\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
            ("app/core/deep/src/lib.rs", "pub const WORD: &str = \"deep\";\n"),
            ("notes.md", "nobody reads this\n"),
        ],
        binaries: &[("app", "app core deep"), ("tool", "tool core deep")],
        edit: Edit {
            path: "app/src/main.rs",
            old: "app {}",
            new: "APP {}",
            counts_for: &["app"],
            compiles: &["app"],
            prints: &["APP core deep", "tool core deep"],
        },
        unrelated: "notes.md",
    },
    Shape {
        name: "included-files",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n\
                 [workspace.metadata.images]\nbinaries = [\"app\"]\ninclude = [\"proto/\", \"VERSION\", \".sqlx\"]\n",
            ),
            ("crates/app/Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
            (
                "crates/app/build.rs",
                "fn main() {\n    println!(\"cargo::rerun-if-changed=../../proto\");\n    \
                 let word = std::fs::read_to_string(\"../../proto/deep/word.proto\").unwrap();\n    \
                 println!(\"cargo::rustc-env=WORD={}\", word.trim());\n}\n",
            ),
            (
                "crates/app/src/main.rs",
                "fn main() {\n    println!(\"{} {} {}\", env!(\"WORD\"), include_str!(\"../../../VERSION\").trim(), \
                 include_str!(\"../../../.sqlx/query.json\").trim());\n}\n",
            ),
            ("proto/deep/word.proto", "word\n"),
            ("VERSION", "1.0\n"),
            (".sqlx/query.json", "{}\n"),
            ("docs/page.md", "nobody reads this\n"),
        ],
        binaries: &[("app", "word 1.0 {}")],
        edit: Edit {
            path: "proto/deep/word.proto",
            old: "word",
            new: "WORD",
            counts_for: &["."],
            compiles: &["app"],
            prints: &["WORD 1.0 {}"],
        },
        unrelated: "VERSION",
    },
];
