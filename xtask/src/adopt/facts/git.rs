//! What git says of the other workspace.

use std::path::Path;

use crate::failure::Failure;
use crate::process::invocation::Invocation;
use crate::process::runner::Runner;

/// Without a repository there is nothing to ask, and nothing that git could be missing for.
pub(super) fn dirty(runner: &Runner, root: &Path) -> anyhow::Result<Option<Vec<String>>> {
    if !root.ancestors().any(|folder| folder.join(".git").exists()) {
        return Ok(None);
    }
    let git = |args: &[&str]| runner.probe(&Invocation::new("git").args(args.iter().copied()));
    let prefix = git(&["rev-parse", "--show-prefix"])?;
    // Without locks it does not write what it learns of files into the index.
    let status = git(&[
        "--no-optional-locks",
        "status",
        "--porcelain",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        "--",
        ".",
    ])?;
    if !prefix.success || !status.success {
        return Err(Failure::precondition(format!("git cannot tell what is committed: {}", status.stderr.trim()))
            .hint("Mend what it says, or go on without: --allow-dirty")
            .into());
    }
    // Two letters and a blank before each path, which git counts from the repository's root on.
    let prefix = prefix.stdout.trim();
    let paths = status.stdout.split('\0').filter_map(|entry| entry.get(3..));
    Ok(Some(paths.map(|path| path.strip_prefix(prefix).unwrap_or(path).to_owned()).collect()))
}

/// Those of the files that git would not commit, as far as it tells.
pub(in crate::adopt) fn ignored(runner: &Runner, paths: &[String]) -> Vec<String> {
    let answer = runner.probe(&Invocation::new("git").args(["check-ignore", "--"]).args(paths));
    answer.map(|answer| answer.stdout.lines().map(str::to_owned).collect()).unwrap_or_default()
}
