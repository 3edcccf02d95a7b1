//! What a repository holds, as a list of images that says of each what its tags tell. Pure.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::publish::aws::images::StoredImage;
use crate::publish::permanent;
use crate::release::version::Version;

/// Media types of the configuration of what can be run; ECR tells it of images too.
const IMAGES: [&str; 2] =
    ["application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"];

/// Words in the media types of signatures.
const SIGNERS: [&str; 3] = ["cosign", "sigstore", "notary"];

/// An image in a repository.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Stored {
    /// Of the manifest, as `sha256:…`.
    pub(crate) digest: String,
    pub(crate) tags: Vec<String>,
    /// The first push of the digest, RFC 3339 in UTC; `None` where ECR does not say.
    pub(crate) pushed_at: Option<String>,
    /// Compressed, in bytes.
    pub(crate) bytes: Option<u64>,
    /// The highest one among its tags.
    pub(crate) version: Option<String>,
    /// The commit of its sources, as far as its permanent tag has it, with `-dirty` where the files differed from it.
    pub(crate) commit: Option<String>,
    /// Whether a signature for it lies in the repository; whose and whether it holds is another question.
    pub(crate) signed: bool,
    /// Whether it is what `latest` means.
    pub(crate) latest: bool,
}

/// All images of a repository, the newest first, and how much else there is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stock {
    pub(crate) images: Vec<Stored>,
    /// Signatures and other artifacts.
    pub(crate) artifacts: usize,
}

impl Stock {
    pub(crate) fn of(found: Vec<StoredImage>) -> Self {
        let signed: BTreeSet<String> = found.iter().filter_map(signs).collect();
        let all = found.len();
        let mut images: Vec<StoredImage> = found.into_iter().filter(|image| !is_artifact(image)).collect();
        images.sort_by_cached_key(|image| (Reverse(pushed_at(image)), image.digest.clone()));
        let artifacts = all - images.len();
        let stored = |image| Stored::of(image, &signed);
        Self { images: images.into_iter().map(stored).collect(), artifacts }
    }
}

impl Stored {
    fn of(image: StoredImage, signed: &BTreeSet<String>) -> Self {
        let commit = |tag: &String| {
            permanent::commit_of(tag).map(|(hash, is_dirty)| format!("{hash}{}", if is_dirty { "-dirty" } else { "" }))
        };
        let mut tags = image.tags.clone();
        // What people look for comes first.
        tags.sort_by_key(|tag| (permanent::origin(tag).is_some(), tag.clone()));
        Self {
            pushed_at: image.pushed_at.as_ref().and_then(written),
            version: tags.iter().filter_map(|tag| Version::of_tag(tag)).max().map(|version| version.to_string()),
            commit: tags.iter().find_map(commit),
            signed: signed.contains(&image.digest),
            latest: tags.iter().any(|tag| tag == "latest"),
            tags,
            digest: image.digest,
            bytes: image.bytes,
        }
    }
}

/// The newest image that was pushed before that of this digest and can be named for good: what a rollback takes where
/// nothing is recorded. Before a release that is a release, and never what was made of uncommitted changes.
pub(crate) fn pushed_before<'a>(found: &'a [StoredImage], digest: &str) -> Option<&'a StoredImage> {
    let now = found.iter().find(|image| image.digest == digest)?;
    let until = pushed_at(now)?;
    let is_release = |tag: &String| Version::of_tag(tag).is_some_and(|version| version.is_release());
    let is_clean =
        |tag: &String| permanent::commit_of(tag).map_or(permanent::origin(tag).is_some(), |(_, dirty)| !dirty);
    let is_fit = |image: &StoredImage| {
        let any = |fits: &dyn Fn(&String) -> bool| image.tags.iter().any(fits);
        any(&is_release) || (!now.tags.iter().any(is_release) && any(&is_clean))
    };
    let earlier = found
        .iter()
        .filter(|image| !is_artifact(image) && is_fit(image) && pushed_at(image).is_some_and(|time| time < until));
    earlier.max_by_key(|image| pushed_at(image))
}

fn pushed_at(image: &StoredImage) -> Option<OffsetDateTime> {
    time_of(image.pushed_at.as_ref()?)
}

/// A time that the aws CLI tells, in RFC 3339 and UTC.
pub(crate) fn written(told: &Value) -> Option<String> {
    time_of(told)?.format(&Rfc3339).ok()
}

/// To the second. The first major of the aws CLI writes seconds since 1970, the second one RFC 3339.
fn time_of(told: &Value) -> Option<OffsetDateTime> {
    let time = match told {
        Value::String(text) => OffsetDateTime::parse(text, &Rfc3339).ok()?.to_offset(time::UtcOffset::UTC),
        Value::Number(seconds) =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "whole seconds are enough")]
            OffsetDateTime::from_unix_timestamp(seconds.as_f64()? as i64).ok()?
        }
        _ => return None,
    };
    time.replace_nanosecond(0).ok()
}

/// What cannot be run.
fn is_artifact(image: &StoredImage) -> bool {
    let is_other = |kind: &String| !IMAGES.contains(&kind.as_str());
    let is_about_another = !image.tags.is_empty() && image.tags.iter().all(|tag| tag.starts_with("sha256-"));
    is_about_another || image.subject.is_some() || image.artifact_type.as_ref().is_some_and(is_other)
}

/// The digest that it is a signature for.
fn signs(image: &StoredImage) -> Option<String> {
    let by_tag = image.tags.iter().find_map(|tag| tag.strip_prefix("sha256-")?.strip_suffix(".sig"));
    let is_signature = |kind: &String| SIGNERS.iter().any(|signer| kind.contains(signer));
    let by_subject = || image.subject.clone().filter(|_| image.artifact_type.as_ref().is_some_and(is_signature));
    by_tag.map(|digits| format!("sha256:{digits}")).or_else(by_subject)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn image(digest: &str, tags: &[&str], pushed_at: Value) -> StoredImage {
        StoredImage {
            digest: format!("sha256:{digest}"),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            pushed_at: Some(pushed_at),
            bytes: Some(7),
            artifact_type: Some(IMAGES[0].to_owned()),
            media_type: None,
            subject: None,
        }
    }

    fn digests(stock: &Stock) -> Vec<&str> {
        stock.images.iter().map(|image| image.digest.as_str()).collect()
    }

    #[test]
    fn the_newest_comes_first_whichever_major_of_aws_tells_the_time() {
        let old = image("old", &[], json!(1_763_834_711.25));
        let new = image("new", &[], json!("2026-11-25T02:02:09.500000+01:00"));
        let stock = Stock::of(vec![old, new]);
        assert_eq!(digests(&stock), ["sha256:new", "sha256:old"]);
        let times: Vec<_> = stock.images.iter().filter_map(|image| image.pushed_at.as_deref()).collect();
        assert_eq!(times, ["2026-11-25T01:02:09Z", "2025-11-22T18:05:11Z"]);
    }

    #[test]
    fn the_tags_tell_version_and_commit_and_the_lasting_one_comes_last() {
        let tags = ["ffffffffffff-dirty-0123456789ab", "1", "1.4.2", "1.4", "latest"];
        let stock = Stock::of(vec![image("a", &tags, json!(1))]);
        let stored = &stock.images[0];
        assert_eq!(stored.version.as_deref(), Some("1.4.2"));
        assert_eq!(stored.commit.as_deref(), Some("ffffffffffff-dirty"));
        assert_eq!(stored.tags, ["1", "1.4", "1.4.2", "latest", "ffffffffffff-dirty-0123456789ab"]);
        assert!(stored.latest && !stored.signed);
    }

    #[test]
    fn signatures_are_told_of_their_image_and_are_none_themselves() {
        let legacy = image("s", &["sha256-a.sig"], json!(2));
        let kind = "application/vnd.dev.sigstore.bundle.v0.3+json".to_owned();
        let referrer = StoredImage {
            subject: Some("sha256:b".to_owned()),
            artifact_type: Some(kind),
            ..image("r", &[], json!(3))
        };
        let kind = "application/vnd.cyclonedx+json".to_owned();
        let other = StoredImage {
            subject: Some("sha256:c".to_owned()),
            artifact_type: Some(kind),
            ..image("o", &[], json!(4))
        };
        let images = ["a", "b", "c"].map(|digest| image(digest, &[], json!(1)));
        let stock = Stock::of(images.into_iter().chain([legacy, referrer, other]).collect());
        let signed: Vec<bool> = stock.images.iter().map(|image| image.signed).collect();
        assert_eq!((signed.as_slice(), stock.artifacts), ([true, true, false].as_slice(), 3));
    }

    #[test]
    fn without_a_record_the_image_pushed_before_with_a_lasting_name_is_the_candidate() {
        let all = [
            image("old", &["ffffffffffff-000000000001"], json!(1)),
            image("before", &["1.4.1"], json!(2)),
            image("mine", &["alice", "ffffffffffff-dirty-000000000002"], json!(3)),
            image("candidate", &["1.4.2-rc.1"], json!(3)),
            image("main", &["ffffffffffff-000000000003"], json!(3)),
            image("nameless", &["branch"], json!(3)),
            image("sha", &["sha256-x.sig"], json!(3)),
            image("now", &["latest", "1.4.2"], json!(4)),
            image("later", &["1.5.0-rc.1"], json!(5)),
        ];
        let before = |digest| pushed_before(&all, digest).map(|image| image.digest.as_str());
        assert_eq!(before("sha256:now"), Some("sha256:before"));
        assert_eq!(before("sha256:later"), Some("sha256:now"), "before what is no release comes what is newest");
        assert_eq!(before("sha256:old"), None);
        assert_eq!(before("sha256:unknown"), None);
    }
}
