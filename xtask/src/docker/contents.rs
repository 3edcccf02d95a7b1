//! What a finished image holds: asked of the image itself, since its size means something else on each image store.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tar::{Archive, EntryType};

use crate::context::Ctx;
use crate::docker::Docker;
use crate::docker::build::ImageBuild;
use crate::process::invocation::Invocation;
use crate::staging::tree;

/// The folder of the shipped binaries inside the image.
const PROGRAMS: &str = "usr/local/bin";

/// What docker says of a folder that a container has not got.
const NO_FOLDER: &str = "Could not find the file";

/// On the containers that are made for a look, should one stay behind.
pub(super) const LOOK_LABEL: &str = "io.distributed-colony.look";

/// How many images are remembered.
const REMEMBERED: usize = 200;

/// What lies in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contents {
    /// All files together, uncompressed, in bytes: what the classic image store calls the size.
    pub(crate) bytes: u64,
    /// Names of the files in `/usr/local/bin`.
    programs: BTreeSet<String>,
}

/// An image that was looked into. Its ID is a digest of its content, so that the answer holds for ever.
#[derive(Debug, Serialize, Deserialize)]
struct Known {
    id: String,
    #[serde(flatten)]
    contents: Contents,
}

impl Known {
    fn path(ctx: &Ctx) -> anyhow::Result<PathBuf> {
        Ok(ctx.state_dir()?.join("images.json"))
    }

    /// A memory that is lost, or from another version of this program, costs a look.
    fn all(ctx: &Ctx) -> anyhow::Result<Vec<Self>> {
        let text = fs::read(Self::path(ctx)?);
        Ok(text.ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default())
    }
}

impl Contents {
    /// What the image that was built holds. Each image is looked into once, and not at all where the build itself tells
    /// which programs it put there (`placed`) and the engine how large that is: the look takes a tenth of a second.
    pub(crate) fn of(ctx: &Ctx, built: &ImageBuild, placed: Option<&BTreeSet<String>>) -> anyhow::Result<Self> {
        let id = &built.image.id;
        let mut known = Known::all(ctx)?;
        if let Some(known) = known.iter().find(|known| known.id == *id) {
            return Ok(known.contents.clone());
        }
        let contents = match placed {
            Some(programs) if built.is_classic => Self { bytes: built.image.engine_size, programs: programs.clone() },
            _ => Docker::new(ctx).contents(built)?,
        };
        known.insert(0, Known { id: id.clone(), contents: contents.clone() });
        known.truncate(REMEMBERED);
        let path = Known::path(ctx)?;
        tree::put(&path, &serde_json::to_vec(&known)?).context("remember what the image holds")?;
        Ok(contents)
    }

    /// What the image of that ID holds, if it was looked into before: then it was built here.
    pub(crate) fn known(ctx: &Ctx, id: &str) -> anyhow::Result<Option<Self>> {
        Ok(Known::all(ctx)?.into_iter().find(|known| known.id == id).map(|known| known.contents))
    }

    /// Those of the binaries that are not among its programs.
    pub(crate) fn lacks<'a>(&self, binaries: &'a [String]) -> Vec<&'a str> {
        binaries.iter().map(String::as_str).filter(|binary| !self.programs.contains(*binary)).collect()
    }

    /// `folder` is the one inside the image that the names in the archive begin in.
    fn read(archive: impl Read, folder: &Path) -> anyhow::Result<Self> {
        let mut contents = Self::default();
        for entry in Archive::new(archive).entries()? {
            let entry = entry?;
            if entry.header().entry_type() != EntryType::Regular {
                continue;
            }
            contents.bytes += entry.size();
            if let Ok(name) = folder.join(entry.path()?).strip_prefix(PROGRAMS) {
                contents.programs.insert(name.display().to_string());
            }
        }
        Ok(contents)
    }
}

impl Docker<'_> {
    /// Looks into an image by a container that never runs. Whoever interrupts it leaves none: as long as one stands, its
    /// image counts as used.
    fn contents(&self, built: &ImageBuild) -> anyhow::Result<Contents> {
        // The base has no command of its own, and one is asked for.
        let create = ["create", "--network", "none", "--label", LOOK_LABEL, &built.image.id, "never-run"];
        let container = self.runner().complete("look into the image", &Invocation::new("docker").args(create))?;
        let contents = if built.is_classic { self.programs(built, &container) } else { self.all_files(&container) };
        let remove = Invocation::new("docker").args(["rm", &container]);
        let removed = self.runner().complete("remove the container that was looked into", &remove);
        let contents = contents?;
        removed?;
        Ok(contents)
    }

    /// On the classic store the size is known, and `docker export` is no way: in engine 26.1 each one leaves a mount and a
    /// layer behind, which cost every later container (moby#48516).
    fn programs(&self, built: &ImageBuild, container: &str) -> anyhow::Result<Contents> {
        let from = format!("{container}:/{PROGRAMS}");
        let copy = Invocation::new("docker").args(["cp", &from, "-"]);
        // The names in the archive begin with the last part.
        let folder = Path::new(PROGRAMS).parent().context("it lies in a folder")?;
        let read = self.runner().read_through("look into the image", &copy, |pipe| {
            Contents::read(pipe, folder).context("read what `docker cp` writes")
        });
        let programs = match read {
            Err(error) if format!("{error:#}").contains(NO_FOLDER) => BTreeSet::new(),
            read => read?.programs,
        };
        Ok(Contents { bytes: built.image.engine_size, programs })
    }

    /// On containerd's store, whose sizes count layers as they are packed.
    fn all_files(&self, container: &str) -> anyhow::Result<Contents> {
        let export = Invocation::new("docker").args(["export", container]);
        self.runner().read_through("look into the image", &export, |pipe| {
            Contents::read(pipe, Path::new("")).context("read what `docker export` writes")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        let mut add = |path: &str, kind: EntryType, size: usize| {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_mode(0o755);
            header.set_size(size as u64);
            archive.append_data(&mut header, Path::new(path), vec![0; size].as_slice()).expect("it fits");
        };
        add("usr/local/bin/", EntryType::Directory, 0);
        add("usr/local/bin/backend", EntryType::Regular, 700);
        add("etc/passwd", EntryType::Regular, 40);
        archive.into_inner().expect("it fits")
    }

    #[test]
    fn files_are_counted_and_programs_named() {
        let contents = Contents::read(archive().as_slice(), Path::new("")).expect("an archive");
        assert_eq!(contents.bytes, 740);
        assert_eq!(contents.programs, ["backend".to_owned()].into());
    }

    #[test]
    fn half_an_archive_is_an_error() {
        let whole = archive();
        assert!(Contents::read(&whole[..700], Path::new("")).is_err());
    }

    #[test]
    fn what_is_remembered_is_read_again() {
        let known = Known {
            id: "sha256:1".to_owned(),
            contents: Contents::read(archive().as_slice(), Path::new("")).expect("an archive"),
        };
        let text = serde_json::to_string(&known).expect("JSON");
        assert_eq!(serde_json::from_str::<Known>(&text).expect("its own form").contents, known.contents);
    }
}
