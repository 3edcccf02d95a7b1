//! The branch whose pushes are published.

use std::fmt;
use std::str::FromStr;

/// Of a workflow that says nothing else.
pub(crate) const DEFAULT: &str = "main";

/// A branch in letters that mean nothing to YAML, to the patterns of GitHub and to those of IAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Branch(String);

impl FromStr for Branch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_part = |part: &str| {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            part.starts_with(word) && part.chars().all(|c| word(c) || c == '.' || c == '-')
        };
        if text.split('/').all(is_part) {
            return Ok(Self(text.to_owned()));
        }
        Err("a branch has letters, digits and _ . - here, in parts with / between them".to_owned())
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_that_could_mean_several_is_none() {
        for good in ["main", "release/1.x", "a_b-c", "1.0"] {
            assert_eq!(good.parse::<Branch>().map(|branch| branch.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "*", "a b", "a//b", "/a", "-x", "a:b", "a\"b", "v?", "a\nb", "[a]"] {
            assert!(bad.parse::<Branch>().is_err(), "{bad}");
        }
    }
}
