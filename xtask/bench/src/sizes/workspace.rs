//! A workspace of a given size: two binaries, and libraries without dependencies that both of them need. Pure.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Context;
use toml_edit::DocumentMut;

use crate::PREFIX;
use crate::edits::BINARIES;
use crate::sizes::size::Size;

/// Path from the root -> text.
pub(crate) type Files = BTreeMap<String, String>;

/// What the edits are: each is one line of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    /// In the first binary alone.
    pub(crate) leaf: u64,
    /// In the first library, which both binaries need.
    pub(crate) library: u64,
}

/// All files but the lock file, which is cargo's to write. `manifest` is that of the workspace that we stand in, whose
/// edition and release profile this one has too.
pub(crate) fn files(size: Size, marks: Marks, manifest: &str) -> anyhow::Result<Files> {
    let mut files = Files::from([("Cargo.toml".to_owned(), root_manifest(manifest)?)]);
    for (index, member) in members(size).iter().enumerate() {
        let is_binary = index < BINARIES.len();
        files.insert(format!("crates/{member}/Cargo.toml"), member_manifest(size, member, is_binary));
        // What does not come out even is in the first members.
        let share = size.files / size.members + usize::from(index < size.files % size.members);
        for number in 1..share {
            files.insert(format!("crates/{member}/src/m{number:05}.rs"), module(index, number));
        }
        let begin = if is_binary { program(size, marks, member, share) } else { library(marks, index, share) };
        files.insert(begins_in(member, is_binary), begin);
    }
    Ok(files)
}

/// Those of the files that the edits change.
pub(crate) fn edited(files: &Files) -> BTreeMap<&str, &str> {
    let paths = [begins_in(BINARIES[0], true), begins_in(&library_name(BINARIES.len()), false)];
    let (kept, _): (Vec<_>, Vec<_>) = files.iter().partition(|(path, _)| paths.contains(path));
    kept.into_iter().map(|(path, text)| (path.as_str(), text.as_str())).collect()
}

/// What a binary built from this state answers to `--version`.
pub(crate) fn answer(binary: &str, marks: Marks) -> String {
    format!("{binary} leaf.{} library.{}", leaf_mark(binary, marks), marks.library)
}

/// The binaries come first.
fn members(size: Size) -> Vec<String> {
    let binaries = BINARIES.iter().map(|binary| (*binary).to_owned());
    binaries.chain((BINARIES.len()..size.members).map(library_name)).collect()
}

fn library_name(index: usize) -> String {
    format!("part{index:04}")
}

fn begins_in(member: &str, is_binary: bool) -> String {
    format!("crates/{member}/src/{}.rs", if is_binary { "main" } else { "lib" })
}

fn leaf_mark(binary: &str, marks: Marks) -> u64 {
    if binary == BINARIES[0] { marks.leaf } else { 0 }
}

fn root_manifest(of: &str) -> anyhow::Result<String> {
    let of: DocumentMut = of.parse().context("read Cargo.toml")?;
    let edition = of.get("workspace").and_then(|workspace| workspace.get("package")?.get("edition")?.as_str());
    let edition = edition.context("Cargo.toml has no edition in [workspace.package]")?;
    let mut manifest: DocumentMut = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n\
         [workspace.package]\nversion = \"0.1.0\"\nedition = \"{edition}\"\n\n\
         [workspace.metadata.images]\nbinaries = [\"{}\"]\nrepository = \"{PREFIX}\"\n",
        BINARIES.join("\", \"")
    )
    .parse()
    .expect("it is sound TOML");
    if let Some(release) = of.get("profile").and_then(|profiles| profiles.get("release")) {
        let mut profiles = toml_edit::Table::new();
        profiles.set_implicit(true);
        profiles.insert("release", release.clone());
        manifest.insert("profile", toml_edit::Item::Table(profiles));
    }
    Ok(manifest.to_string())
}

fn member_manifest(size: Size, name: &str, is_binary: bool) -> String {
    let mut text = format!("[package]\nname = \"{name}\"\nversion.workspace = true\nedition.workspace = true\n");
    if is_binary {
        text += "\n[dependencies]\n";
        for library in &members(size)[BINARIES.len()..] {
            writeln!(text, "{library} = {{ path = \"../{library}\" }}").expect("a string takes everything");
        }
    }
    text
}

fn module(member: usize, number: usize) -> String {
    format!(
        "//! Module {number} of member {member}.\n\n\
         pub fn value(x: u64) -> u64 {{\n    \
             let mut sum = x.rotate_left({});\n    \
             for step in 0..{} {{\n        \
                 sum = sum.wrapping_mul({}).wrapping_add(step);\n    \
             }}\n    \
             sum\n\
         }}\n",
        number % 64,
        number % 7 + 2,
        2 * (member * 1_000 + number) + 1,
    )
}

/// Declares the modules of a member that has so many files, and adds up what they give.
fn modules(share: usize) -> (String, String) {
    let (mut declared, mut sum) = (String::new(), "    let mut sum = std::hint::black_box(1);\n".to_owned());
    for number in 1..share {
        writeln!(declared, "mod m{number:05};").expect("a string takes everything");
        writeln!(sum, "    sum = m{number:05}::value(sum);").expect("a string takes everything");
    }
    (declared, sum)
}

fn library(marks: Marks, index: usize, share: usize) -> String {
    let (declared, sum) = modules(share);
    let mark = if index == BINARIES.len() { marks.library } else { 0 };
    format!(
        "//! A library of the benchmark.\n\n{declared}\n\
         pub fn mark() -> u64 {{\n    {mark}\n}}\n\n\
         pub fn value() -> u64 {{\n{sum}    sum\n}}\n"
    )
}

fn program(size: Size, marks: Marks, name: &str, share: usize) -> String {
    let (declared, mut sum) = modules(share);
    for library in &members(size)[BINARIES.len()..] {
        writeln!(sum, "    sum ^= {library}::value();").expect("a string takes everything");
    }
    format!(
        "//! A program of the benchmark.\n\n{declared}\n\
         fn main() {{\n    \
             println!(\"{name} leaf.{} library.{{}}\", {}::mark());\n    \
             if std::env::args().any(|word| word == \"--version\") {{\n        return;\n    }}\n\
         {sum}    println!(\"{{sum}}\");\n}}\n",
        leaf_mark(name, marks),
        library_name(BINARIES.len()),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const MANIFEST: &str =
        "[workspace.package]\nedition = \"2024\"\n[profile.dev]\ndebug = 0\n[profile.release]\nlto = false\n";
    const MARKS: Marks = Marks { leaf: 7, library: 8 };

    fn made(members: usize, files: usize) -> Files {
        super::files(Size { members, files }, MARKS, MANIFEST).expect("a sound manifest")
    }

    #[test]
    fn there_are_exactly_as_many_members_and_files_as_were_asked_for() {
        for (members, files) in [(3, 3), (5, 100), (50, 1000), (202, 4404), (7, 50)] {
            let made = made(members, files);
            let count =
                |end: &str| made.keys().filter(|path| path.starts_with("crates/") && path.ends_with(end)).count();
            assert_eq!((count("/Cargo.toml"), count(".rs")), (members, files));
        }
    }

    #[test]
    fn the_same_size_gives_the_same_bytes_and_no_two_files_are_the_same() {
        assert_eq!(made(9, 40), made(9, 40));
        let sources: Vec<String> =
            made(9, 40).into_iter().filter(|(path, _)| path.contains("/m")).map(|it| it.1).collect();
        assert_eq!(sources.iter().collect::<BTreeSet<_>>().len(), sources.len());
    }

    #[test]
    fn both_binaries_need_every_library_and_the_profile_is_that_of_the_workspace() {
        let made = made(5, 9);
        for binary in BINARIES {
            let manifest = &made[&format!("crates/{binary}/Cargo.toml")];
            assert_eq!(manifest.matches("{ path = \"../part000").count(), 3, "{manifest}");
        }
        let root = &made["Cargo.toml"];
        assert!(root.contains("edition = \"2024\"") && root.contains("[profile.release]\nlto = false"), "{root}");
        assert!(!root.contains("profile.dev") && root.contains("repository = \"distributed-colony-bench\""), "{root}");
    }

    #[test]
    fn an_edit_changes_one_line_of_one_file() {
        let size = Size { members: 4, files: 12 };
        let of = |leaf, library| super::files(size, Marks { leaf, library }, MANIFEST).expect("a sound manifest");
        let before = of(7, 8);
        for (after, path) in [(of(9, 8), "crates/backend/src/main.rs"), (of(7, 9), "crates/part0002/src/lib.rs")] {
            let differing: Vec<&String> =
                before.iter().filter(|(path, text)| after[*path] != **text).map(|it| it.0).collect();
            assert_eq!(differing, [path]);
            let lines = before[path].lines().zip(after[path].lines()).filter(|(old, new)| old != new).count();
            assert_eq!(lines, 1);
            assert_eq!(edited(&after)[path], after[path]);
        }
        assert_eq!(edited(&before).len(), 2);
        assert_eq!(answer("backend", MARKS), "backend leaf.7 library.8");
        assert_eq!(answer("coordinator", MARKS), "coordinator leaf.0 library.8");
    }
}
