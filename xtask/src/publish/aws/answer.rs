//! What ECR's calls print, as the ECR API reference names it; only what is used. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::publish::aws::RepositoryState;
use crate::publish::aws::images::{Manifest, StoredImage};

/// Of `describe-repositories`.
#[derive(Deserialize)]
pub(super) struct Repositories {
    pub(super) repositories: Vec<Repository>,
}

/// Of `create-repository`.
#[derive(Deserialize)]
pub(super) struct Created {
    pub(super) repository: Repository,
}

/// Of `get-lifecycle-policy`.
#[derive(Deserialize)]
pub(super) struct Policy {
    /// JSON.
    #[serde(rename = "lifecyclePolicyText")]
    pub(super) text: String,
}

/// Of `describe-images`.
#[derive(Deserialize)]
pub(super) struct Images {
    #[serde(rename = "imageDetails")]
    pub(super) images: Vec<ImageDetail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImageDetail {
    image_digest: String,
    #[serde(default)]
    image_tags: Vec<String>,
    image_pushed_at: Option<Value>,
    image_size_in_bytes: Option<u64>,
    image_manifest_media_type: Option<String>,
    artifact_media_type: Option<String>,
    subject_manifest_digest: Option<String>,
}

/// Of `batch-get-image`.
#[derive(Deserialize)]
pub(super) struct Manifests {
    pub(super) images: Vec<ImageManifest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImageManifest {
    image_id: ImageIdentifier,
    image_manifest: String,
    image_manifest_media_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ImageIdentifier {
    image_digest: String,
    /// Where it was asked for by that.
    image_tag: Option<String>,
}

/// What is left out has the value that ECR gives where nothing was asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Repository {
    repository_uri: String,
    #[serde(default)]
    image_scanning_configuration: Scanning,
    #[serde(default)]
    encryption_configuration: Encryption,
    #[serde(default = "mutable")]
    image_tag_mutability: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Scanning {
    scan_on_push: bool,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Encryption {
    encryption_type: String,
}

impl Default for Encryption {
    fn default() -> Self {
        Self { encryption_type: "AES256".to_owned() }
    }
}

fn mutable() -> String {
    "MUTABLE".to_owned()
}

impl From<ImageDetail> for StoredImage {
    fn from(answer: ImageDetail) -> Self {
        Self {
            digest: answer.image_digest,
            tags: answer.image_tags,
            pushed_at: answer.image_pushed_at,
            bytes: answer.image_size_in_bytes,
            artifact_type: answer.artifact_media_type,
            media_type: answer.image_manifest_media_type,
            subject: answer.subject_manifest_digest,
        }
    }
}

impl Manifests {
    /// Those that were asked for by a tag.
    pub(super) fn by_tag(self) -> BTreeMap<String, Manifest> {
        let tagged = |mut image: ImageManifest| Some((image.image_id.image_tag.take()?, Manifest::from(image)));
        self.images.into_iter().filter_map(tagged).collect()
    }
}

impl From<ImageManifest> for Manifest {
    fn from(answer: ImageManifest) -> Self {
        Self {
            digest: answer.image_id.image_digest,
            media_type: answer.image_manifest_media_type,
            text: answer.image_manifest,
        }
    }
}

impl From<Repository> for RepositoryState {
    fn from(answer: Repository) -> Self {
        Self {
            uri: answer.repository_uri,
            scan_on_push: answer.image_scanning_configuration.scan_on_push,
            encryption: answer.encryption_configuration.encryption_type,
            mutability: answer.image_tag_mutability,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn state(answer: Value) -> serde_json::Result<RepositoryState> {
        serde_json::from_value::<Repository>(answer).map(RepositoryState::from)
    }

    #[test]
    fn a_repository_is_read_with_what_can_drift() {
        let state = state(json!({
            "repositoryUri": "1.dkr.ecr.eu-west-1.amazonaws.com/a",
            "imageScanningConfiguration": { "scanOnPush": true },
            "encryptionConfiguration": { "encryptionType": "KMS" },
            "imageTagMutability": "IMMUTABLE",
        }));
        let state = state.expect("well formed");
        let read = (state.scan_on_push, state.encryption.as_str(), state.mutability.as_str());
        assert_eq!(read, (true, "KMS", "IMMUTABLE"));
    }

    #[test]
    fn what_is_left_out_is_the_default_and_the_uri_is_missed_by_name() {
        let empty = json!({ "repositoryUri": "r/a", "imageScanningConfiguration": {}, "encryptionConfiguration": {} });
        for answer in [json!({ "repositoryUri": "r/a" }), empty] {
            let bare = state(answer).expect("well formed");
            let read = (bare.scan_on_push, bare.encryption.as_str(), bare.mutability.as_str());
            assert_eq!(read, (false, "AES256", "MUTABLE"));
        }
        let error = state(json!({})).expect_err("no URI").to_string();
        assert!(error.contains("repositoryUri"), "{error}");
    }
}
