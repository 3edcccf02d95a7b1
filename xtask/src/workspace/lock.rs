//! Lock files cut down to what the shipped members need.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use toml_edit::{DocumentMut, Item, Table};

use crate::workspace::Member;
use crate::workspace::manifest::MASKED_VERSION;

/// The packages of a lock file that are no members: name -> versions, with the source where it is not a registry.
pub(crate) fn packages(lock: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let lock = parse(lock)?;
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for package in entries(&lock) {
        let text = |key: &str| package.get(key).and_then(Item::as_str);
        let (Some(name), Some(version), Some(source)) = (text("name"), text("version"), text("source")) else {
            continue;
        };
        let git = source.strip_prefix("git+").map_or_else(String::new, |from| format!(" ({from})"));
        let versions = found.entry(name.to_owned()).or_default();
        let comma = if versions.is_empty() { "" } else { ", " };
        *versions = format!("{versions}{comma}{version}{git}");
    }
    Ok(found)
}

/// How many packages a lock file has, members included.
pub(crate) fn count(lock: &str) -> anyhow::Result<usize> {
    Ok(entries(&parse(lock)?).count())
}

/// The names of all packages of a lock file.
pub(crate) fn names(lock: &str) -> anyhow::Result<BTreeSet<String>> {
    let lock = parse(lock)?;
    Ok(entries(&lock).filter_map(|package| package.get("name")?.as_str().map(str::to_owned)).collect())
}

/// The lock file without `[[patch.unused]]`, which cargo writes for patches that the shipped members do not need.
pub(crate) fn without_unused_patches(lock: &str) -> anyhow::Result<String> {
    let mut lock = parse(lock)?;
    lock.remove("patch");
    Ok(lock.to_string())
}

/// Puts the members' real versions in place of the masked ones.
pub(crate) fn with_real_versions(lock: &str, members: &BTreeMap<String, Member>) -> anyhow::Result<String> {
    let mut lock = parse(lock)?;
    let packages = lock.get_mut("package").and_then(Item::as_array_of_tables_mut);
    for package in packages.into_iter().flat_map(toml_edit::ArrayOfTables::iter_mut) {
        let name = package.get("name").and_then(Item::as_str).map(str::to_owned);
        if let Some(member) = name.and_then(|name| members.get(&name)).filter(|_| !package.contains_key("source")) {
            package["version"] = toml_edit::value(&member.version);
        }
        // A dependency is written with its version only where the name alone would be ambiguous.
        let dependencies = package.get_mut("dependencies").and_then(Item::as_array_mut);
        for dependency in dependencies.into_iter().flat_map(toml_edit::Array::iter_mut) {
            let masked = dependency.as_str().and_then(|text| text.strip_suffix(MASKED_VERSION)).map(str::trim_end);
            if let Some(member) = masked.and_then(|name| members.get(name)) {
                let decor = dependency.decor().clone();
                *dependency = format!("{} {}", member.name, member.version).into();
                *dependency.decor_mut() = decor;
            }
        }
    }
    Ok(lock.to_string())
}

fn parse(lock: &str) -> anyhow::Result<DocumentMut> {
    lock.parse().context("read Cargo.lock")
}

fn entries(lock: &DocumentMut) -> impl Iterator<Item = &Table> {
    lock.get("package").and_then(Item::as_array_of_tables).into_iter().flat_map(toml_edit::ArrayOfTables::iter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.0.0\"\ndependencies = [\n \"app 0.0.0\",\n \"b 1.0.0\",\n]\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"git+https://example.invalid/b#0123\"\n";

    #[test]
    fn packages_have_all_their_versions_and_members_are_left_out() {
        let expected = [("b".to_owned(), "1.0.0, 2.0.0 (https://example.invalid/b#0123)".to_owned())];
        assert_eq!(packages(LOCK).expect("a lock file"), expected.into());
        assert_eq!(count(LOCK).expect("a lock file"), 3);
    }

    #[test]
    fn only_the_members_get_their_real_versions_back() {
        let member = crate::workspace::tests::member("app", "3.2.1");
        let real = with_real_versions(LOCK, &[("app".to_owned(), member)].into()).expect("a lock file");
        assert_eq!(real, LOCK.replace("0.0.0", "3.2.1"));
    }
}
