//! An image in a registry as people name it on the command line. Pure.

use std::fmt;
use std::str::FromStr;

use crate::docker::name::is_digest;
use crate::publish::aws::images::ImageId;

/// `TAG`, `sha256:…`, or either behind a repository: `colony:1.4.2`, `host/colony@sha256:…`, as our own commands print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// What stands before tag or digest, if anything does: a repository, perhaps with its registry.
    pub(crate) place: Option<String>,
    pub(crate) id: ImageId,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((place, digest)) = text.split_once('@') {
            // What stands before the last slash may have a port.
            if place.rsplit('/').next().is_some_and(|name| name.contains(':')) {
                return Err("name either the tag or the digest; `verify TAG --digest …` compares them".to_owned());
            }
            return Ok(Self { place: Some(place.to_owned()), id: ImageId::Digest(self::digest(digest)?) });
        }
        if text.starts_with("sha256:") {
            return Ok(Self { place: None, id: ImageId::Digest(self::digest(text)?) });
        }
        match text.rsplit_once(':') {
            Some((place, tag)) => Ok(Self { place: Some(place.to_owned()), id: ImageId::Tag(tag.parse()?) }),
            None => Ok(Self { place: None, id: ImageId::Tag(text.parse()?) }),
        }
    }
}

/// `sha256:…` in full.
pub(crate) fn digest(text: &str) -> Result<String, String> {
    if is_digest(text) && text.starts_with("sha256:") && text.len() == "sha256:".len() + 64 {
        return Ok(text.to_owned());
    }
    Err("a digest is sha256: and 64 hexadecimal digits".to_owned())
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            ImageId::Tag(tag) => write!(f, "{tag}"),
            ImageId::Digest(digest) => write!(f, "{digest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest() -> String {
        format!("sha256:{}", "0a".repeat(32))
    }

    fn wanted(text: &str) -> (Option<String>, ImageId) {
        let Wanted { place, id } = text.parse().expect(text);
        (place, id)
    }

    #[test]
    fn a_tag_or_a_digest_stands_alone_or_behind_its_repository() {
        let tag = || ImageId::Tag("1.4.2".parse().expect("a good tag"));
        assert_eq!(wanted("1.4.2"), (None, tag()));
        assert_eq!(wanted("colony:1.4.2"), (Some("colony".to_owned()), tag()));
        assert_eq!(wanted("127.0.0.1:5000/colony:1.4.2"), (Some("127.0.0.1:5000/colony".to_owned()), tag()));
        let by_digest = || ImageId::Digest(digest());
        assert_eq!(wanted(&digest()), (None, by_digest()));
        let pinned = format!("127.0.0.1:5000/colony@{}", digest());
        assert_eq!(wanted(&pinned), (Some("127.0.0.1:5000/colony".to_owned()), by_digest()));
    }

    #[test]
    fn half_a_digest_and_what_is_no_tag_are_refused() {
        let both = format!("127.0.0.1:5000/colony:latest@{}", digest());
        for text in ["sha256:0a", "colony@sha256:0a", "", "colony:", "a b", "127.0.0.1:5000/colony", &both] {
            assert!(text.parse::<Wanted>().is_err(), "{text}");
        }
    }
}
