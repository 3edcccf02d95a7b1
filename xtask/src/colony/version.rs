//! The version that a colony image bears in `BUILD_VERSION`.

use anyhow::Context;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::colony::{INPUTS_LABEL, Inputs};
use crate::context::Ctx;
use crate::docker::remote_image::RemoteImage;
use crate::docker::{Docker, LocalImage};

/// The label of images whose version was made here, and its value. A version that somebody chose does not stick.
const LABEL: &str = "io.distributed-colony.version";
const MADE: &str = "made";

/// The variable of the image that holds it.
const VARIABLE: &str = "BUILD_VERSION";

/// A version and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) text: String,
    made: bool,
}

impl Version {
    fn made(text: impl Into<String>) -> Self {
        Self { text: text.into(), made: true }
    }

    /// The label that lets a later build keep the version; none where somebody chose it.
    pub(crate) fn label(&self) -> Option<(&'static str, String)> {
        self.made.then(|| (LABEL, MADE.to_owned()))
    }
}

/// The version that the image of these inputs bears, and that image, where it stands already: whichever name it bears, so
/// that the same sources give the same image under every tag and from every checkout. That version is the chosen one; else
/// that of a standing image; else the time in UTC, such as `2026-11-22T18:05:11Z`.
pub(crate) fn find(
    ctx: &Ctx,
    chosen: Option<String>,
    before: Option<&LocalImage>,
    inputs: &Inputs,
) -> anyhow::Result<(Version, Option<LocalImage>)> {
    let digest = inputs.digest();
    if let Some(text) = chosen {
        let is_it = |image: &&LocalImage| {
            let label = |key| image.label(key);
            label(INPUTS_LABEL) == Some(&digest) && label(LABEL).is_none() && image.variable(VARIABLE) == Some(&text)
        };
        let standing = before.filter(is_it).cloned();
        return Ok((Version { text, made: false }, standing));
    }
    if let Some((version, image)) = before.and_then(|image| Some((kept(image, &digest)?, image))) {
        return Ok((Version::made(version), Some(image.clone())));
    }
    let standing =
        Docker::new(ctx).labelled_images(&[&format!("{INPUTS_LABEL}={digest}"), &format!("{LABEL}={MADE}")])?;
    // Builds at the same time may have made two: the older one is the one that others may have seen.
    let ours = standing.into_iter().filter(|image| ctx.names.workspace.owns(|key| image.label(key)));
    let kept = ours.filter_map(|image| Some((kept(&image, &digest)?.to_owned(), image)));
    match kept.min_by(|(one, _), (other, _)| one.cmp(other)) {
        Some((version, image)) => Ok((Version::made(version), Some(image))),
        None => Ok((Version::made(now()?), None)),
    }
}

/// The same where nothing in the local engine counts, but `before`, which bears the image's name in the registry.
pub(super) fn far(chosen: Option<String>, before: Option<&RemoteImage>, inputs: &Inputs) -> anyhow::Result<Version> {
    if let Some(text) = chosen {
        return Ok(Version { text, made: false });
    }
    let digest = inputs.digest();
    match before.and_then(|image| of(|key| image.label(key), image.variable(VARIABLE), &digest)) {
        Some(kept) => Ok(Version::made(kept)),
        None => Ok(Version::made(now()?)),
    }
}

/// The version that was made for these inputs, if the image bears it.
fn kept<'a>(image: &'a LocalImage, digest: &str) -> Option<&'a str> {
    of(|key| image.label(key), image.variable(VARIABLE), digest)
}

/// The same by the labels and the version of any image.
fn of<'a>(label: impl Fn(&str) -> Option<&'a str>, version: Option<&'a str>, digest: &str) -> Option<&'a str> {
    let is_made = label(LABEL) == Some(MADE) && label(INPUTS_LABEL) == Some(digest);
    version.filter(|_| is_made)
}

/// The time in UTC, such as `2026-11-22T18:05:11Z`.
fn now() -> anyhow::Result<String> {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).expect("zero is a nanosecond");
    now.format(&Rfc3339).context("write the time")
}
