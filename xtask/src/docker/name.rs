//! Names of images: repository, tag and the reference made of both.

use std::fmt;
use std::str::FromStr;

/// The only platform that is ever built.
pub(crate) const PLATFORM: &str = "linux/amd64";

/// A repository name as ECR allows it: 2 to 256 characters, lower case letters, digits and `. _ - /` between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository(String);

impl FromStr for Repository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let edges = |part: &str| part.starts_with(inner) && part.ends_with(inner);
        let sound = (2..=256).contains(&text.len())
            && text.chars().all(|c| inner(c) || "._-/".contains(c))
            && text.split('/').all(edges);
        if sound {
            return Ok(Self(text.to_owned()));
        }
        Err("a repository name has 2 to 256 lower case letters, digits and . _ - / between them".to_owned())
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tag: up to 128 letters, digits and `_ . -`, the first neither `.` nor `-`
/// (the grammar of the distribution project's `reference` package).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag(String);

impl FromStr for Tag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let sound =
            text.len() <= 128 && text.starts_with(word) && text.chars().all(|c| word(c) || c == '.' || c == '-');
        if sound {
            return Ok(Self(text.to_owned()));
        }
        Err("a tag has 1 to 128 letters, digits and _ . - and begins with neither . nor -".to_owned())
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `repository:tag`, the name of an image in the local engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageReference {
    pub(crate) repository: Repository,
    pub(crate) tag: Tag,
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_follow_the_grammar_of_ecr() {
        for good in ["distributed-colony", "team/app", "a1", "a.b_c"] {
            assert!(good.parse::<Repository>().is_ok(), "{good}");
        }
        for bad in ["", "a", "Upper", "-a", "a-", "a//b", "a b", "a:b"] {
            assert!(bad.parse::<Repository>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_follow_the_grammar_of_docker() {
        for good in ["latest", "v1.0-rc_2", "_x", "A"] {
            assert!(good.parse::<Tag>().is_ok(), "{good}");
        }
        for bad in ["", ".x", "-x", "a b", "a:b", &"x".repeat(129)] {
            assert!(bad.parse::<Tag>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_reference_is_repository_colon_tag() {
        let image = ImageReference {
            repository: "distributed-colony".parse().expect("a good name"),
            tag: "latest".parse().expect("a good tag"),
        };
        assert_eq!(image.to_string(), "distributed-colony:latest");
    }
}
