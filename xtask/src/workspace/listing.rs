//! What git knows of the workspace root: the files that are tracked or not ignored. By it the sources of a package in the
//! root are told from what lies beside them.

use std::collections::BTreeSet;
use std::env;

use crate::context::Ctx;
use crate::failure::Failure;
use crate::process::invocation::Invocation;
use crate::process::last_lines::tail;
use crate::workspace::paths::{is_below, outward};

/// Paths of files, and of repositories inside of this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing(BTreeSet<String>);

impl Listing {
    /// `None` outside of a repository, without git, and where a repository around it has nothing to do with the package, as
    /// cargo takes it too. Where git knows and does not tell, nobody else can.
    pub(crate) fn ask(ctx: &Ctx) -> anyhow::Result<Option<Self>> {
        if which::which("git").is_err() {
            return Ok(None);
        }
        let call = Invocation::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
        let answer = ctx.runner.probe(&call.env("LC_ALL", "C"))?;
        if answer.success {
            return Ok(Some(Self::parse(&answer.stdout)).filter(|listing| listing.holds("Cargo.toml")));
        }
        if answer.stderr.contains("not a git repository") && env::var_os("GIT_DIR").is_none() {
            return Ok(None);
        }
        Err(Failure::precondition(format!("git cannot list the files of the workspace:{}", tail(&answer.stderr)))
            .hint("Mend what it says; of a checkout that is another user's: git config --global --add safe.directory …")
            .into())
    }

    pub(crate) fn parse(answer: &str) -> Self {
        // A repository inside of this one has a slash at its end.
        let paths = answer.split('\0').map(|path| path.trim_end_matches('/')).filter(|path| !path.is_empty());
        Self(paths.map(str::to_owned).collect())
    }

    /// Whether git knows the path, or a repository that holds it.
    pub(crate) fn holds(&self, path: &str) -> bool {
        outward(path).any(|path| self.0.contains(path))
    }

    /// Whether the folder leads to a path that git knows.
    pub(crate) fn reaches(&self, folder: &str) -> bool {
        let start = format!("{folder}/");
        self.holds(folder) || self.0.range(start..).next().is_some_and(|path| is_below(path, folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_the_folders_on_the_way_are_known_and_whole_repositories_inside() {
        let listing = Listing::parse("src/main.rs\0src/a/b.rs\0sub/inner/\0README.md\0");
        assert!(["src/main.rs", "sub/inner/x/y.rs", "README.md"].iter().all(|path| listing.holds(path)));
        assert!(!["src/c.rs", "target/x", "sub", "src"].iter().any(|path| listing.holds(path)));
        assert!(["src", "src/a", "sub", "sub/inner/x"].iter().all(|path| listing.reaches(path)));
        assert!(!["target", "sr", "src/main"].iter().any(|path| listing.reaches(path)));
    }
}
