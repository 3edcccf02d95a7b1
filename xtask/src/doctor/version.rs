//! Version numbers as programs print them.

use std::fmt;

/// Major and minor number: more is never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32);

impl Version {
    /// The first word of `text` that looks like a version: `github.com/docker/buildx v0.13.1 …`,
    /// `26.1.5+dfsg1`, `5:24.0.7-1~debian` (the epoch does not count).
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let word = word.rsplit_once(':').map_or(word, |(_, version)| version);
            let (major, rest) = word.strip_prefix('v').unwrap_or(word).split_once('.')?;
            let minor = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            Some(Self(major.parse().ok()?, minor.parse().ok()?))
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        let found = |text| Version::find(text);
        assert_eq!(found("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3"), Some(Version(0, 13)));
        assert_eq!(found("github.com/docker/buildx v0.30.1 9e66234"), Some(Version(0, 30)));
        assert_eq!(found("20.10.24+dfsg1-1+deb12u1+b6"), Some(Version(20, 10)));
        assert_eq!(found("5:24.0.7-1~debian.12~bookworm"), Some(Version(24, 0)));
        assert_eq!(found("(none)"), None);
        assert_eq!(found(""), None);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(Version(23, 0) > Version(20, 10));
        assert!(Version(0, 13) > Version(0, 8));
    }
}
