//! Cosign, as a fake tool plays it, and keys that are none.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::answer::Answer;
use crate::ecr_world::{DIGEST, HOST};
use crate::leak::{KEY_PASSWORD, PRIVATE_KEY};
use crate::support::Fixture;
use crate::workspace::Workspace;

pub(crate) const VERSION: [&str; 3] = ["cosign", "version", "--json"];
pub(crate) const PUBLIC_KEY: [&str; 2] = ["cosign", "public-key"];
pub(crate) const SIGN: [&str; 2] = ["cosign", "sign"];
pub(crate) const VERIFY: [&str; 2] = ["cosign", "verify"];

/// The two that are told apart.
pub(crate) const SECOND: &str = "v2.5.0";
pub(crate) const THIRD: &str = "v3.1.2";

/// The public half, and the digest of what it wraps.
pub(crate) const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\naGVsbG8=\n-----END PUBLIC KEY-----\n";
pub(crate) const PUBLIC_DIGEST: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

pub(crate) const NOT_SIGNED: &str =
    "Error: no signatures found\nmain.go:69: error during command execution: no signatures found";

/// The pushed colony by its digest.
pub(crate) fn pinned() -> String {
    format!("{HOST}/distributed-colony@{DIGEST}")
}

/// A private key as cosign writes it.
pub(crate) fn private() -> String {
    let kind = "ENCRYPTED SIGSTORE PRIVATE KEY";
    format!("-----BEGIN {kind}-----\n{PRIVATE_KEY}\n-----END {kind}-----\n")
}

/// A file with this text, which is no part of what a run leaves.
pub(crate) fn key(workspace: &Workspace, name: &str, text: &str) -> PathBuf {
    let folder = workspace.beside("fake-keys");
    fs::create_dir_all(&folder).expect("make a folder");
    let path = folder.join(name);
    fs::write(&path, text).expect("write a key");
    path
}

impl Fixture<'_> {
    /// A cosign of that version, for which no image is signed and which signs any, with the password of the key at hand.
    pub(crate) fn with_cosign(self, version: &str) -> Self {
        self.with("cosign")
            .background(VERSION, Answer::stdout(json!({ "gitVersion": version }).to_string()))
            .background(PUBLIC_KEY, Answer::stdout(PUBLIC))
            .background(VERIFY, Answer::fails(10, NOT_SIGNED))
            .background(SIGN, Answer::stdout("MEUCIQ==\n"))
            .env("COSIGN_PASSWORD", KEY_PASSWORD)
    }
}
