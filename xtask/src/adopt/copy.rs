//! The package as another workspace gets it: the sources without tests and without what only this repository needs. Pure.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use crate::adopt::name::Name;
use crate::adopt::strip::{Stripped, strip};

/// Path -> text.
pub(super) type Files = BTreeMap<String, String>;

/// How the program calls itself in texts.
const CALL: &str = "cargo xtask";

/// Tables of the manifest that speak of what is left out.
const LEFT_OUT: [&str; 3] = ["bin", "test", "features"];

/// `files` are those of the package here, from its folder on; those of the copy have the same places.
pub(super) fn copy(files: &Files, name: &Name) -> anyhow::Result<Files> {
    let manifest = files.get("Cargo.toml").context("the package of this program has no Cargo.toml")?;
    let mut stripped = BTreeMap::new();
    let mut gone = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".rs")) {
        let Stripped { text, modules } = strip(text);
        let folder = folder_of_modules(path);
        gone.extend(modules.into_iter().map(|module| format!("{folder}{module}")));
        stripped.insert(path.clone(), text);
    }
    let is_gone = |path: &str| {
        let rest = gone.iter().find_map(|module| path.strip_prefix(module.as_str()));
        rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    };
    let mut copy: Files = files.iter().map(|(path, text)| (path.clone(), text.clone())).chain(stripped).collect();
    copy.retain(|path, _| !is_gone(path));
    copy.insert("Cargo.toml".to_owned(), self::manifest(manifest, name)?);
    for text in copy.values_mut() {
        *text = named(text, name);
    }
    Ok(copy)
}

/// A text that speaks of the program by the name that it has there.
pub(super) fn named(text: &str, name: &Name) -> String {
    if *name == Name::default() {
        return text.to_owned();
    }
    let alone = [("xtask)", format!("{name})")), ("= xtask", format!("= {name}"))];
    // Only what completes a command line in a shell looks at the word alone.
    let is_glue = text.contains("__cargo_xtask_") && !text.contains("fn ");
    let text = text.replace(CALL, &format!("cargo {name}"));
    if !is_glue {
        return text;
    }
    alone.iter().fold(text, |text, (word, by)| text.replace(word, by))
}

/// Where the files of the modules lie that the file of this path declares.
fn folder_of_modules(path: &str) -> String {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    match file {
        "main.rs" | "mod.rs" => format!("{folder}/"),
        _ => format!("{}/", path.trim_end_matches(".rs")),
    }
}

/// With one target, the program, for which there are no tests. Nothing is inherited, so it fits any workspace.
fn manifest(text: &str, name: &Name) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = text.parse().context("read the Cargo.toml of this program")?;
    let inherits = text.contains("workspace = true") || text.contains(".workspace");
    ensure!(!inherits, "the Cargo.toml of this program inherits keys, which other workspaces may not have");
    let package = manifest["package"].as_table_mut().context("the Cargo.toml of this program has no [package]")?;
    package.remove("autotests");
    package.insert("name", value(name.as_str()));
    for key in LEFT_OUT {
        manifest.remove(key);
    }
    let mut program = Table::new();
    program.insert("name", value(name.as_str()));
    program.insert("path", value("src/main.rs"));
    program.insert("test", value(false));
    // Behind [package], with which it shares its place.
    program.set_position(manifest["package"].as_table().and_then(Table::position));
    program.decor_mut().set_prefix("\n");
    let mut programs = ArrayOfTables::new();
    programs.push(program);
    manifest.insert("bin", Item::ArrayOfTables(programs));
    Ok(manifest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "\
[package]
name = \"xtask\"
# Why this stands here.
version = \"0.1.0\"
# Tests are named below.
autotests = false

# Plays docker.
[[bin]]
name = \"fake-tool\"

[[test]]
name = \"cli\"

# For this repository.
[features]
default = [\"home\"]

# Each of them earns its time.
[dependencies]
anyhow = \"1\" # errors

[lints.rust]
unsafe_code = \"forbid\"
";

    fn files<const N: usize>(files: [(&str, &str); N]) -> Files {
        files.map(|(path, text)| (path.to_owned(), text.to_owned())).into()
    }

    fn name(text: &str) -> Name {
        text.parse().expect("a good name")
    }

    #[test]
    fn the_manifest_keeps_its_comments_and_loses_what_speaks_of_tests() {
        let expected = "\
[package]
name = \"xtask\"
# Why this stands here.
version = \"0.1.0\"

[[bin]]
name = \"xtask\"
path = \"src/main.rs\"
test = false

# Each of them earns its time.
[dependencies]
anyhow = \"1\" # errors

[lints.rust]
unsafe_code = \"forbid\"
";
        assert_eq!(manifest(MANIFEST, &Name::default()).expect("a sound manifest"), expected);
    }

    #[test]
    fn a_manifest_that_inherits_fits_nowhere_else() {
        for key in ["edition.workspace = true", "edition = { workspace = true }"] {
            let text = MANIFEST.replace("autotests = false", key);
            manifest(&text, &Name::default()).expect_err("it inherits");
        }
    }

    #[test]
    fn modules_that_are_marked_are_not_copied() {
        let mark = "#[cfg(feature = \"home\")]\n";
        let main = format!("{mark}mod adopt;\nmod up;\n\nfn main() {{}}\n");
        let up = "mod down;\n\n#[cfg(test)]\nmod tests;\n";
        let all = files([
            ("Cargo.toml", MANIFEST),
            ("src/main.rs", &main),
            ("src/adopt/mod.rs", ""),
            ("src/adopt/deep/x.rs", ""),
            ("src/adoption.rs", ""),
            ("src/up.rs", up),
            ("src/up/down.rs", ""),
            ("src/up/tests.rs", ""),
            ("src/up/tests/more.rs", ""),
            ("src/up/glue.bash", "#[cfg(test)]\n"),
        ]);
        let copy = copy(&all, &Name::default()).expect("a sound package");
        let paths: Vec<&str> = copy.keys().map(String::as_str).collect();
        let expected =
            ["Cargo.toml", "src/adoption.rs", "src/main.rs", "src/up.rs", "src/up/down.rs", "src/up/glue.bash"];
        assert_eq!(paths, expected);
        assert_eq!(copy["src/main.rs"], "mod up;\n\nfn main() {}\n");
        assert_eq!(copy["src/up/glue.bash"], "#[cfg(test)]\n");
    }

    #[test]
    fn a_copy_of_another_name_speaks_of_itself_by_that() {
        let all = files([
            ("Cargo.toml", MANIFEST),
            ("src/main.rs", "fn main() {} // cargo xtask up, xtask)\n"),
            ("src/cargo.bash", "__cargo_xtask_x() {\n  case $1 in xtask) ;; esac\n}\n"),
        ]);
        let copy = copy(&all, &name("images")).expect("a sound package");
        assert!(copy["Cargo.toml"].starts_with("[package]\nname = \"images\"\n"), "{}", copy["Cargo.toml"]);
        assert_eq!(copy["src/main.rs"], "fn main() {} // cargo images up, xtask)\n");
        assert_eq!(copy["src/cargo.bash"], "__cargo_xtask_x() {\n  case $1 in images) ;; esac\n}\n");
    }
}
