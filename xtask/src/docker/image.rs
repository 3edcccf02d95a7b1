//! A local image as docker tells of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::docker::payload::{Payload, Settings};

/// What `docker image inspect` tells of a local image.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Inspected")]
pub(crate) struct LocalImage {
    /// `sha256:…`; which digest that is depends on the engine's image store.
    pub(crate) id: String,
    /// `os/architecture`.
    pub(crate) platform: String,
    /// What the engine calls its size, in bytes: on the classic image store that of all files, on the containerd store
    /// that of the compressed layers.
    pub(crate) engine_size: u64,
    labels: BTreeMap<String, String>,
    /// Each `repository:tag` that it has, with the registry if that is part of it.
    pub(crate) names: Vec<String>,
    /// What it holds and does.
    pub(crate) payload: Payload,
    /// `registry/repository@sha256:…` of each registry that has held it, as far as this engine has seen.
    pub(crate) repo_digests: Vec<String>,
    /// When it last got a name, as docker writes a time in UTC; empty where docker does not tell.
    pub(crate) named_at: String,
}

/// The same as docker writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: String,
    os: String,
    architecture: String,
    size: u64,
    #[serde(default)]
    config: Option<Config>,
    /// `null` or empty for an image without a name.
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    /// `null` for an image that was never pushed nor pulled.
    #[serde(default)]
    repo_digests: Option<Vec<String>>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default, rename = "RootFS")]
    root_fs: RootFs,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RootFs {
    layers: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Metadata {
    last_tag_time: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    labels: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    settings: Settings,
}

impl From<Inspected> for LocalImage {
    fn from(image: Inspected) -> Self {
        let config = image.config.unwrap_or_default();
        let platform = format!("{}/{}", image.os, image.architecture);
        Self {
            id: image.id,
            payload: Payload::new(platform.clone(), image.root_fs.layers, config.settings),
            platform,
            engine_size: image.size,
            labels: config.labels.unwrap_or_default(),
            names: image.repo_tags.unwrap_or_default(),
            repo_digests: image.repo_digests.unwrap_or_default(),
            named_at: image.metadata.last_tag_time.unwrap_or_default(),
        }
    }
}

impl LocalImage {
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(String::as_str)
    }

    /// Whether docker writes one of its names so, with the tag that may be left out.
    pub(crate) fn is_called(&self, reference: &str) -> bool {
        let is_that = |name: &String| name == reference || name.strip_suffix(":latest") == Some(reference);
        self.names.iter().any(is_that) || self.repo_digests.iter().any(|name| name == reference)
    }

    /// Whether it was made by adding layers to that one.
    pub(crate) fn is_made_from(&self, other: &Self) -> bool {
        other.payload.is_known() && self.payload.layers.starts_with(&other.payload.layers)
    }

    /// Whether its ID is the digest of its manifest, as on containerd's image store; on the classic one it is that of its
    /// configuration.
    pub(crate) fn is_called_by_its_manifest(&self) -> bool {
        self.repo_digests.iter().any(|name| name.rsplit_once('@').is_some_and(|(_, digest)| digest == self.id))
    }

    /// The value of an environment variable that the image sets.
    pub(crate) fn variable(&self, key: &str) -> Option<&str> {
        self.payload.variable(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inspected_image_is_read_with_its_labels() {
        let json = r#"{"Id":"sha256:1","Os":"linux","Architecture":"amd64","Size":7,"Config":{"Labels":{"a":"b"}}}"#;
        let image = serde_json::from_str::<LocalImage>(json).expect("well formed");
        assert_eq!((image.platform.as_str(), image.engine_size, image.label("a")), ("linux/amd64", 7, Some("b")));
        assert_eq!(image.label("c"), None);
    }

    #[test]
    fn an_image_is_called_by_its_tags_and_digests_alone() {
        let json = r#"{"Id":"sha256:1","Os":"linux","Architecture":"amd64","Size":7,"RepoTags":["host/cc:latest","cc:1"],
            "RepoDigests":["cc@sha256:2"]}"#;
        let image = serde_json::from_str::<LocalImage>(json).expect("well formed");
        assert!(["host/cc", "host/cc:latest", "cc:1", "cc@sha256:2"].iter().all(|name| image.is_called(name)));
        assert!(!["cc", "cc:latest", "cc@sha256:1", "docker.io/library/cc:1"].iter().any(|name| image.is_called(name)));
    }

    #[test]
    fn an_image_is_made_from_one_whose_layers_it_begins_with() {
        let image = |layers: &str| {
            let json = format!(
                r#"{{"Id":"sha256:1","Os":"linux","Architecture":"amd64","Size":7,"RootFS":{{"Type":"layers",{layers}}}}}"#
            );
            serde_json::from_str::<LocalImage>(&json).expect("well formed")
        };
        let base = image(r#""Layers":["sha256:a","sha256:b"]"#);
        assert!(base.is_made_from(&image(r#""Layers":["sha256:a"]"#)));
        assert!(!base.is_made_from(&image(r#""Layers":["sha256:b"]"#)));
        // Nothing is known of it.
        assert!(!base.is_made_from(&image(r#""Other":0"#)));
    }

    #[test]
    fn an_image_without_labels_has_none() {
        let json = r#"{"Id":"sha256:1","Os":"linux","Architecture":"amd64","Size":7,"Config":{"Labels":null}}"#;
        assert_eq!(serde_json::from_str::<LocalImage>(json).expect("well formed").label("a"), None);
    }

    #[test]
    fn a_missing_field_is_named() {
        let error = serde_json::from_str::<LocalImage>(r#"{"Id":"sha256:1"}"#).expect_err("no Os");
        assert!(error.to_string().contains("`Os`"), "{error}");
    }
}
