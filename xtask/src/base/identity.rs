//! What the base image is made of: every input as named values, one hash over all, and what differs. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::workspace::contexts::Files;
use crate::workspace::lock;
use crate::workspace::toml_tree;

/// The label that holds [`Identity::hash`].
pub(crate) const IDENTITY_LABEL: &str = "io.distributed-colony.base.identity";
/// The label that holds [`Identity::to_json`].
pub(crate) const IDENTITY_INPUTS_LABEL: &str = "io.distributed-colony.base.inputs";

/// The input under which the hash of the whole plan stands. It tells more than the others only when none of them
/// differs, so it is named as a reason only then.
const PLAN: &str = "plan";

/// How much is said of what differs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// As much as fits a screen.
    Screen,
    All,
}

impl Detail {
    /// How many changes of one input are named; the others are counted.
    fn changes(self) -> usize {
        if self == Self::Screen { 5 } else { usize::MAX }
    }

    /// How many characters of a value are shown.
    fn width(self) -> usize {
        if self == Self::Screen { 120 } else { usize::MAX }
    }
}

/// Input, such as `Cargo.lock` or `crates/backend/Cargo.toml` -> what it says, key by key.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Identity(BTreeMap<String, BTreeMap<String, String>>);

impl Identity {
    /// `plan` is the base context, `dockerfile` the text of the base's Dockerfile, `seed` that of the script which it runs,
    /// `chef_image` a reference, and `build_env` has the variables that the compiler gets to see.
    pub(crate) fn new(
        plan: &Files,
        dockerfile: &str,
        seed: &str,
        chef_image: &str,
        build_env: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let mut inputs = BTreeMap::new();
        let mut whole = Sha256::new();
        for (path, text) in plan {
            for part in [path.as_str(), text] {
                whole.update((part.len() as u64).to_le_bytes());
                whole.update(part);
            }
            if path == "Cargo.lock" {
                inputs.insert(path.clone(), lock::packages(text)?);
            } else if path.ends_with(".toml") {
                inputs.insert(path.clone(), toml_tree::leaves(&toml_tree::parse(path, text)?));
            } else if path == "rust-toolchain" {
                inputs.insert(path.clone(), [("toolchain".to_owned(), text.trim().to_owned())].into());
            }
        }
        inputs.insert(PLAN.to_owned(), [("sha256".to_owned(), format!("{:x}", whole.finalize()))].into());
        inputs.insert("Docker/Dockerfile.base".to_owned(), instructions(dockerfile));
        // Comments too: BuildKit takes a script with another comment for another file.
        let seed = format!("{:x}", Sha256::digest(seed));
        inputs.insert("Docker/seed.sh".to_owned(), [("sha256".to_owned(), seed)].into());
        inputs.insert("chef image".to_owned(), [("reference".to_owned(), chef_image.to_owned())].into());
        if !build_env.is_empty() {
            inputs.insert("build-env".to_owned(), build_env.clone());
        }
        Ok(Self(inputs))
    }

    /// `sha256:` and 64 hexadecimal digits.
    pub(crate) fn hash(&self) -> String {
        format!("sha256:{:x}", Sha256::digest(self.to_json()))
    }

    /// The whole identity on one line, with sorted keys.
    pub(crate) fn to_json(&self) -> String {
        json!(self.0).to_string()
    }

    pub(crate) fn from_json(text: &str) -> anyhow::Result<Self> {
        Ok(serde_json::from_str(text)?)
    }

    /// One line for each input in which `current` differs from `self`, such as
    /// `Cargo.lock changed (serde 1.0.219 -> 1.0.228)`. Empty when they are the same.
    pub(crate) fn differences(&self, current: &Self, detail: Detail) -> Vec<String> {
        let names: BTreeSet<&String> = self.0.keys().chain(current.0.keys()).collect();
        let mut reasons = Vec::new();
        for name in names.iter().filter(|name| **name != PLAN) {
            match (self.0.get(*name), current.0.get(*name)) {
                (Some(old), Some(new)) if old != new => {
                    reasons.push(format!("{name} changed ({})", changes(old, new, detail)));
                }
                (Some(_), None) => reasons.push(format!("{name} is gone")),
                (None, Some(_)) => reasons.push(format!("{name} is new")),
                _ => {}
            }
        }
        if reasons.is_empty() && self != current {
            reasons.push("the plan changed in its stub sources or in the edges of Cargo.lock".to_owned());
        }
        reasons
    }
}

/// Such as `a 1 -> 2, b 1 removed and 247 more`.
fn changes(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>, detail: Detail) -> String {
    let short = |text: &str| match text.char_indices().nth(detail.width()) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changes: Vec<String> = keys
        .into_iter()
        .filter_map(|key| match (old.get(key), new.get(key)) {
            (Some(old), Some(new)) if old == new => None,
            (Some(old), Some(new)) => {
                let same = if detail == Detail::Screen { same_words(old, new) } else { 0 };
                let rest = |text: &str| if same == 0 { short(text) } else { format!("…{}", short(&text[same..])) };
                Some(format!("{key} {} -> {}", rest(old), rest(new)))
            }
            (Some(old), None) => Some(format!("{key} {} removed", short(old))),
            (None, Some(new)) => Some(format!("{key} {} added", short(new))),
            (None, None) => None,
        })
        .collect();
    let others = changes.len().saturating_sub(detail.changes());
    changes.truncate(detail.changes());
    let named = changes.join(", ");
    if others == 0 { named } else { format!("{named} and {others} more") }
}

/// How many bytes of words two long texts begin with alike, where that is much.
fn same_words(old: &str, new: &str) -> usize {
    let same: usize =
        old.chars().zip(new.chars()).take_while(|(old, new)| old == new).map(|(old, _)| old.len_utf8()).sum();
    let words = old[..same].rfind(' ').map_or(0, |blank| blank + 1);
    if words > 60 { words } else { 0 }
}

/// The instructions of a Dockerfile, each under a name: `ENV RUSTFLAGS` for a variable, `ARG X` likewise, `RUN 2` for the
/// second RUN.
/// Comments and line breaks do not count, as they do not for docker.
fn instructions(dockerfile: &str) -> BTreeMap<String, String> {
    let lines = dockerfile.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut joined = vec![String::new()];
    for line in lines {
        let current = joined.last_mut().expect("never empty");
        match line.strip_suffix('\\') {
            Some(part) => current.push_str(&format!("{} ", part.trim_end())),
            None => {
                current.push_str(line);
                joined.push(String::new());
            }
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for instruction in joined.iter().filter(|line| !line.is_empty()) {
        let (keyword, rest) = instruction.split_once(' ').unwrap_or((instruction, ""));
        let name = match (keyword, rest.split_once('=')) {
            ("ENV" | "ARG", Some((variable, _))) if !variable.contains(' ') => format!("{keyword} {variable}"),
            _ => {
                let count = seen.entry(keyword.to_owned()).or_default();
                *count += 1;
                format!("{keyword} {count}")
            }
        };
        found.insert(name, rest.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(lock_version: &str, dockerfile: &str) -> Identity {
        let lock = format!("[[package]]\nname = \"serde\"\nversion = \"{lock_version}\"\nsource = \"registry+x\"\n");
        let plan = [("Cargo.lock".to_owned(), lock), ("Cargo.toml".to_owned(), "[workspace]\n".to_owned())].into();
        Identity::new(&plan, dockerfile, "true", "chef:1", &BTreeMap::new()).expect("well formed")
    }

    #[test]
    fn the_same_inputs_have_no_differences_and_the_same_hash() {
        let (a, b) = (identity("1.0.0", "FROM x"), identity("1.0.0", "FROM x"));
        assert_eq!(a.hash(), b.hash());
        assert!(a.differences(&b, Detail::All).is_empty());
    }

    #[test]
    fn an_updated_package_is_named_with_both_versions() {
        let reasons = identity("1.0.219", "FROM x").differences(&identity("1.0.228", "FROM x"), Detail::All);
        assert_eq!(reasons, ["Cargo.lock changed (serde 1.0.219 -> 1.0.228)"]);
    }

    #[test]
    fn of_many_changes_some_are_named_and_the_others_counted() {
        let of = |version: &str| {
            let package =
                |n| format!("[[package]]\nname = \"p{n}\"\nversion = \"{version}\"\nsource = \"registry+x\"\n");
            let plan = [("Cargo.lock".to_owned(), (0..7).map(package).collect())].into();
            Identity::new(&plan, "FROM x", "true", "chef:1", &BTreeMap::new()).expect("well formed")
        };
        let reasons = |detail| of("1").differences(&of("2"), detail);
        let named = "p0 1 -> 2, p1 1 -> 2, p2 1 -> 2, p3 1 -> 2, p4 1 -> 2";
        assert_eq!(reasons(Detail::Screen), [format!("Cargo.lock changed ({named} and 2 more)")]);
        assert_eq!(reasons(Detail::All), [format!("Cargo.lock changed ({named}, p5 1 -> 2, p6 1 -> 2)")]);
    }

    #[test]
    fn long_values_are_cut_where_all_has_to_fit_a_screen() {
        let of = |letter: &str| identity("1", &format!("FROM {}", letter.repeat(1000)));
        let line = |detail| of("a").differences(&of("é"), detail).concat();
        let [a, e] = ["a", "é"].map(|letter| letter.repeat(120));
        assert_eq!(line(Detail::Screen), format!("Docker/Dockerfile.base changed (FROM 1 {a}… -> {e}…)"));
        assert!(line(Detail::All).len() > 3000);
    }

    #[test]
    fn of_long_values_that_begin_alike_the_difference_is_shown() {
        let of = |end: &str| identity("1", &format!("FROM {} {end}", "word ".repeat(50)));
        let reasons = of("x y").differences(&of("x z y"), Detail::Screen);
        assert_eq!(reasons, ["Docker/Dockerfile.base changed (FROM 1 …y -> …z y)"]);
    }

    #[test]
    fn an_environment_variable_of_the_dockerfile_is_named() {
        let with = |flags: &str| identity("1", &format!("FROM x\nENV RUSTFLAGS=\"{flags}\""));
        let reasons = with("-a").differences(&with("-b"), Detail::All);
        assert_eq!(reasons, ["Docker/Dockerfile.base changed (ENV RUSTFLAGS RUSTFLAGS=\"-a\" -> RUSTFLAGS=\"-b\")"]);
    }

    #[test]
    fn a_package_that_the_table_adds_is_named() {
        let with = |packages: &str| identity("1", &format!("FROM x\nARG APT_PACKAGES=\"{packages}\""));
        let reasons = with("g++").differences(&with("g++ cmake"), Detail::Screen);
        let change = "ARG APT_PACKAGES APT_PACKAGES=\"g++\" -> APT_PACKAGES=\"g++ cmake\"";
        assert_eq!(reasons, [format!("Docker/Dockerfile.base changed ({change})")]);
    }

    #[test]
    fn a_variable_that_the_compiler_sees_is_named_with_its_values() {
        let with = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Identity::new(&Files::new(), "FROM x", "true", "chef:1", &variables).expect("well formed")
        };
        let reasons = with(&[("A", "1")]).differences(&with(&[("A", "2"), ("B", "3")]), Detail::Screen);
        assert_eq!(reasons, ["build-env changed (A 1 -> 2, B 3 added)"]);
        assert_eq!(with(&[]).differences(&with(&[("A", "1")]), Detail::Screen), ["build-env is new"]);
    }

    #[test]
    fn comments_and_line_breaks_of_the_dockerfile_do_not_count() {
        let (a, b) = (identity("1", "FROM x\nRUN a  \\\n  b\n"), identity("1", "# c\nFROM x\n\nRUN a \\\n# d\n b\n"));
        assert!(a.differences(&b, Detail::All).is_empty(), "{:?}", a.differences(&b, Detail::All));
    }

    #[test]
    fn an_identity_survives_the_label() {
        let identity = identity("1", "FROM x");
        assert_eq!(Identity::from_json(&identity.to_json()).expect("its own form"), identity);
    }
}
