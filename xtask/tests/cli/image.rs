//! Local images of the engine that the fake docker pretends to have.

use std::collections::BTreeMap;

use serde_json::json;

/// A local image as `docker image inspect` shows it.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) id: String,
    architecture: String,
    labels: BTreeMap<String, String>,
    env: Vec<String>,
    names: Vec<String>,
    digests: Vec<String>,
    layers: Vec<String>,
}

impl Image {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            architecture: "amd64".to_owned(),
            labels: BTreeMap::new(),
            env: Vec::new(),
            names: Vec::new(),
            digests: Vec::new(),
            layers: Vec::new(),
        }
    }

    /// Those of the image that its containers bear too.
    pub(crate) fn own_labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }

    pub(crate) fn labels(mut self, labels: &BTreeMap<String, String>) -> Self {
        self.labels.extend(labels.clone());
        self
    }

    pub(crate) fn architecture(mut self, name: &str) -> Self {
        name.clone_into(&mut self.architecture);
        self
    }

    pub(crate) fn variable(mut self, key: &str, value: &str) -> Self {
        self.env.push(format!("{key}={value}"));
        self
    }

    /// The engine knows it under this name too.
    pub(crate) fn name(mut self, name: &str) -> Self {
        self.names.push(name.to_owned());
        self
    }

    /// A registry has held it under this name, `registry/repository@sha256:…`.
    pub(crate) fn digest(mut self, name: &str) -> Self {
        self.digests.push(name.to_owned());
        self
    }

    /// Its layers, the lowest one first.
    pub(crate) fn layers(mut self, digests: &[&str]) -> Self {
        self.layers = digests.iter().map(|digest| (*digest).to_owned()).collect();
        self
    }

    /// The output of `docker image inspect`.
    pub(crate) fn to_json(&self) -> String {
        let config = json!({ "Labels": self.labels, "Env": self.env });
        let image = json!({
            "Id": self.id, "Os": "linux", "Architecture": self.architecture, "Size": 48_250_000, "Config": config,
            "RepoTags": self.names, "RepoDigests": self.digests, "RootFS": { "Type": "layers", "Layers": self.layers }
        });
        format!("{image}\n")
    }
}
