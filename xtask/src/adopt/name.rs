//! What the copy is called.

use std::fmt;
use std::str::FromStr;

/// Name of the package, of its folder in the workspace root, of its binary and of the alias. A word of lower case letters,
/// digits, `-` and `_`, which all four of them take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

/// No binary may be called as a folder of cargo's is; `src` may have a package beside it, and `Docker` is where else we write.
const FOLDERS: [&str; 7] = ["build", "deps", "docker", "examples", "incremental", "src", "target"];

/// Cargo's own commands and their short names, which no alias replaces.
const COMMANDS: &str = "add b bench build c check clean clippy config d doc fetch fix fmt generate-lockfile git-checkout help \
                        info init install locate-project login logout metadata miri new owner package pkgid publish r \
                        read-manifest remove report rm run rustc rustdoc search t test tree uninstall unpublish update \
                        vendor verify-project version yank";

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Name {
    fn default() -> Self {
        Self("xtask".to_owned())
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.chars().all(is_inner) {
            return Err("a name has lower case letters, digits, - and _, and begins with a letter".to_owned());
        }
        if FOLDERS.contains(&text) || COMMANDS.split_whitespace().any(|command| command == text) {
            return Err("cargo has something of that name, or the workspace a folder".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
