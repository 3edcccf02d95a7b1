//! What the engine says of itself when it is asked at length: where its data lies and how it keeps images.

use std::fmt;
use std::path::PathBuf;

use serde_json::Value;

use crate::context::Ctx;
use crate::docker::call;
use crate::doctor::docker_facts::Client;
use crate::doctor::question::LIMIT;

/// Two members of what `docker info` knows, as one line of JSON.
const FORMAT: &str = r#"{"root":{{json .DockerRootDir}},"status":{{json .DriverStatus}}}"#;

/// The kind of store that an engine with containerd's names in its driver status.
const CONTAINERD: &str = "io.containerd.snapshotter.v1";

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Info {
    /// The folder of its data, on the machine that it runs on.
    pub(crate) root: PathBuf,
    pub(crate) store: Store,
}

/// Where images are kept. The ID of an image is its configuration's digest in the one and its manifest's in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Classic,
    /// The default of fresh installs from engine 29 on.
    Containerd,
}

/// `None` when no engine answers in time.
pub(crate) fn info(ctx: &Ctx, client: Option<&Client>) -> anyhow::Result<Option<Info>> {
    if client.is_none_or(|client| client.engine.is_err()) { Ok(None) } else { ask(ctx) }
}

/// The same of an engine that is known to answer.
pub(crate) fn ask(ctx: &Ctx) -> anyhow::Result<Option<Info>> {
    let answer = ctx.runner.probe_within(&call::info(FORMAT), LIMIT)?;
    Ok(answer.filter(|answer| answer.success).and_then(|answer| read(&answer.stdout)))
}

/// The driver status is a list of pairs of a key and a value.
fn read(printed: &str) -> Option<Info> {
    let told: Value = serde_json::from_str(printed).ok()?;
    let root = PathBuf::from(told["root"].as_str()?);
    let mut pairs = told["status"].as_array()?.iter();
    let is_containerd = pairs.any(|pair| pair[0] == "driver-type" && pair[1] == CONTAINERD);
    Some(Info { root, store: if is_containerd { Store::Containerd } else { Store::Classic } })
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Classic => "classic image store",
            Self::Containerd => "containerd image store",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_read_from_what_either_engine_prints() {
        // Both of engine 26.1.5.
        let classic = r#"{"root":"/var/lib/docker","status":[["Backing Filesystem","extfs"],["userxattr","false"]]}"#;
        let info = read(classic).expect("an answer");
        assert_eq!((info.root, info.store.to_string()), ("/var/lib/docker".into(), "classic image store".to_owned()));
        let containerd = r#"{"root":"/var/lib/docker","status":[["driver-type","io.containerd.snapshotter.v1"]]}"#;
        assert_eq!(read(containerd).expect("an answer").store.to_string(), "containerd image store");
    }

    #[test]
    fn what_is_no_answer_tells_nothing() {
        assert_eq!(read(""), None);
        assert_eq!(read(r#"{"root":null,"status":null}"#), None);
    }
}
