//! What the two stand-ins for images to start from have in common: a folder to gather in, the build, the labels.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;

use crate::context::Ctx;
use crate::docker::{Docker, call};
use crate::start_images::{STAND_IN_FOR_LABEL, StartImage};

/// A pull of the largest base image over a slow line.
const PULL_LIMIT: Duration = Duration::from_secs(1800);

/// How a stand-in says what it is.
const LABEL: &str = "io.distributed-colony.stand-in";

/// Lets the engine fetch an image. The inner error is the engine's reason.
pub(crate) fn pull(ctx: &Ctx, reference: &str) -> anyhow::Result<Result<(), String>> {
    Ok(match ctx.runner.probe_within(&call::pull(reference), PULL_LIMIT)? {
        Some(answer) if answer.success => Ok(()),
        Some(answer) => Err(answer.stderr.trim().to_owned()),
        None => Err(format!("no end within {} min", PULL_LIMIT.as_secs() / 60)),
    })
}

/// An empty folder in cargo's target directory for everything that goes into a stand-in.
pub(crate) fn empty_folder(ctx: &Ctx, name: &str) -> anyhow::Result<PathBuf> {
    let folder = ctx.state_dir()?.join("stand-ins").join(name);
    remove(&folder)?;
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    Ok(folder)
}

pub(crate) fn remove(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Builds the stand-in for `image` from `folder`, and labels it with what it was made from.
pub(crate) fn build(
    ctx: &Ctx,
    image: &StartImage,
    dockerfile: &str,
    folder: &Path,
    made_from: &[(&str, String)],
) -> anyhow::Result<()> {
    let builder = Docker::new(ctx).default_builder()?;
    let mut labels =
        vec![format!("{STAND_IN_FOR_LABEL}={}", image.public), format!("{LABEL}.made-by=cargo xtask doctor --install")];
    labels.extend(made_from.iter().map(|(key, value)| format!("{LABEL}.{key}={value}")));
    let call = call::build(&builder, image.stand_in, dockerfile, &labels, folder);
    let what = format!("build {}", image.stand_in);
    ctx.report.step(&what, || ctx.runner.stream(&what, &call))
}
