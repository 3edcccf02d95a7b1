//! How the copy is compiled. Cargo takes profiles from the manifest in the root alone, so what makes the program quick has
//! to stand there. Pure.

use anyhow::Context;
use toml_edit::{DocumentMut, Item, Table, TableLike};

use crate::adopt::name::Name;

/// Of this repository, for every package, and so not for the program.
const HOUSE: &str = "*";

/// Adds the profiles that `ours`, the manifest in the root here, has for the program and what it depends on. Returns the
/// packages that the other manifest has a profile for already, which stays.
pub(super) fn add(manifest: &mut DocumentMut, ours: &DocumentMut, name: &Name) -> anyhow::Result<Vec<String>> {
    let ours = ours.get("profile").and_then(|profiles| profiles.get("dev")?.get("package")?.as_table());
    let ours = ours.context("the Cargo.toml of this repository has no [profile.dev.package]")?;
    let mut place: &mut dyn TableLike = manifest.as_table_mut();
    for key in ["profile", "dev", "package"] {
        let next = place.entry(key).or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        place = next.as_table_like_mut().with_context(|| format!("`{key}` of Cargo.toml is no table"))?;
    }
    let known: Vec<String> = place.iter().map(|(spec, _)| spec.to_owned()).collect();
    let mut taken = Vec::new();
    let mut heading = format!("\n# What a dev build compiles of `cargo {name}` alone, so that nobody waits for it.\n");
    for (spec, profile) in ours.iter().filter(|(spec, _)| *spec != HOUSE) {
        let Some(profile) = profile.as_table() else { continue };
        let spec = if spec == Name::default().as_str() { name.as_str() } else { spec };
        if let Some(theirs) = known.iter().find(|known| package(known) == package(spec)) {
            // Two profiles for one package are an error of cargo's.
            if place.get(theirs).is_none_or(|theirs| !is_same(theirs, profile)) {
                taken.push(package(spec).to_owned());
            }
            continue;
        }
        let mut profile = profile.clone();
        // Behind what is there, and not where it stands here.
        profile.set_position(None);
        let said = profile.decor().prefix().and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        profile.decor_mut().set_prefix(format!("{heading}{said}"));
        heading.clear();
        place.insert(spec, Item::Table(profile));
    }
    Ok(taken)
}

/// The name in a package spec, which may have a version behind it.
fn package(spec: &str) -> &str {
    spec.split(['@', ':']).next().unwrap_or(spec)
}

fn is_same(theirs: &Item, ours: &Table) -> bool {
    let plain = |table: &dyn TableLike| -> Vec<String> {
        table.iter().map(|(key, value)| format!("{key} = {}", value.to_string().trim())).collect()
    };
    theirs.as_table_like().is_some_and(|theirs| plain(theirs) == plain(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "\
[profile.dev]
debug = 1

# A panic says its line.
[profile.dev.package.xtask]
debug = false

[profile.dev.package.\"*\"]
debug = false

# Every file is hashed.
[profile.dev.package.sha2]
opt-level = 3
[profile.dev.package.\"toml_edit@0.25\"]
opt-level = 1
";

    const HEADING: &str = "# What a dev build compiles of `cargo xtask` alone, so that nobody waits for it.\n";

    fn added(manifest: &str) -> (String, Vec<String>) {
        let mut document: DocumentMut = manifest.parse().expect("TOML");
        let ours: DocumentMut = OURS.parse().expect("TOML");
        let taken = add(&mut document, &ours, &Name::default()).expect("a sound manifest");
        let once = document.to_string();
        let mut again: DocumentMut = once.parse().expect("TOML");
        add(&mut again, &ours, &Name::default()).expect("a sound manifest");
        assert_eq!(again.to_string(), once, "the second time changes nothing");
        (once, taken)
    }

    #[test]
    fn they_come_with_their_comments_behind_the_profiles_that_are_there() {
        let profiles = "\n# A panic says its line.\n[profile.dev.package.xtask]\ndebug = false\n\n# Every file is \
                        hashed.\n[profile.dev.package.sha2]\nopt-level = 3\n[profile.dev.package.\"toml_edit@0.25\"]\n\
                        opt-level = 1\n";
        assert_eq!(added("[package]\nname = \"a\"\n").0, format!("[package]\nname = \"a\"\n\n{HEADING}{profiles}"));
        let (head, rest) =
            ("[package]\nname = \"a\"\n\n[profile.release]\nlto = true # small\n", "\n[features]\na = []\n");
        assert_eq!(added(&format!("{head}{rest}")).0, format!("{head}\n{HEADING}{profiles}{rest}"));
    }

    #[test]
    fn a_profile_that_is_there_stays() {
        let theirs = "[profile.dev.package]\nsha2 = { opt-level = 1 }\n\"toml_edit@0.25.3\" = { opt-level = 1 }\n";
        let (text, taken) = added(theirs);
        assert_eq!(taken, ["sha2"]);
        assert!(text.starts_with(theirs) && !text.contains("package.sha2]"), "{text}");
    }
}
