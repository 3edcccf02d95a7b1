//! The aws CLI verbs that concern single images in a repository: what there is, its manifest, and a further tag for it.
//!
//! A tag moves by `put-image` with the manifest that stands there already: ECR takes the same bytes, so the digest stays
//! and nothing is uploaded (`docker buildx imagetools create` would wrap the manifest, which is another digest).

use serde_json::Value;

use crate::docker::name::{Repository, Tag};
use crate::process::invocation::Invocation;
use crate::publish::aws::{Aws, answer, not_found};

/// What registries may answer with; without it ECR gives the oldest form that it can make.
const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// How an image in a repository is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ImageId {
    Tag(Tag),
    /// As `sha256:…`.
    Digest(String),
}

/// An image as `describe-images` tells of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredImage {
    /// Of the manifest, as `sha256:…`.
    pub(crate) digest: String,
    /// None where every tag of it has moved on.
    pub(crate) tags: Vec<String>,
    /// When this digest was first pushed, as the aws CLI writes it: RFC 3339 or seconds since 1970, by its settings.
    pub(crate) pushed_at: Option<Value>,
    /// Compressed, in bytes.
    pub(crate) bytes: Option<u64>,
    /// Media type of what it is, where it is no image: that of a signature, for example.
    pub(crate) artifact_type: Option<String>,
    pub(crate) media_type: Option<String>,
    /// The digest of what it is about, where it says so: that of the image that a signature is for.
    pub(crate) subject: Option<String>,
}

/// A manifest, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// As `sha256:…`.
    pub(crate) digest: String,
    pub(crate) media_type: Option<String>,
    /// JSON; another spelling of the same is another digest.
    pub(crate) text: String,
}

/// What became of the wish for a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tagging {
    Done,
    /// It means that image already.
    StoodAlready,
    /// In a dry run.
    Printed,
}

impl Aws<'_> {
    /// All images of a repository, in no order; the CLI itself asks page by page.
    pub(crate) fn describe_images(&self, repository: &Repository) -> anyhow::Result<Vec<StoredImage>> {
        let answer: answer::Images =
            self.query(&["ecr", "describe-images", "--repository-name", &repository.to_string()])?;
        Ok(answer.images.into_iter().map(StoredImage::from).collect())
    }

    /// `None` only when ECR says that there is no such image in the repository, which is there.
    pub(crate) fn describe_image(&self, repository: &Repository, id: &ImageId) -> anyhow::Result<Option<StoredImage>> {
        let name = repository.to_string();
        let args = ["ecr", "describe-images", "--repository-name", &name, "--image-ids", &id.argument()];
        let answer: Option<answer::Images> = not_found(self.query(&args), "ImageNotFoundException")?;
        Ok(answer.and_then(|answer| answer.images.into_iter().next()).map(StoredImage::from))
    }

    /// `None` when there is no such image in the repository.
    pub(crate) fn manifest(&self, repository: &Repository, id: &ImageId) -> anyhow::Result<Option<Manifest>> {
        let (name, id) = (repository.to_string(), id.argument());
        let args = ["ecr", "batch-get-image", "--repository-name", &name, "--image-ids", &id];
        let args = [&args[..], &["--accepted-media-types"], &MEDIA_TYPES].concat();
        let answer: answer::Manifests = self.query(&args)?;
        // What is not there stands in a list of failures, and the call succeeds.
        Ok(answer.images.into_iter().next().map(Manifest::from))
    }

    /// The same for each of these tags, by one call.
    pub(crate) fn manifests(&self, repository: &Repository, tags: &[Tag]) -> anyhow::Result<Vec<Option<Manifest>>> {
        let name = repository.to_string();
        let ids: Vec<String> = tags.iter().map(|tag| ImageId::Tag(tag.clone()).argument()).collect();
        let ids = ids.iter().map(String::as_str);
        let args = ["ecr", "batch-get-image", "--repository-name", &name, "--image-ids"];
        let args = args.into_iter().chain(ids).chain(["--accepted-media-types"]).chain(MEDIA_TYPES);
        let answer: answer::Manifests = self.query(&args.collect::<Vec<_>>())?;
        let mut by_tag = answer.by_tag();
        Ok(tags.iter().map(|tag| by_tag.remove(&tag.to_string())).collect())
    }

    /// The call that prints the manifest of that digest alone, for a shell.
    pub(crate) fn get_manifest_text(&self, repository: &Repository, digest: &str) -> Invocation {
        let (name, id) = (repository.to_string(), format!("imageDigest={digest}"));
        let args = ["ecr", "batch-get-image", "--repository-name", &name, "--image-ids", &id];
        let args = [&args[..], &["--accepted-media-types"], &MEDIA_TYPES].concat();
        self.call(&args).args(["--query", "images[0].imageManifest", "--output", "text"])
    }

    /// The call that lets the tag mean the image of that digest and that manifest, for a shell.
    pub(crate) fn put_text(&self, repository: &Repository, tag: &str, digest: &str, manifest: &str) -> Invocation {
        let name = repository.to_string();
        let args = ["ecr", "put-image", "--repository-name", &name, "--image-tag", tag];
        self.call(&[&args[..], &["--image-digest", digest, "--image-manifest", manifest]].concat())
    }

    /// Lets the tag mean the image of that manifest, which has to be in the repository. ECR refuses other bytes than those
    /// of the digest.
    pub(crate) fn put_tag(&self, repository: &Repository, manifest: &Manifest, tag: &Tag) -> anyhow::Result<Tagging> {
        let (name, tag) = (repository.to_string(), tag.to_string());
        let mut args = vec!["ecr", "put-image", "--repository-name", &name, "--image-tag", &tag];
        args.extend(["--image-digest", &manifest.digest]);
        args.extend(manifest.media_type.iter().flat_map(|kind| ["--image-manifest-media-type", kind]));
        args.extend(["--image-manifest", &manifest.text]);
        let answer = match self.effect::<Value>(&args) {
            Ok(None) => return Ok(Tagging::Printed),
            Ok(Some(answer)) => Ok(answer),
            Err(error) => Err(error),
        };
        Ok(not_found(answer, "ImageAlreadyExistsException")?.map_or(Tagging::StoodAlready, |_| Tagging::Done))
    }
}

impl Manifest {
    /// Whether it is that of the local image with this ID, which is the digest of the manifest or of the configuration: it
    /// depends on the engine's image store.
    pub(crate) fn is_of(&self, image_id: &str) -> bool {
        let content: Value = serde_json::from_str(&self.text).unwrap_or_default();
        self.digest == image_id || content["config"]["digest"] == image_id
    }

    /// Of all compressed layers together; `None` where it tells of none.
    pub(crate) fn layer_bytes(&self) -> Option<u64> {
        let content: Value = serde_json::from_str(&self.text).ok()?;
        Some(content["layers"].as_array()?.iter().filter_map(|layer| layer["size"].as_u64()).sum())
    }
}

impl ImageId {
    /// As the aws CLI takes it.
    fn argument(&self) -> String {
        match self {
            Self::Tag(tag) => format!("imageTag={tag}"),
            Self::Digest(digest) => format!("imageDigest={digest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_either_of_its_ids() {
        let text = r#"{"config":{"digest":"sha256:c"},"layers":[]}"#;
        let manifest = Manifest { digest: "sha256:m".to_owned(), media_type: None, text: text.to_owned() };
        assert!(manifest.is_of("sha256:m") && manifest.is_of("sha256:c"));
        assert!(!manifest.is_of("sha256:x"));
    }
}
