//! What stands in the way of an adoption, and what its owner should hear of. Pure.

use std::collections::BTreeMap;

use crate::adopt::copy::Files;
use crate::adopt::facts::{Facts, Member};
use crate::adopt::name::Name;
use crate::adopt::record::Record;
use crate::adopt::table::First;
use crate::failure::{ExitCode, Failure};
use crate::workspace::own_name::WorkspaceName;

/// The oldest Rust that compiles the program: `rust-version` of its manifest, in minor versions of Rust 1.
pub(super) const RUST: u32 = 87;

/// So many files are named in an error.
const NAMED: usize = 10;

/// The name that the copy gets: the one that it has.
pub(super) fn name(facts: &Facts, chosen: Option<Name>) -> Result<Name, Failure> {
    let known = facts.record.as_ref().map(|(folder, _)| folder);
    match (known, chosen) {
        (None, chosen) => Ok(chosen.unwrap_or_default()),
        (Some(known), Some(chosen)) if known != chosen.as_str() => {
            Err(Failure::new(ExitCode::Usage, format!("it is called `{known}` there already, and not `{chosen}`"))
                .hint("Leave --name out"))
        }
        (Some(known), _) => known.parse().map_err(|why| Failure::precondition(format!("the folder `{known}`: {why}"))),
    }
}

/// Without a repository nobody can tell, and nothing is refused. `contents` has those of the dirty files that are there and
/// recorded, `left` is what a killed run left beside such files.
pub(super) fn refuse_dirty(
    facts: &Facts,
    contents: &BTreeMap<String, Vec<u8>>,
    left: &[String],
) -> Result<(), Failure> {
    let record = facts.record.as_ref().map(|(_, record)| record);
    let folder = facts.record.as_ref().map(|(folder, _)| folder.as_str()).unwrap_or_default();
    let dirty = facts.dirty.iter().flatten().filter(|path| !left.contains(path)).map(String::as_str);
    let dirty: Vec<&str> = dirty.filter(|path| !is_of_us(record, folder, path, contents.get(*path))).collect();
    if dirty.is_empty() {
        return Ok(());
    }
    let mut named = dirty[..dirty.len().min(NAMED)].join(", ");
    if dirty.len() > NAMED {
        named += &format!(" and {} more", dirty.len() - NAMED);
    }
    let message =
        format!("{} has uncommitted changes, which those made here would mingle with: {named}", facts.root.display());
    Err(Failure::precondition(message).hint("Commit them first, or run this with --allow-dirty"))
}

/// What the last run wrote, or left where it was killed, is no change of the owner's.
fn is_of_us(record: Option<&Record>, folder: &str, path: &str, content: Option<&Vec<u8>>) -> bool {
    let Some(record) = record else { return false };
    path == format!("{folder}/{}", crate::adopt::record::FILE)
        || content.is_some_and(|content| record.explains(path, content))
}

/// A package of that name in another folder would be the one that the alias means. Where ours is to be is looked at later.
pub(super) fn refuse_namesake(facts: &Facts, name: &Name) -> Result<(), Failure> {
    let is_namesake = |member: &&Member| member.name == name.as_str() && member.folder != name.as_str();
    match facts.members.iter().find(is_namesake) {
        None => Ok(()),
        Some(member) => {
            let place = if member.folder.is_empty() { "the workspace root" } else { &member.folder };
            Err(Failure::precondition(format!("the package `{name}` in {place} is not ours"))
                .hint("Put ours beside it: --name images, or any other name"))
        }
    }
}

/// Where no run of ours was before. What lies there may be no package.
pub(super) fn refuse_folder(name: &Name, is_taken: bool) -> Result<(), Failure> {
    if !is_taken {
        return Ok(());
    }
    Err(Failure::precondition(format!("the folder `{name}` is there already and is not ours"))
        .hint("Put ours beside it: --name images, or any other name"))
}

pub(super) fn refuse_old_toolchain(facts: &Facts) -> Result<(), Failure> {
    let Some(toolchain) = facts.toolchain.as_deref().filter(|toolchain| minor(toolchain).is_some_and(|it| it < RUST))
    else {
        return Ok(());
    };
    Err(Failure::precondition(format!("the toolchain file asks for Rust {toolchain}, and the program needs 1.{RUST}"))
        .hint(format!("Name 1.{RUST} or a later one there, which compiles the workspace too")))
}

/// What the table says at first, where there is none.
pub(super) fn first(facts: &Facts, name: &Name) -> Result<First, Failure> {
    // Programs that work on the workspace itself are no part of what it ships.
    let is_tool = |member: &&Member| member.name == name.as_str() || member.name == Name::default().as_str();
    let members = || facts.members.iter().filter(|member| !is_tool(member));
    let mut binaries: Vec<String> = members().flat_map(|member| member.binaries.iter().cloned()).collect();
    binaries.sort();
    binaries.dedup();
    if binaries.is_empty() {
        let failure = Failure::precondition(format!("no package of {} has a binary to ship", facts.root.display()));
        let optional = members().flat_map(|member| &member.optional).next();
        return Err(match optional {
            Some(binary) => {
                failure.hint(format!("`{binary}` wants features that are off: make them its package's default"))
            }
            None => failure.hint("Give one of them a src/main.rs, or a [[bin]] in its Cargo.toml"),
        });
    }
    let root = facts.members.iter().find(|member| member.folder.is_empty()).map(|member| member.name.as_str());
    let folder = facts.root.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Ok(First { binaries, repository: WorkspaceName::derived(root.unwrap_or(folder)).to_string() })
}

/// What the owner may not expect.
pub(super) fn notes(facts: &Facts, name: &Name, wanted: &Files, ignored: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if !ignored.is_empty() {
        notes.push(format!("git ignores {}: until .gitignore allows it nobody else has that", ignored.join(", ")));
    }
    for theirs in &facts.other_case {
        if let Some(ours) = wanted.keys().find(|path| path.eq_ignore_ascii_case(theirs)) {
            notes.push(format!("{theirs} and {ours} are one file where case does not count, such as on a Mac"));
        }
    }
    if facts.dirty.is_none() {
        notes.push(
            "it is in no git repository: --dry-run shows what would change, and nothing tells it afterwards".to_owned(),
        );
    }
    let others = facts.members.iter().filter(|member| member.name != name.as_str());
    let optional: Vec<&str> = others.clone().flat_map(|member| &member.optional).map(String::as_str).collect();
    if !optional.is_empty() && !facts.has_table {
        notes.push(format!("left out, since they want features that are off by default: {}", optional.join(", ")));
    }
    let oldest =
        others.filter_map(|member| member.rust_version.as_deref().filter(|it| minor(it).is_some_and(|it| it < RUST)));
    if let Some(oldest) = oldest.min_by_key(|version| minor(version)) {
        notes.push(format!(
            "it is for Rust {oldest} and later: from now on `cargo {name}` wants 1.{RUST}, and reading the workspace cargo 1.85"
        ));
    }
    if !facts.has_lock {
        notes.push("it has no Cargo.lock, which the images are built by: cargo makes one, to be committed".to_owned());
    }
    notes
}

/// Of `1.70`, `1.70.0`, or a toolchain that begins so.
fn minor(version: &str) -> Option<u32> {
    let rest = version.strip_prefix("1.")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, folder: &str, binaries: &[&str]) -> Member {
        let binaries = binaries.iter().map(|&name| name.to_owned()).collect();
        Member { name: name.to_owned(), folder: folder.to_owned(), binaries, ..Member::default() }
    }

    fn facts(members: Vec<Member>) -> Facts {
        Facts {
            root: "/w/my_app".into(),
            members,
            record: None,
            config: ".cargo/config.toml",
            toolchain: None,
            has_lock: true,
            has_table: false,
            other_case: Vec::new(),
            dirty: Some(Vec::new()),
        }
    }

    fn text(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn the_names_are_those_of_the_root_package_or_of_the_folder() {
        let first = |facts: &Facts| first(facts, &Name::default()).expect("it has a binary");
        let all =
            facts(vec![member("xtask", "xtask", &["xtask"]), member("b", "b", &["z", "y"]), member("c", "c", &["y"])]);
        assert_eq!(first(&all), First { binaries: text(&["y", "z"]), repository: "my_app".to_owned() });
        let root = facts(vec![member("Tool", "", &["tool"])]);
        assert_eq!(first(&root), First { binaries: text(&["tool"]), repository: "tool".to_owned() });
    }

    #[test]
    fn a_workspace_without_a_binary_ships_nothing() {
        let none = facts(vec![member("a", "a", &[]), member("xtask", "xtask", &["xtask"])]);
        let failure = first(&none, &Name::default()).expect_err("nothing to ship");
        assert_eq!(failure.message, "no package of /w/my_app has a binary to ship");
        let optional = Member { optional: text(&["b"]), ..member("a", "a", &[]) };
        let failure = first(&facts(vec![optional]), &Name::default()).expect_err("nothing to ship");
        assert_eq!(failure.hints, ["`b` wants features that are off: make them its package's default"]);
    }

    #[test]
    fn a_package_of_that_name_elsewhere_is_another_one() {
        let taken = facts(vec![member("xtask", "tools/xtask", &["xtask"])]);
        let failure = refuse_namesake(&taken, &Name::default()).expect_err("not ours");
        assert_eq!(failure.message, "the package `xtask` in tools/xtask is not ours");
        refuse_namesake(&taken, &"images".parse().expect("a name")).expect("beside it");
    }

    #[test]
    fn a_toolchain_of_long_ago_is_refused() {
        let with = |toolchain: &str| Facts { toolchain: Some(toolchain.to_owned()), ..facts(vec![]) };
        for old in ["1.74", "1.74.1", "1.86.0-x86_64-unknown-linux-gnu"] {
            refuse_old_toolchain(&with(old)).expect_err("too old");
        }
        for new in ["1.87", "1.100.0", "stable", "nightly-2024-01-01", "beta"] {
            refuse_old_toolchain(&with(new)).expect("new enough, or nobody knows");
        }
    }

    #[test]
    fn many_files_are_counted() {
        let dirty = (0..12).map(|number| format!("f{number}")).collect();
        let failure =
            refuse_dirty(&Facts { dirty: Some(dirty), ..facts(vec![]) }, &BTreeMap::new(), &[]).expect_err("dirty");
        assert!(
            failure.message.ends_with("mingle with: f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 and 2 more"),
            "{}",
            failure.message
        );
        refuse_dirty(&facts(vec![]), &BTreeMap::new(), &[]).expect("clean");
    }

    #[test]
    fn what_the_owner_may_not_expect_is_said() {
        let old =
            Member { rust_version: Some("1.70".to_owned()), optional: text(&["extra"]), ..member("a", "a", &["a"]) };
        let other_case = text(&["docker/dockerfile", "docker/x"]);
        let facts = Facts { has_lock: false, dirty: None, other_case, ..facts(vec![old, member("b", "b", &["b"])]) };
        let wanted = [("Docker/Dockerfile".to_owned(), String::new())].into();
        let notes = notes(&facts, &Name::default(), &wanted, &text(&["Cargo.lock"])).join("\n");
        for part in [
            "git ignores Cargo.lock",
            "docker/dockerfile and Docker/Dockerfile",
            "no git",
            "extra",
            "Rust 1.70",
            "no Cargo.lock",
        ] {
            assert!(notes.contains(part), "{part:?} in:\n{notes}");
        }
        assert_eq!(super::notes(&self::facts(vec![]), &Name::default(), &Files::new(), &[]), [""; 0]);
    }

    #[test]
    fn the_minor_version_counts() {
        assert_eq!([minor("1.70"), minor("1.8.2"), minor("stable"), minor("2.0")], [Some(70), Some(8), None, None]);
        let manifest = include_str!("../../Cargo.toml");
        assert!(manifest.contains(&format!("rust-version = \"1.{RUST}\"\n")), "the number is that of the manifest");
    }
}
