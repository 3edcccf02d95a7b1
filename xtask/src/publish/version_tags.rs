//! A version that an image is pushed as: whether the repository lets it, and which names move along.

use crate::docker::name::{Repository, Tag};
use crate::failure::{ExitCode, Failure};
use crate::publish::aws::Aws;
use crate::publish::aws::images::{ImageId, Manifest};
use crate::release::version::{Follower, Version};

/// What `--version-tag` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) version: Version,
    /// Whether names move to it from a higher version too.
    pub(crate) move_back: bool,
}

/// What a repository holds of versions.
#[derive(Clone, Debug, Default)]
pub(super) struct Versions {
    there: Vec<Version>,
    /// What the version that is asked for means already.
    standing: Option<Manifest>,
}

/// The tags that a release gets besides the permanent one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Released {
    /// `None` where the repository has it.
    pub(super) version: Option<Tag>,
    pub(super) moving: Vec<Tag>,
    /// Those that stay with a higher version.
    pub(super) kept: Vec<Follower>,
}

impl Versions {
    /// Asks a repository that is there.
    pub(super) fn ask(aws: &Aws<'_>, repository: &Repository, release: &Release) -> anyhow::Result<Self> {
        let images = aws.describe_images(repository)?;
        let tags = images.iter().flat_map(|image| &image.tags);
        let there: Vec<Version> = tags.filter_map(|tag| Version::of_tag(tag)).collect();
        let id = ImageId::Tag(release.version.tag());
        let standing = if there.contains(&release.version) { aws.manifest(repository, &id)? } else { None };
        Ok(Self { there, standing })
    }

    /// Whether the version that is asked for is there.
    pub(super) fn is_there(&self) -> bool {
        self.standing.is_some()
    }

    /// The digest of that version, where it is another image than the local one of that ID.
    pub(super) fn other_than(&self, image_id: &str) -> Option<&str> {
        self.standing.as_ref().filter(|standing| !standing.is_of(image_id)).map(|standing| standing.digest.as_str())
    }

    /// Fails where the version is there with other content than the local image of that ID has, as far as that is known.
    pub(super) fn judge(&self, release: &Release, latest: &Tag, image_id: Option<&str>) -> Result<Released, Failure> {
        let Release { version, move_back } = release;
        if let Some(other) = image_id.and_then(|id| self.other_than(id)) {
            return Err(taken(&version.tag(), other));
        }
        let followers = version.followers(&self.there, latest).into_iter();
        let (moving, kept): (Vec<_>, Vec<_>) = followers.partition(|one| *move_back || one.held_by.is_none());
        Ok(Released {
            version: self.standing.is_none().then(|| version.tag()),
            moving: moving.into_iter().map(|one| one.tag).collect(),
            kept,
        })
    }
}

/// Of a version that means an image of that digest, which is not the one at hand.
pub(super) fn taken(version: &Tag, digest: &str) -> Failure {
    let what = format!("the version {version} is there with other content, {digest}, and never moves");
    Failure::new(ExitCode::Failed, what)
        .hint("Give this one the next version: --version-tag; what is there: cargo xtask images")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(there: &[&str], standing: Option<&str>) -> Versions {
        let manifest = |digest: &str| Manifest { digest: digest.to_owned(), media_type: None, text: "{}".to_owned() };
        let there = there.iter().map(|text| text.parse().expect("a version")).collect();
        Versions { there, standing: standing.map(manifest) }
    }

    fn judged(versions: &Versions, move_back: bool, image_id: Option<&str>) -> Result<Released, Failure> {
        let release = Release { version: "1.4.2".parse().expect("a version"), move_back };
        versions.judge(&release, &"latest".parse().expect("a tag"), image_id)
    }

    fn texts(tags: &[Tag]) -> Vec<String> {
        tags.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_version_that_is_there_takes_the_same_content_only() {
        let there = versions(&["1.4.2"], Some("sha256:a"));
        let same = judged(&there, false, Some("sha256:a")).expect("the same");
        assert_eq!((same.version, texts(&same.moving)), (None, texts(&judged(&there, false, None).expect("?").moving)));
        let refusal = judged(&there, false, Some("sha256:b")).expect_err("another").message;
        assert_eq!(refusal, "the version 1.4.2 is there with other content, sha256:a, and never moves");
    }

    #[test]
    fn names_of_a_higher_version_move_only_where_somebody_says_so() {
        let there = versions(&["1.5.0"], None);
        let forward = judged(&there, false, None).expect("it is new");
        assert_eq!((texts(&forward.moving), forward.kept.len()), (vec!["1.4".to_owned()], 2));
        let back = judged(&there, true, None).expect("it is new");
        assert_eq!((texts(&back.moving), back.kept.len()), (["1.4", "1", "latest"].map(str::to_owned).to_vec(), 0));
    }
}
