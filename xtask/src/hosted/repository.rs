//! A repository on GitHub, and what its workflows call themselves towards AWS.

use std::str::FromStr;

/// What stands for a number that nobody gave.
pub(crate) const OWNER_ID: &str = "OWNER_ID";
pub(crate) const REPOSITORY_ID: &str = "REPOSITORY_ID";

/// `OWNER/NAME`, or with the numbers that GitHub has for both, `OWNER@NUMBER/NAME@NUMBER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GitHubRepository {
    owner: Part,
    name: Part,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    word: String,
    number: Option<String>,
}

impl FromStr for GitHubRepository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(owner, name)| Some((Part::read(owner)?, Part::read(name)?)));
        match parts {
            Some((owner, name)) if owner.number.is_some() == name.number.is_some() => Ok(Self { owner, name }),
            _ => Err("a repository is written OWNER/NAME, or OWNER@NUMBER/NAME@NUMBER".to_owned()),
        }
    }
}

impl Part {
    fn read(text: &str) -> Option<Self> {
        let (word, number) = text.split_once('@').map_or((text, None), |(word, number)| (word, Some(number)));
        let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        let is_number = |number: &str| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        (is_word && number.is_none_or(is_number))
            .then(|| Self { word: word.to_owned(), number: number.map(str::to_owned) })
    }

    fn with_number(&self, placeholder: &str) -> String {
        format!("{}@{}", self.word, self.number.as_deref().unwrap_or(placeholder))
    }
}

impl GitHubRepository {
    /// Whether the numbers are known.
    pub(crate) fn has_numbers(&self) -> bool {
        self.owner.number.is_some()
    }

    /// `OWNER/NAME`.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.owner.word, self.name.word)
    }

    /// The subjects of the tokens that GitHub issues to such a run: as repositories have them that were made before
    /// 15 July 2026, and as later ones have them and those that asked for it. `context` is such as `ref:refs/heads/main`.
    /// Source: GitHub's reference of OpenID Connect.
    pub(super) fn subjects(&self, context: &str) -> [String; 2] {
        let numbered = format!("{}/{}", self.owner.with_number(OWNER_ID), self.name.with_number(REPOSITORY_ID));
        [self.path(), numbered].map(|repository| format!("repo:{repository}:{context}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(text: &str) -> GitHubRepository {
        text.parse().expect("a repository")
    }

    #[test]
    fn a_run_has_a_subject_of_either_form() {
        let known = repository("octo@42/colony@7");
        let expected = ["repo:octo/colony:pull_request", "repo:octo@42/colony@7:pull_request"];
        assert_eq!(known.subjects("pull_request"), expected);
        let unknown = repository("octo/colony");
        assert!(known.has_numbers() && !unknown.has_numbers());
        assert_eq!(unknown.subjects("x")[1], "repo:octo@OWNER_ID/colony@REPOSITORY_ID:x");
    }

    #[test]
    fn what_could_mean_more_than_one_repository_is_none() {
        for bad in [
            "",
            "octo",
            "octo/",
            "/x",
            "octo/*",
            "o?/x",
            "octo@1/x",
            "octo/x@1",
            "octo@/x@",
            "octo@a/x@1",
            "a/b/c",
            "a:b/c",
        ] {
            assert!(bad.parse::<GitHubRepository>().is_err(), "{bad}");
        }
    }
}
