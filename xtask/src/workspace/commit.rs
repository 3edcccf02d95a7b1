//! The git commit that an image was built from.

use serde::Serialize;

use crate::context::Ctx;
use crate::process::invocation::Invocation;

/// A commit, and whether the files differ from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Commit {
    /// Forty hexadecimal digits.
    #[serde(rename = "commit")]
    pub(crate) hash: String,
    /// Whether a tracked file was changed or an untracked one is there.
    pub(crate) dirty: bool,
}

impl Commit {
    /// The commit that files had which were read between two looks: where the second one differs, the tree moved
    /// meanwhile, and they may be of neither.
    pub(crate) fn between(first: Option<Self>, second: Option<&Self>) -> Option<Self> {
        let has_moved = first.as_ref() != second;
        first.map(|commit| Self { dirty: commit.dirty || has_moved, ..commit })
    }
}

/// `None` outside of a repository, before its first commit, and without git.
pub(crate) fn ask(ctx: &Ctx) -> anyhow::Result<Option<Commit>> {
    if which::which("git").is_err() {
        return Ok(None);
    }
    let head = ctx.runner.probe(&Invocation::new("git").args(["rev-parse", "--verify", "--quiet", "HEAD"]))?;
    if !head.success {
        return Ok(None);
    }
    // A failure here is no "clean": whoever can read HEAD can read the rest.
    let status = ctx.runner.capture("ask git for changes", &Invocation::new("git").args(["status", "--porcelain"]))?;
    Ok(Some(Commit { hash: head.stdout, dirty: !status.is_empty() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(hash: &str, dirty: bool) -> Commit {
        Commit { hash: hash.to_owned(), dirty }
    }

    #[test]
    fn a_tree_that_moves_between_the_looks_is_dirty() {
        let clean = commit("a", false);
        assert_eq!(Commit::between(Some(clean.clone()), Some(&clean)), Some(clean.clone()));
        for second in [Some(commit("b", false)), Some(commit("a", true)), None] {
            assert_eq!(Commit::between(Some(clean.clone()), second.as_ref()), Some(commit("a", true)));
        }
        assert_eq!(Commit::between(None, Some(&clean)), None);
    }
}
