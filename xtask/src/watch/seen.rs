//! What everything that decides the image looked like at one time, and what differs at another. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use crate::watch::burst::Burst;

/// One look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Path relative to the workspace root -> something that is another one for another content or mode.
    pub(super) files: BTreeMap<String, String>,
    /// Why the sources could not be read, if they could not. Then they are not among the files.
    pub(super) trouble: Option<String>,
}

/// What differs between two looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Sorted; empty where the sources could not be read in one of the looks.
    paths: Vec<String>,
}

impl Seen {
    /// What a later look shows that this one did not.
    pub(super) fn change(&self, later: &Self) -> Option<Change> {
        if self.trouble != later.trouble {
            return Some(Change { paths: Vec::new() });
        }
        let both: BTreeSet<&String> = self.files.keys().chain(later.files.keys()).collect();
        let differing = both.into_iter().filter(|path| self.files.get(*path) != later.files.get(*path));
        let paths: Vec<String> = differing.cloned().collect();
        if paths.is_empty() { None } else { Some(Change { paths }) }
    }

    /// The first of these files that the burst has an event of.
    pub(super) fn saved(&self, root: &Path, burst: &Burst) -> Option<String> {
        let inside = burst.paths().filter_map(|path| path.strip_prefix(root).ok()?.to_str());
        inside.filter(|path| self.files.contains_key(*path)).min().map(str::to_owned)
    }
}

impl Change {
    /// Whether other folders may hold the sources now: a manifest says which.
    pub(super) fn may_move_the_scope(&self) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|path| path == "Cargo.toml" || path.ends_with("/Cargo.toml"))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.paths[..] {
            [] => f.write_str("the sources changed"),
            [one] => write!(f, "{one} changed"),
            [first, other] => write!(f, "{first} and {other} changed"),
            [first, others @ ..] => write!(f, "{first} and {} others changed", others.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(files: &[(&str, &str)]) -> Seen {
        let files = files.iter().map(|(path, digest)| ((*path).to_owned(), (*digest).to_owned())).collect();
        Seen { files, trouble: None }
    }

    fn told(before: &Seen, later: &Seen) -> Option<String> {
        before.change(later).map(|change| change.to_string())
    }

    #[test]
    fn what_is_the_same_is_no_change() {
        assert_eq!(told(&seen(&[("a", "1")]), &seen(&[("a", "1")])), None);
    }

    #[test]
    fn a_file_that_differs_is_new_or_gone_is_named() {
        let before = seen(&[("a", "1"), ("b", "1")]);
        assert_eq!(told(&before, &seen(&[("a", "1"), ("b", "2")])).as_deref(), Some("b changed"));
        assert_eq!(told(&before, &seen(&[("a", "1")])).as_deref(), Some("b changed"));
        assert_eq!(told(&before, &seen(&[("a", "1"), ("b", "1"), ("c", "1")])).as_deref(), Some("c changed"));
    }

    #[test]
    fn of_many_files_the_first_is_named_and_the_others_counted() {
        let later = seen(&[("a", "1"), ("b", "1"), ("c", "1")]);
        assert_eq!(told(&seen(&[("c", "1")]), &later).as_deref(), Some("a and b changed"));
        assert_eq!(told(&seen(&[]), &later).as_deref(), Some("a and 2 others changed"));
    }

    #[test]
    fn sources_that_cannot_be_read_any_more_or_again_are_a_change_without_names() {
        let broken = Seen { trouble: Some("read x".to_owned()), ..seen(&[]) };
        for (before, later) in [(&seen(&[("a", "1")]), &broken), (&broken, &seen(&[("a", "1")]))] {
            assert_eq!(told(before, later).as_deref(), Some("the sources changed"));
        }
        assert_eq!(told(&broken, &broken), None);
    }

    #[test]
    fn manifests_alone_move_the_scope() {
        let moves = |path: &str| seen(&[]).change(&seen(&[(path, "1")])).expect("it is new").may_move_the_scope();
        assert_eq!(
            ["Cargo.toml", "crates/a/Cargo.toml", "crates/a/src/main.rs", "Cargo.lock", "crates/a/NotCargo.toml"]
                .map(moves),
            [true, true, false, false, false]
        );
    }
}
