//! What decides what runs where an image is started: all but its labels, and the times that its configuration names. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

/// Equal for two images that hold and do the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Payload {
    platform: String,
    /// The digest of each layer as it is unpacked, `sha256:…`, the lowest one first.
    pub(super) layers: Vec<String>,
    settings: Settings,
}

/// As docker and the registry write them under `Config` and `config`; what is not set may be missing, `null` or empty.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Settings {
    /// `key=value` of each variable.
    env: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    user: Option<String>,
    working_dir: Option<String>,
    exposed_ports: Option<BTreeMap<String, Value>>,
    volumes: Option<BTreeMap<String, Value>>,
    stop_signal: Option<String>,
    healthcheck: Option<Value>,
}

impl Payload {
    /// `platform` is `os/architecture`.
    pub(super) fn new(platform: String, layers: Vec<String>, settings: Settings) -> Self {
        Self { platform, layers, settings: settings.normal() }
    }

    /// The value of an environment variable that the image sets.
    pub(super) fn variable(&self, key: &str) -> Option<&str> {
        self.settings.variable(key)
    }

    /// Whether that is known at all: of an image without layers nothing is.
    pub(crate) fn is_known(&self) -> bool {
        !self.layers.is_empty()
    }
}

impl Settings {
    /// The value of an environment variable that the image sets.
    pub(super) fn variable(&self, key: &str) -> Option<&str> {
        self.env.iter().flatten().find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
    }

    /// With one form for what is not set. The order of variables is of no weight.
    fn normal(self) -> Self {
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let words = |words: Option<Vec<String>>| words.filter(|words| !words.is_empty());
        let names = |names: Option<BTreeMap<String, Value>>| names.filter(|names| !names.is_empty());
        let env: BTreeSet<String> = self.env.into_iter().flatten().collect();
        Self {
            env: words(Some(env.into_iter().collect())),
            cmd: words(self.cmd),
            entrypoint: words(self.entrypoint),
            user: text(self.user),
            working_dir: text(self.working_dir).filter(|folder| folder != "/"),
            exposed_ports: names(self.exposed_ports),
            volumes: names(self.volumes),
            stop_signal: text(self.stop_signal),
            healthcheck: self.healthcheck,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn payload(layers: &[&str], settings: Value) -> Payload {
        let settings = serde_json::from_value(settings).expect("well formed");
        Payload::new("linux/amd64".to_owned(), layers.iter().map(|layer| (*layer).to_owned()).collect(), settings)
    }

    #[test]
    fn what_is_not_set_is_the_same_however_it_is_written() {
        let bare = payload(&["a"], json!({}));
        let dockers = json!({
            "Env": null, "Cmd": [], "Entrypoint": null, "User": "", "WorkingDir": "/", "ExposedPorts": {}, "Labels": { "a": "b" }
        });
        assert_eq!(payload(&["a"], dockers), bare);
        assert!(bare.is_known() && !payload(&[], json!({})).is_known());
    }

    #[test]
    fn whatever_runs_otherwise_is_another_payload() {
        let settings =
            || json!({ "Env": ["A=1", "B=2"], "Cmd": ["/a"], "User": "1:1", "ExposedPorts": { "80/tcp": {} } });
        let one = payload(&["a", "b"], settings());
        let mut turned = settings();
        turned["Env"] = json!(["B=2", "A=1"]);
        assert_eq!(payload(&["a", "b"], turned), one);
        assert_ne!(payload(&["b", "a"], settings()), one);
        for (key, value) in [
            ("Env", json!(["A=1"])),
            ("Cmd", json!(["/b"])),
            ("Entrypoint", json!(["/a"])),
            ("User", json!("0")),
            ("WorkingDir", json!("/a")),
            ("ExposedPorts", json!({})),
            ("Volumes", json!({ "/a": {} })),
            ("StopSignal", json!("9")),
            ("Healthcheck", json!({ "Test": ["NONE"] })),
        ] {
            let mut other = settings();
            other[key] = value;
            assert_ne!(payload(&["a", "b"], other), one, "{key}");
        }
    }
}
