//! Names of images: repository, tag and the reference made of both.

use std::fmt;
use std::str::FromStr;

/// The only platform that is ever built.
pub(crate) const PLATFORM: &str = "linux/amd64";

/// A repository name as ECR allows it, which is stricter than docker: 2 to 256 characters, words of lower case letters and
/// digits with one `.`, `_`, `-` or `/` between two of them.
/// Source: the pattern of `repositoryName` in ECR's API reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository(String);

impl FromStr for Repository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_word = |word: &str| !word.is_empty() && word.chars().all(inner);
        if (2..=256).contains(&text.len()) && text.split(['.', '_', '-', '/']).all(is_word) {
            return Ok(Self(text.to_owned()));
        }
        Err("a repository name has 2 to 256 lower case letters, digits and one . _ - or / between them".to_owned())
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

/// An image that is not ours, as docker takes it: `[host[:port]/]path[:tag][@digest]`. Other than docker's own grammar it
/// takes no bare image ID, which no Dockerfile could start from.
/// Source: the distribution project's `reference` package.
pub(crate) fn reference(text: &str) -> Result<String, String> {
    let (named, digest) = text.split_once('@').map_or((text, None), |(named, digest)| (named, Some(digest)));
    let (path, tag) = match named.rsplit_once(':') {
        // What follows a port is a path.
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (named, None),
    };
    let is_host = |part: &str| part.contains(['.', ':']) || part == "localhost";
    let path = match path.split_once('/') {
        Some((host, rest)) if is_host(host) => {
            let inner = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
            if host.starts_with(['-', '.', ':']) || !host.chars().all(inner) { "" } else { rest }
        }
        _ => path,
    };
    let is_sound = path.len() <= 255
        && path.split('/').all(is_path_part)
        && tag.is_none_or(|tag| tag.parse::<Tag>().is_ok())
        && digest.is_none_or(is_digest);
    if is_sound { Ok(text.to_owned()) } else { Err("docker knows no image of such a name".to_owned()) }
}

/// Whether this is an algorithm, `:` and enough hexadecimal digits.
pub(crate) fn is_digest(text: &str) -> bool {
    let is_hexadecimal = |text: &str| text.len() >= 32 && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    text.split_once(':').is_some_and(|(_, digits)| is_hexadecimal(digits))
}

/// Words of lower case letters and digits with `.`, `_`, `__` or dashes between two of them.
fn is_path_part(part: &str) -> bool {
    let is_separator = |c: char| "._-".contains(c);
    let mut words = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).filter(|gap| !gap.is_empty());
    let edges_are_words = !part.is_empty() && !part.starts_with(is_separator) && !part.ends_with(is_separator);
    edges_are_words && words.all(|gap| [".", "_", "__"].contains(&gap) || gap.chars().all(|c| c == '-'))
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
        for bad in ["", "a", "Upper", "-a", "a-", "a//b", "a b", "a:b", "a..b", "a___b", "a--b", "a/.b"] {
            assert!(bad.parse::<Repository>().is_err(), "{bad}");
        }
    }

    #[test]
    fn images_to_start_from_follow_the_grammar_of_docker() {
        let digest = format!("a@sha256:{}", "0".repeat(64));
        let public = "lukemathwalker/cargo-chef:latest-rust-1.87-alpine";
        for good in ["a", "gcr.io/distroless/cc", "localhost:5000/a/b:c", "a__b/c--d", public, &digest] {
            assert!(reference(good).is_ok(), "{good}");
        }
        for bad in ["", "UPPER", "a b", "a:", ":a", "a@b", "a..b", "a___b", "-a", "a/", "/a", "a:b c", "h:1/", "-h.i/a"]
        {
            assert!(reference(bad).is_err(), "{bad}");
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
