//! The record of a push, for the deploy that comes after it.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Map, Value, json};

use crate::context::Ctx;
use crate::docker::LocalImage;
use crate::git::Commit;
use crate::publish::Pushed;
use crate::tree;

/// Everything that a deploy may want to know of an image.
pub(crate) struct Record<'a> {
    pub(crate) pushed: &'a Pushed,
    pub(crate) image: &'a LocalImage,
    /// Size of all files in it.
    pub(crate) bytes: u64,
    /// The tag that never moves, where the image has one.
    pub(crate) permanent: Option<String>,
    pub(crate) commit: Option<&'a Commit>,
    /// Identity of the base that it is, or was built on.
    pub(crate) base_identity: &'a str,
}

impl Record<'_> {
    /// One JSON object; sizes in bytes, times in seconds.
    pub(crate) fn to_json(&self, ctx: &Ctx) -> Value {
        let Self { pushed, image, bytes, permanent, commit, base_identity } = self;
        let seconds: Map<String, Value> =
            ctx.report.steps().iter().map(|step| (step.name.clone(), json!(step.took.as_secs_f64()))).collect();
        json!({
            "reference": pushed.reference,
            "pinned": pushed.pinned,
            "digest": pushed.digest,
            "permanent": permanent,
            "sent": pushed.sent,
            "image_id": image.id,
            "bytes": bytes,
            "build_version": image.variable("BUILD_VERSION"),
            "git": commit.map(|commit| json!({ "commit": commit.hash, "dirty": commit.dirty })),
            "base_identity": base_identity,
            "seconds": seconds,
        })
    }

    /// Writes it to `target/xtask/deploy-<image>.json` and returns the path.
    pub(crate) fn write(&self, ctx: &Ctx, name: &str) -> anyhow::Result<PathBuf> {
        let path = ctx.state_dir().join(format!("deploy-{name}.json"));
        let written = fs::create_dir_all(ctx.state_dir())
            .with_context(|| format!("make {}", ctx.state_dir().display()))
            .and_then(|()| tree::replace(&path, format!("{:#}\n", self.to_json(ctx)).as_bytes()));
        written.with_context(|| format!("{} is published, but its record is not written", self.pushed.pinned))?;
        Ok(path)
    }
}
