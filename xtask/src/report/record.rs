//! What a build came to: one record for the summary, for `--json` and for the file that a deploy reads.
//!
//! README.md documents the fields; a test holds the two together. Sizes are bytes, times seconds.

use std::path::PathBuf;

use anyhow::Context;
use serde::Serialize;

use crate::context::Ctx;
use crate::docker::LocalImage;
use crate::docker::name::PLATFORM;
use crate::report::compiled::Compiled;
use crate::report::{Report, Step, github, megabytes};
use crate::staging::tree;
use crate::workspace::commit::Commit;

/// Changes whenever a field gets another name or another meaning.
const SCHEMA: u32 = 1;

/// A finished build, and its push if there was one.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Record {
    /// Its name in the local engine, or what that would be.
    pub(crate) image: String,
    /// `sha256:…`, as the local engine calls it; `None` where it has none of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_id: Option<String>,
    /// `os/architecture`.
    pub(crate) platform: String,
    /// Size of all files in it, the same on every image store; `None` where the local engine has none of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    /// Size of its compressed layers in the registry, where nothing else is known of its size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) compressed_bytes: Option<u64>,
    /// Of a colony.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) build_version: Option<String>,
    /// Identity of the base that it is, or was built on.
    pub(crate) base_identity: String,
    /// Of a colony, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) compiled: Option<Compiled>,
    #[serde(flatten)]
    pub(crate) push: Option<Push>,
    /// `registry/repository@sha256:…` of each registry that has held it, as far as this engine has seen.
    #[serde(skip)]
    pub(crate) held_as: Vec<String>,
    /// Its digest where the builder brought it into the registry, which has no other name of it until it gets its tags.
    #[serde(skip)]
    pub(crate) arrived_as: Option<String>,
}

/// What a build came to.
pub(crate) enum Built {
    Done(Box<Record>),
    /// In a dry run, which builds nothing; with what the image would be called by.
    Printed {
        build_version: Option<String>,
        base_identity: String,
        /// ID of the image that it would be, where that stands already.
        image_id: Option<String>,
    },
}

/// Where the image is in a registry.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Push {
    /// `registry/repository:tag` of the moving tag; of a release that moves none, that of the version.
    pub(crate) reference: String,
    /// `registry/repository@sha256:…`
    pub(crate) pinned: String,
    /// `sha256:…` of the manifest in the registry.
    pub(crate) digest: String,
    /// The tag that never moves, where the image has one.
    pub(crate) permanent: Option<String>,
    /// Of a release; as a tag it never moves.
    pub(crate) version: Option<String>,
    /// The tags that meant another image before, or none.
    pub(crate) moved: Vec<Moved>,
    /// Whether anything had to be sent.
    pub(crate) sent: bool,
    /// The commit of the sources, where there is one.
    pub(crate) git: Option<Commit>,
    /// Who signed it, if anybody was to.
    pub(crate) signed: Option<Signed>,
}

/// By whom an image is signed. Nothing of it is secret.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Signed {
    /// The key as it was named, or `keyless`.
    pub(crate) by: String,
    /// SHA-256 of the public key in DER (`sha256:…`), where a key signed.
    pub(crate) public_key: Option<String>,
    /// Whom the certificate names, where that is known and no key signed.
    pub(crate) identity: Option<String>,
}

/// A tag that was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Moved {
    pub(crate) tag: String,
    /// `sha256:…` of what it meant before; `None` where it is new, or was not found out.
    pub(crate) from: Option<String>,
}

/// The record as it is written: with its schema and the times of all steps so far.
#[derive(Serialize)]
struct Written<'a> {
    schema: u32,
    #[serde(flatten)]
    record: &'a Record,
    steps: Vec<TimedStep>,
}

/// A step, in seconds since the report began.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TimedStep {
    name: String,
    from: f64,
    seconds: f64,
}

impl TimedStep {
    /// The steps so far.
    pub(crate) fn all(report: &Report) -> Vec<Self> {
        let timed =
            |step: Step| Self { name: step.name, from: step.start.as_secs_f64(), seconds: step.took.as_secs_f64() };
        report.steps().into_iter().map(timed).collect()
    }
}

impl Record {
    /// What an image in the local engine tells of itself; the rest is for the caller to say.
    pub(crate) fn of(image: LocalImage, bytes: u64) -> Self {
        Self {
            image_id: Some(image.id),
            platform: image.platform,
            bytes: Some(bytes),
            held_as: image.repo_digests,
            ..Self::default()
        }
    }

    /// What is known of an image that is in a registry alone, by that digest; the rest is for the caller to say.
    pub(crate) fn arrived(digest: String) -> Self {
        Self { platform: PLATFORM.to_owned(), arrived_as: Some(digest), ..Self::default() }
    }

    /// The digest that tells the image from every other one: its ID in the local engine, or where that has none of it,
    /// that of its manifest.
    pub(crate) fn id(&self) -> &str {
        self.image_id.as_ref().or(self.arrived_as.as_ref()).map(String::as_str).unwrap_or_default()
    }

    /// One JSON object.
    fn to_json(&self, ctx: &Ctx) -> anyhow::Result<serde_json::Value> {
        let written = Written { schema: SCHEMA, record: self, steps: TimedStep::all(&ctx.report) };
        serde_json::to_value(written).context("write the record")
    }

    /// Writes the record of a push to `target/xtask/deploy-<name>.json`, for the deploy that comes after it, and returns
    /// the path. What stays in the local engine has none.
    pub(crate) fn keep(&self, ctx: &Ctx, name: &str) -> anyhow::Result<Option<PathBuf>> {
        let Some(push) = &self.push else { return Ok(None) };
        let path = ctx.state_dir()?.join(format!("deploy-{name}.json"));
        let written = || tree::put(&path, format!("{:#}\n", self.to_json(ctx)?).as_bytes());
        written().with_context(|| format!("{} is published, but its record is not written", push.pinned))?;
        Ok(Some(path))
    }

    /// Prints the summary, then on stdout the image's name (where it was pushed, with its digest) or the record.
    pub(crate) fn tell(&self, ctx: &Ctx, title: &str) -> anyhow::Result<()> {
        let rows = self.rows();
        ctx.report.summary(title, &rows);
        ctx.report.hand_over(title, &rows, &self.outputs());
        let result = if ctx.manner.is_json {
            self.to_json(ctx)?.to_string()
        } else {
            self.push.as_ref().map_or(&self.image, |push| &push.pinned).clone()
        };
        ctx.report.result(result);
        Ok(())
    }

    /// Labels and values for people.
    fn rows(&self) -> Vec<(String, String)> {
        let mut rows = vec![("image".to_owned(), self.image.clone())];
        rows.extend(self.image_id.clone().map(|id| ("image ID".to_owned(), id)));
        rows.extend(self.bytes.map(|bytes| ("size".to_owned(), megabytes(bytes))));
        let compressed = self.compressed_bytes.map(|bytes| format!("{} compressed", megabytes(bytes)));
        rows.extend(compressed.map(|size| ("size".to_owned(), size)));
        match &self.compiled {
            Some(compiled) => rows.extend(compiled.rows()),
            None if self.build_version.is_none() => rows.push(("identity".to_owned(), self.base_identity.clone())),
            None => {}
        }
        if let Some(push) = &self.push {
            let how = if push.sent { "" } else { " (ECR holds it already)" };
            rows.push(("pushed".to_owned(), format!("{}{how}", push.reference)));
            rows.push(("digest".to_owned(), push.digest.clone()));
            rows.extend(push.permanent.clone().map(|permanent| ("permanent".to_owned(), permanent)));
            rows.extend(push.version.clone().map(|version| ("version".to_owned(), version)));
            let before =
                |moved: &Moved| Some(("moved".to_owned(), format!("{}, was {}", moved.tag, moved.from.as_ref()?)));
            rows.extend(push.moved.iter().filter_map(before));
            rows.extend(push.signed.as_ref().map(|signed| ("signed".to_owned(), signed.by.clone())));
        }
        rows
    }

    /// What a job that deploys has to know, under the names of [`github::OUTPUTS`].
    fn outputs(&self) -> Vec<(&'static str, String)> {
        let push = self.push.as_ref();
        let values = [
            Some(push.map_or(&self.image, |push| &push.reference)),
            push.map(|push| &push.digest),
            push.map(|push| &push.pinned),
            push.and_then(|push| push.permanent.as_ref()),
            push.and_then(|push| push.version.as_ref()),
            Some(&self.base_identity),
        ];
        github::OUTPUTS.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?.clone()))).collect()
    }
}
