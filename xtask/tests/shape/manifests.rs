//! What manifests can say of a package and its targets.

use super::{Edit, Shape};

pub(crate) const SHAPES: &[Shape] = &[
    Shape {
        name: "targets-by-hand",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"2\"\nmembers = [\"app\"]\n\n\
                 [workspace.metadata.images]\nbinaries = [\"first\", \"second-one\"]\n",
            ),
            (
                "app/Cargo.toml",
                "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2018\"\nbuild = false\nautobins = false\n\
                 default-run = \"second-one\"\n\n[features]\ndefault = [\"cli\"]\ncli = []\n\n\
                 [lib]\nname = \"odd_name\"\npath = \"source/odd.rs\"\n\n\
                 [[bin]]\nname = \"first\"\npath = \"programs/1.rs\"\nrequired-features = [\"cli\"]\n\n\
                 [[bin]]\nname = \"second-one\"\npath = \"programs/2.rs\"\n\n\
                 [[bin]]\nname = \"never\"\npath = \"programs/never.rs\"\nrequired-features = [\"gone\"]\n",
            ),
            ("app/source/odd.rs", "pub const WORD: &str = \"odd\";\n"),
            ("app/programs/1.rs", "fn main() {\n    println!(\"1 {}\", odd_name::WORD);\n}\n"),
            ("app/programs/2.rs", "fn main() {\n    println!(\"2 {}\", odd_name::WORD);\n}\n"),
            ("app/programs/never.rs", "compile_error!(\"nobody ships this\");\n"),
            ("app/build.rs", "compile_error!(\"no build script\");\n"),
            ("LICENSE", "MIT\n"),
        ],
        binaries: &[("first", "1 odd"), ("second-one", "2 odd")],
        edit: Edit {
            path: "app/source/odd.rs",
            old: "odd",
            new: "ODD",
            counts_for: &["app"],
            compiles: &["app"],
            prints: &["1 ODD", "2 ODD"],
        },
        unrelated: "LICENSE",
    },
    Shape {
        name: "links-and-macros",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n\
                 [workspace.metadata.images]\nbinaries = [\"app\"]\n",
            ),
            (
                "crates/app/Cargo.toml",
                "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\nmacros = { path = \"../macros\" }\nnative = { path = \"../native\" }\n",
            ),
            (
                "crates/app/build.rs",
                "fn main() {\n    println!(\"cargo::rustc-env=TOLD={}\", std::env::var(\"DEP_STONE_WORD\").unwrap());\n}\n",
            ),
            (
                "crates/app/src/main.rs",
                "fn main() {\n    println!(\"{} {} {}\", macros::word!(), native::WORD, env!(\"TOLD\"));\n}\n",
            ),
            (
                "crates/macros/Cargo.toml",
                "[package]\nname = \"macros\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\nproc-macro = true\n",
            ),
            (
                "crates/macros/src/lib.rs",
                "#[proc_macro]\npub fn word(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    \
                 \"\\\"macro\\\"\".parse().unwrap()\n}\n",
            ),
            (
                "crates/native/Cargo.toml",
                "[package]\nname = \"native\"\nversion = \"0.1.0\"\nedition = \"2024\"\nlinks = \"stone\"\nbuild = \"make.rs\"\n",
            ),
            ("crates/native/make.rs", "fn main() {\n    println!(\"cargo::metadata=WORD=told\");\n}\n"),
            ("crates/native/src/lib.rs", "pub const WORD: &str = \"native\";\n"),
        ],
        binaries: &[("app", "macro native told")],
        edit: Edit {
            path: "crates/native/make.rs",
            old: "told",
            new: "TOLD",
            counts_for: &["crates/native"],
            compiles: &["app", "native"],
            prints: &["macro native TOLD"],
        },
        unrelated: "crates/app/src/main.rs",
    },
    Shape {
        name: "all-inherited",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"lib\"]\n\n\
                 [workspace.metadata.images]\nbinaries = [\"app\"]\n\n\
                 [workspace.package]\nversion = \"3.2.1\"\nauthors = [\"A. Body\"]\ndescription = \"All\"\n\
                 documentation = \"https://docs.invalid\"\nedition = \"2024\"\nexclude = [\"x\"]\nhomepage = \"https://home.invalid\"\n\
                 include = [\"src\"]\nkeywords = [\"k\"]\nlicense = \"MIT\"\npublish = false\nreadme = \"README.md\"\n\
                 repository = \"https://repository.invalid\"\nrust-version = \"1.85\"\ncategories = [\"c\"]\n\n\
                 [workspace.dependencies]\nlib = { path = \"lib\", default-features = false }\n\n\
                 [workspace.lints.rust]\nunsafe_code = \"forbid\"\nmissing_docs = \"deny\"\n",
            ),
            (
                "app/Cargo.toml",
                "[package]\nname = \"app\"\nversion.workspace = true\nauthors.workspace = true\ndescription.workspace = true\n\
                 documentation.workspace = true\nedition.workspace = true\nexclude.workspace = true\nhomepage.workspace = true\n\
                 include.workspace = true\nkeywords.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
                 readme.workspace = true\nrepository.workspace = true\nrust-version.workspace = true\ncategories.workspace = true\n\n\
                 [dependencies]\nlib = { workspace = true, features = [\"loud\"] }\n\n[lints]\nworkspace = true\n",
            ),
            (
                "app/src/main.rs",
                "//! Prints.\nfn main() {\n    println!(\"{} {} {}\", env!(\"CARGO_PKG_VERSION\"), env!(\"CARGO_PKG_AUTHORS\"), lib::WORD);\n}\n",
            ),
            (
                "lib/Cargo.toml",
                "[package]\nname = \"lib\"\nversion = { workspace = true }\nedition = { workspace = true }\n\n\
                 [features]\ndefault = [\"quiet\"]\nquiet = []\nloud = []\n\n[lints]\nworkspace = true\n",
            ),
            (
                "lib/src/lib.rs",
                "//! Words.\n/// The word.\npub const WORD: &str = if cfg!(feature = \"loud\") { \"loud\" } else { \"quiet\" };\n",
            ),
            ("README.md", "# All\n"),
        ],
        binaries: &[("app", "3.2.1 A. Body loud")],
        edit: Edit {
            path: "lib/src/lib.rs",
            old: "\"loud\" }",
            new: "\"LOUD\" }",
            counts_for: &["lib"],
            compiles: &["app", "lib"],
            prints: &["3.2.1 A. Body LOUD"],
        },
        unrelated: "README.md",
    },
    Shape {
        name: "platforms",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"2\"\nmembers = [\"app\", \"here\", \"elsewhere\"]\n\n\
                 [workspace.metadata.images]\nbinaries = [\"app\"]\n",
            ),
            (
                "app/Cargo.toml",
                "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
                 [target.'cfg(unix)'.dependencies]\nhere = { path = \"../here\" }\n\n\
                 [target.'cfg(windows)'.dependencies]\nelsewhere = { path = \"../elsewhere\" }\n",
            ),
            ("app/src/main.rs", "fn main() {\n    println!(\"{}\", here::WORD);\n}\n"),
            ("here/Cargo.toml", "[package]\nname = \"here\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            ("here/src/lib.rs", "pub const WORD: &str = \"here\";\n"),
            ("elsewhere/Cargo.toml", "[package]\nname = \"elsewhere\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            ("elsewhere/src/lib.rs", "compile_error!(\"not on this platform\");\n"),
        ],
        binaries: &[("app", "here")],
        edit: Edit {
            path: "here/src/lib.rs",
            old: "\"here\"",
            new: "\"HERE\"",
            counts_for: &["here"],
            compiles: &["app", "here"],
            prints: &["HERE"],
        },
        unrelated: "elsewhere/src/lib.rs",
    },
    Shape {
        name: "old-editions",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"1\"\nmembers = [\"a2015\", \"a2018\", \"a2021\"]\n\n\
                 [workspace.metadata.images]\nbinaries = [\"a2015\"]\n",
            ),
            (
                "a2015/Cargo.toml",
                "[package]\nname = \"a2015\"\nversion = \"0.1.0\"\n\n[dependencies]\na2018 = { path = \"../a2018\" }\n",
            ),
            (
                "a2015/src/main.rs",
                "extern crate a2018;\nmod inner;\nfn main() {\n    let async = ::inner::WORD;\n    println!(\"{} {}\", async, a2018::word());\n}\n",
            ),
            ("a2015/src/inner.rs", "pub const WORD: &'static str = \"2015\";\n"),
            (
                "a2018/Cargo.toml",
                "[package]\nname = \"a2018\"\nversion = \"0.1.0\"\nedition = \"2018\"\n\n[dependencies]\na2021 = { path = \"../a2021\" }\n",
            ),
            ("a2018/src/lib.rs", "pub fn word() -> String {\n    format!(\"2018 {}\", a2021::WORD)\n}\n"),
            ("a2021/Cargo.toml", "[package]\nname = \"a2021\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            ("a2021/src/lib.rs", "pub const WORD: &str = \"2021\";\n"),
            ("CHANGES", "none\n"),
        ],
        binaries: &[("a2015", "2015 2018 2021")],
        edit: Edit {
            path: "a2015/src/inner.rs",
            old: "2015",
            new: "MMXV",
            counts_for: &["a2015"],
            compiles: &["a2015"],
            prints: &["MMXV 2018 2021"],
        },
        unrelated: "CHANGES",
    },
];
