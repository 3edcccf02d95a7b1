//! Whether anybody can still mean an image of ours, by the names that it has. Pure.

use crate::docker::LocalImage;
use crate::publish::identity_tag::is_identity_name;
use crate::publish::permanent::is_permanent;

/// What an image is still called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A name that may come to mean another image, and means this one now.
    Named,
    /// None but its digest in a repository: it was pulled by that, or it was pushed and its tag has moved on.
    ByDigest,
    /// None but those that a push gave it for ever, or none at all: a later build took the name by which it was meant.
    Superseded,
}

impl Standing {
    pub(crate) fn of(image: &LocalImage) -> Self {
        if !image.names.iter().all(|name| is_permanent(name, &image.id) || is_identity_name(name)) {
            Self::Named
        } else if is_known_by_digest(image) {
            Self::ByDigest
        } else {
            Self::Superseded
        }
    }
}

/// All names of an image that has none but lasting ones: each means this image alone, for ever.
pub(crate) fn lasting_names(image: &LocalImage) -> Vec<String> {
    image.names.iter().chain(other_digests(image)).cloned().collect()
}

/// Whether it came from a registry by its digest alone: what a push leaves has a tag beside the digest.
pub(crate) fn is_known_by_digest(image: &LocalImage) -> bool {
    other_digests(image).next().is_some()
}

/// Its digests in repositories where it has no tag. In the others a digest comes and goes with the tag.
fn other_digests(image: &LocalImage) -> impl Iterator<Item = &String> {
    let is_tagged = |repository: &str| {
        let of_name = |name: &String| name.rsplit_once(':').is_some_and(|(own, _)| own == repository);
        image.names.iter().any(of_name)
    };
    image.repo_digests.iter().filter(move |name| name.split_once('@').is_none_or(|(own, _)| !is_tagged(own)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PERMANENT: &str = "host.example:5000/colony:ffffffffffff-0123456789ab";

    fn image(names: &[&str], digests: &[&str]) -> LocalImage {
        let image = json!({
            "Id": "sha256:0123456789abcdef", "Os": "linux", "Architecture": "amd64", "Size": 1,
            "RepoTags": names, "RepoDigests": digests,
        });
        serde_json::from_value(image).expect("as docker writes it")
    }

    fn standing(names: &[&str], digests: &[&str]) -> Standing {
        Standing::of(&image(names, digests))
    }

    #[test]
    fn an_image_is_superseded_once_no_name_but_permanent_ones_is_left() {
        let pushed = ["host.example:5000/colony@sha256:7"];
        assert_eq!(standing(&[], &[]), Standing::Superseded);
        assert_eq!(standing(&[PERMANENT], &pushed), Standing::Superseded);
        assert_eq!(standing(&[PERMANENT, "host.example:5000/colony:latest"], &pushed), Standing::Named);
        assert_eq!(standing(&["colony:ffffffffffff-0123456789ac"], &[]), Standing::Named);
    }

    #[test]
    fn a_base_that_only_its_identity_names_is_superseded_too() {
        let by_identity = format!("host.example:5000/base:base-{}", "0a".repeat(20));
        assert_eq!(standing(&[&by_identity], &["host.example:5000/base@sha256:7"]), Standing::Superseded);
        assert_eq!(standing(&[&by_identity, "base:latest"], &[]), Standing::Named);
    }

    #[test]
    fn what_was_pulled_by_its_digest_is_named_by_that() {
        assert_eq!(standing(&[], &["host.example/colony@sha256:7"]), Standing::ByDigest);
        let both = image(&[PERMANENT], &["host.example:5000/colony@sha256:7", "other.example/colony@sha256:7"]);
        assert_eq!(Standing::of(&both), Standing::ByDigest);
        assert_eq!(lasting_names(&both), [PERMANENT, "other.example/colony@sha256:7"]);
    }
}
