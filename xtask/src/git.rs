//! The git commit that an image was built from.

use crate::context::Ctx;
use crate::invocation::Invocation;

/// A commit, and whether the files differ from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Forty hexadecimal digits.
    pub(crate) hash: String,
    /// Whether a tracked file was changed or an untracked one is there.
    pub(crate) dirty: bool,
}

/// `None` outside of a repository, before its first commit, and without git.
pub(crate) fn commit(ctx: &Ctx) -> anyhow::Result<Option<Commit>> {
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
