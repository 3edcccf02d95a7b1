//! The tags of an image that a builder brought into the registry: its digest alone names it there, and each tag is given by
//! the manifest that stands, so that nothing is sent.

use std::path::PathBuf;

use anyhow::Context;

use crate::context::Ctx;
use crate::docker::name::{Repository, Tag};
use crate::failure::{ExitCode, Failure};
use crate::publish::aws::Aws;
use crate::publish::aws::images::{ImageId, Manifest, Tagging};
use crate::publish::permanent::UNKNOWN_ID;
use crate::publish::push::{Between, Names, Registry};
use crate::report::record::{Moved, Push, Signed};

/// An image in its repository, by its digest.
pub(super) struct Arrived<'a> {
    pub(super) aws: Aws<'a>,
    pub(super) registry: &'a Registry,
    pub(super) repository: &'a Repository,
    /// `sha256:…`
    pub(super) digest: &'a str,
    /// References by which it is known already.
    pub(super) named: Vec<String>,
}

impl Arrived<'_> {
    /// Gives it each tag, the moving ones last. Returns what became of the last tag, and the size of the compressed layers,
    /// in bytes, where the manifest tells it.
    pub(super) fn name<R, S, M>(
        &self,
        ctx: &Ctx,
        names: &Names,
        between: Between<R, S, M>,
    ) -> anyhow::Result<(Push, Option<u64>)>
    where
        R: FnOnce(&Ctx) -> anyhow::Result<Vec<Moved>>,
        S: FnOnce(&str) -> anyhow::Result<Option<Signed>>,
        M: FnOnce() -> anyhow::Result<Vec<Tag>>,
    {
        let Between { record, sign, moving } = between;
        let mut published = self.named.clone();
        let given = || {
            let manifest = self.aws.manifest(self.repository, &ImageId::Digest(self.digest.to_owned()))?;
            let manifest = manifest.with_context(|| format!("{} was pushed and is not there", self.pinned()))?;
            let mut sent = self.give(ctx, &manifest, &names.fixed, &mut published)?;
            let signed = sign(&self.pinned())?;
            let moving = moving()?;
            let moved = if moving.is_empty() { Vec::new() } else { record(ctx)? };
            sent |= self.give(ctx, &manifest, &moving, &mut published)?;
            let last = moving.last().or(names.fixed.last()).context("there is no tag to give")?.clone();
            anyhow::Ok((sent, moved, signed, last, manifest.layer_bytes()))
        };
        let outcome = given();
        let (sent, moved, signed, last, bytes) = outcome.map_err(|error| {
            Failure::of(ExitCode::Failed, &error).hint(match published.as_slice() {
                [] => format!("The image is in the registry without a tag: {}", self.pinned()),
                done => format!("Published before that: {}", done.join(", ")),
            })
        })?;
        let push = Push {
            reference: self.registry.reference(&last),
            pinned: self.pinned(),
            digest: self.digest.to_owned(),
            permanent: None,
            version: None,
            moved,
            sent,
            git: None,
            signed,
        };
        Ok((push, bytes))
    }

    /// Whether one of the tags was not there yet.
    fn give(&self, ctx: &Ctx, manifest: &Manifest, tags: &[Tag], published: &mut Vec<String>) -> anyhow::Result<bool> {
        let mut is_new = false;
        for tag in tags {
            let given = || self.aws.put_tag(self.repository, manifest, tag);
            is_new |= ctx.report.step(&format!("tag {tag}"), given)? == Tagging::Done;
            published.push(self.registry.reference(tag));
        }
        Ok(is_new)
    }

    fn pinned(&self) -> String {
        format!("{}@{}", self.registry.uri(), self.digest)
    }
}

/// Where the line of a dry run has written what became of a build of that kind.
pub(crate) fn told_file(ctx: &Ctx, kind: &str) -> anyhow::Result<PathBuf> {
    Ok(ctx.state_dir()?.join(format!("pushed-{kind}.json")))
}

/// The lines for a shell that do the same, after a build that wrote `told`.
pub(super) fn print(
    ctx: &Ctx,
    aws: &Aws<'_>,
    repository: &Repository,
    told: &str,
    names: &Names,
    between: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let print = |line: String| ctx.runner.printed(line).map(drop);
    print(format!(r#"DIGEST=$(sed -n 's/.*"containerimage.digest": "\(sha256:[0-9a-f]*\)".*/\1/p' {told})"#))?;
    print(format!("{UNKNOWN_ID}=$(echo \"$DIGEST\" | cut -c 8-19)"))?;
    let get = aws.get_manifest_text(repository, "$DIGEST");
    print(format!("MANIFEST=$({})", open(&get.to_string())))?;
    let put = |tags: &[Tag]| {
        tags.iter().try_for_each(|tag| {
            let tag = tag.to_string().replace(UNKNOWN_ID, &format!("${UNKNOWN_ID}"));
            print(open(&aws.put_text(repository, &tag, "$DIGEST", "$MANIFEST").to_string()))
        })
    };
    put(&names.fixed)?;
    between()?;
    put(&names.moving)
}

/// With its variables where a shell puts in what they hold: what is quoted for a shell stands between single quotes.
fn open(line: &str) -> String {
    line.split(' ')
        .map(|word| if word.contains('$') { word.replace('\'', "\"") } else { word.to_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}
