//! One record of the stream: what became of vertices since the last one.
//!
//! Source: `SolveStatus` in BuildKit's `client/graph.go`; only what is read here. Times are RFC 3339 with nanoseconds,
//! texts of logs base64.

use serde::{Deserialize, Deserializer};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SolveStatus {
    pub(crate) vertexes: Vec<Vertex>,
    pub(crate) statuses: Vec<Transfer>,
    pub(crate) logs: Vec<Log>,
}

/// A step of the build graph. It comes again whenever its state changes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Vertex {
    pub(crate) digest: String,
    pub(crate) name: String,
    pub(crate) started: Option<String>,
    pub(crate) completed: Option<String>,
    pub(crate) cached: bool,
    pub(crate) error: String,
}

/// A part of a vertex that moves data, such as a layer that is pulled.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Transfer {
    pub(crate) vertex: String,
    pub(crate) id: String,
    /// Bytes.
    pub(crate) current: i64,
    /// Bytes, zero where nobody knows.
    pub(crate) total: i64,
}

/// What the program of a step wrote.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Log {
    pub(crate) vertex: String,
    /// 1 is stdout, 2 is stderr.
    pub(crate) stream: u8,
    #[serde(deserialize_with = "from_base64")]
    pub(crate) data: Vec<u8>,
    pub(crate) timestamp: String,
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    use base64::Engine;
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    base64::engine::general_purpose::STANDARD.decode(text).map_err(serde::de::Error::custom)
}
