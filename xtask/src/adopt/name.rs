//! What the copy is called.

use std::fmt;
use std::str::FromStr;

/// Name of the package, of its folder in the workspace root, of its binary and of the alias. A word of lower case letters,
/// digits, `-` and `_`, which all four of them take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

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
        if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(is_inner) {
            return Ok(Self(text.to_owned()));
        }
        Err("a name has lower case letters, digits, - and _, and begins with a letter".to_owned())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
