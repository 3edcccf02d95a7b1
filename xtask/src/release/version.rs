//! A version as the tag of an image, and the names that follow it. Pure.

use std::fmt;
use std::str::FromStr;

use crate::docker::name::Tag;
use crate::publish::permanent;

/// `MAJOR.MINOR.PATCH[-PRE]`, in the order of semantic versioning. As a tag it never moves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(semver::Version);

/// A name that follows versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Follower {
    pub(crate) tag: Tag,
    /// The higher version that is there, because of which it stays.
    pub(crate) held_by: Option<Version>,
}

impl FromStr for Version {
    type Err = String;

    /// Takes the `v` that tags of git begin with.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        if bare.contains('+') {
            return Err("`+` is no legal character of a tag, so what follows it has to be left out".to_owned());
        }
        let version =
            semver::Version::parse(bare).map_err(|why| format!("a version is MAJOR.MINOR.PATCH[-PRE]: {why}"))?;
        let tag = version.to_string();
        tag.parse::<Tag>()?;
        if permanent::origin(&tag).is_some() {
            return Err(format!(
                "`{tag}` reads as the permanent tag of a push, which ends in 12 digits of an image ID too"
            ));
        }
        Ok(Self(version))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Version {
    /// The version that a tag is; a permanent tag may look like a pre-release and is none.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        tag.parse().ok()
    }

    /// Whether a tag is the one of a version, which never moves.
    pub(crate) fn is_tag(tag: &Tag) -> bool {
        Self::of_tag(&tag.to_string()).is_some_and(|version| version.tag() == *tag)
    }

    pub(crate) fn tag(&self) -> Tag {
        tag(&self.to_string())
    }

    pub(crate) fn is_release(&self) -> bool {
        self.0.pre.is_empty()
    }

    /// The names that follow it in a repository with these versions, `latest` the last of them: each moves forward only,
    /// that is where no higher release is there that it could mean. A pre-release moves nothing.
    pub(crate) fn followers(&self, there: &[Self], latest: &Tag) -> Vec<Follower> {
        if !self.is_release() {
            return Vec::new();
        }
        let (major, minor) = (self.0.major, self.0.minor);
        let highest = |fits: &dyn Fn(&semver::Version) -> bool| {
            let higher = there.iter().filter(|other| other.is_release() && *other > self && fits(&other.0));
            higher.max().cloned()
        };
        let mut followers = vec![
            Follower {
                tag: tag(&format!("{major}.{minor}")),
                held_by: highest(&|other| (other.major, other.minor) == (major, minor)),
            },
            Follower { tag: tag(&major.to_string()), held_by: highest(&|other| other.major == major) },
        ];
        followers.retain(|follower| follower.tag != *latest);
        if *latest != self.tag() {
            followers.push(Follower { tag: latest.clone(), held_by: highest(&|_| true) });
        }
        followers
    }
}

/// Digits and dots, or what was checked as a tag before.
fn tag(text: &str) -> Tag {
    text.parse().expect("a version has only characters of a tag")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().expect(text)
    }

    /// The names that move, and those that stay with the version that holds them.
    fn followers(text: &str, there: &[&str]) -> Vec<String> {
        let there: Vec<Version> = there.iter().map(|text| version(text)).collect();
        let named = version(text).followers(&there, &tag("latest")).into_iter();
        named.map(|one| one.held_by.map_or(one.tag.to_string(), |by| format!("{} < {by}", one.tag))).collect()
    }

    #[test]
    fn a_version_is_three_numbers_and_perhaps_what_it_comes_before() {
        for (text, tag) in [("1.4.2", "1.4.2"), ("v1.4.2", "1.4.2"), ("1.0.0-rc.1", "1.0.0-rc.1"), ("0.0.0", "0.0.0")] {
            assert_eq!(version(text).tag().to_string(), tag);
        }
        for text in ["", "1", "1.4", "1.4.2.3", "01.4.2", "1.4.x", "vv1.4.2", "latest", "1.4.2-", "1.4.2 "] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
        let long = format!("1.4.2-{}", "x".repeat(128));
        assert!(long.parse::<Version>().is_err(), "longer than a tag may be");
        let error = "1.4.2-202611261200".parse::<Version>().expect_err("like a permanent tag");
        assert!(error.starts_with("`1.4.2-202611261200` reads as the permanent tag"), "{error}");
        let error = "1.4.2+7".parse::<Version>().expect_err("no tag");
        assert!(error.starts_with("`+` is no legal character of a tag"), "{error}");
    }

    #[test]
    fn a_permanent_tag_is_no_version() {
        assert_eq!(Version::of_tag("1.4.2"), Some(version("1.4.2")));
        for tag in ["1.4.2-0123456789ab", "0123456789ab-0123456789ab", "latest", "1.4", "latest.previous"] {
            assert_eq!(Version::of_tag(tag), None, "{tag}");
        }
    }

    #[test]
    fn the_names_move_forward_only() {
        assert_eq!(followers("1.4.2", &[]), ["1.4", "1", "latest"]);
        assert_eq!(followers("1.4.2", &["1.4.1", "1.4.2", "1.3.9", "0.9.0"]), ["1.4", "1", "latest"]);
        assert_eq!(followers("1.4.2", &["1.4.3"]), ["1.4 < 1.4.3", "1 < 1.4.3", "latest < 1.4.3"]);
        assert_eq!(followers("1.4.2", &["1.5.0", "1.10.0"]), ["1.4", "1 < 1.10.0", "latest < 1.10.0"]);
        assert_eq!(followers("1.4.2", &["2.0.0"]), ["1.4", "1", "latest < 2.0.0"]);
    }

    #[test]
    fn a_pre_release_moves_nothing_and_holds_nothing() {
        assert!(followers("1.4.2-rc.1", &[]).is_empty());
        assert_eq!(followers("1.4.2", &["1.4.3-rc.1", "2.0.0-alpha"]), ["1.4", "1", "latest"]);
    }

    #[test]
    fn another_name_takes_the_place_of_latest() {
        let named = |latest: &str| {
            let followers = version("1.4.2").followers(&[], &tag(latest));
            followers.into_iter().map(|one| one.tag.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(named("stable"), ["1.4", "1", "stable"]);
        assert_eq!(named("1"), ["1.4", "1"]);
        assert_eq!(named("1.4.2"), ["1.4", "1"]);
    }
}
