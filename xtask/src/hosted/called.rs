//! A workflow of the owner's that ours calls.

use std::fmt;
use std::str::FromStr;

/// The name of a file beside ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CalledWorkflow(String);

impl FromStr for CalledWorkflow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_name = text.starts_with(word) && text.chars().all(|c| word(c) || c == '.' || c == '-');
        if is_name && [".yml", ".yaml"].iter().any(|ending| text.ends_with(ending)) {
            return Ok(Self(text.to_owned()));
        }
        Err("a workflow is named by its file in .github/workflows, such as deploy.yml".to_owned())
    }
}

impl fmt::Display for CalledWorkflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_is_a_file_beside_ours() {
        assert!(["deploy.yml", "deploy-eu_1.yaml"].iter().all(|good| good.parse::<CalledWorkflow>().is_ok()));
        for bad in ["", "deploy", ".yml", "a/b.yml", "../x.yml", "a b.yml", "x.yml\n"] {
            assert!(bad.parse::<CalledWorkflow>().is_err(), "{bad}");
        }
    }
}
