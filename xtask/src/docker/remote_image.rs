//! An image in a registry as buildx tells of it. Nothing of it is pulled.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Deserialize;

use crate::docker::payload::{Payload, Settings};
use crate::docker::{Docker, call, error, is_absent};

/// What its configuration says.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct RemoteImage {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    config: Config,
    #[serde(default)]
    rootfs: RootFs,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    labels: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct RootFs {
    /// The digest of each layer as it is unpacked, `sha256:…`, the lowest one first.
    diff_ids: Vec<String>,
}

impl RemoteImage {
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        self.config.labels.as_ref()?.get(key).map(String::as_str)
    }

    /// The value of an environment variable that the image sets.
    pub(crate) fn variable(&self, key: &str) -> Option<&str> {
        self.config.settings.variable(key)
    }

    /// What it holds and does.
    pub(crate) fn payload(&self) -> Payload {
        Payload::new(self.platform(), self.rootfs.diff_ids.clone(), self.config.settings.clone())
    }

    /// `os/architecture`.
    pub(crate) fn platform(&self) -> String {
        format!("{}/{}", self.os, self.architecture)
    }
}

impl Docker<'_> {
    /// The image of that name in its registry, which docker has to be logged in to. `None` when the registry has none.
    pub(crate) fn remote_image(&self, reference: &str) -> anyhow::Result<Option<RemoteImage>> {
        let call = call::remote_image(reference);
        let answer = self.runner().probe(&call)?;
        if answer.success {
            return serde_json::from_str(&answer.stdout).with_context(|| format!("read `{call}`")).map(Some);
        }
        if is_absent(&answer.stderr, reference) {
            return Ok(None);
        }
        Err(error::explain(&format!("look up {reference}"), &answer.stderr).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_variables_are_read_and_may_be_missing() {
        // As buildx 0.13.1 writes it.
        let text = r#"{"created":"2026-11-26T09:00:59Z","architecture":"amd64","os":"linux",
            "config":{"Env":["PATH=/bin","BUILD_VERSION=7"],"WorkingDir":"/","Labels":{"a":"b"}}}"#;
        let image: RemoteImage = serde_json::from_str(text).expect("well formed");
        assert_eq!((image.label("a"), image.variable("BUILD_VERSION")), (Some("b"), Some("7")));
        assert_eq!(image.platform(), "linux/amd64");
        let bare: RemoteImage = serde_json::from_str(r#"{"config":{}}"#).expect("well formed");
        assert_eq!((bare.label("a"), bare.variable("BUILD_VERSION")), (None, None));
    }
}
