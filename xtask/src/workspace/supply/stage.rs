//! Reads what the supply consists of, and writes it as a context.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, ensure};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::staging::digests::Digests;
use crate::staging::states;
use crate::staging::tree;
use crate::workspace::paths::{inside, is_cache, normal};
use crate::workspace::supply::Supplied;
use crate::workspace::supply::find::Found;
use crate::workspace::supply::freestanding;
use crate::workspace::toml_tree;

type Files = BTreeMap<String, Supplied>;

impl Supplied {
    pub(super) fn is_executable(&self) -> bool {
        matches!(self, Self::File { reading, .. } if reading.mode & 0o100 != 0)
    }
}

/// The files of these packages, with manifests that name each other as they will lie. Packages inside of them are none of
/// theirs, nor is the workspace itself.
pub(super) fn packages(
    root: &Path,
    found: &Found,
    names: &BTreeMap<PathBuf, String>,
    digests: &mut Digests,
) -> anyhow::Result<Files> {
    let mut files = Files::new();
    for (folder, name) in names {
        let belongs = |path: &Path, is_folder: bool| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_other = || path == root || path.join("Cargo.toml").exists() || is_cache(path);
            name != ".git" && !(is_folder && is_other())
        };
        read(folder, name, &belongs, digests, &mut files)?;
        let mut manifest = found.packages[folder].clone();
        freestanding::each_section(&mut manifest, |section| {
            for spec in section.values_mut() {
                let needed = spec["path"].as_str().and_then(|path| names.get(&normal(&folder.join(path))));
                if let Some(needed) = needed {
                    let up = "../".repeat(name.split('/').filter(|part| !part.is_empty()).count());
                    spec["path"] = json!(format!("{up}{needed}"));
                }
            }
        });
        let manifest = manifest.as_object().context("a manifest is a table")?;
        files.insert(inside(name, "Cargo.toml"), Supplied::Text(toml_tree::emit(manifest)));
    }
    Ok(files)
}

/// The files of a folder of vendored sources, but for packages that are not locked.
pub(super) fn vendored(folder: &Path, locked: &BTreeSet<String>, digests: &mut Digests) -> anyhow::Result<Files> {
    let belongs = |path: &Path, is_folder: bool| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_package = is_folder && path.parent() == Some(folder) && path.join("Cargo.toml").exists();
        // Beside the versions of a package, cargo vendor leaves them in their folders' names.
        let of = |name: &str| {
            locked.iter().any(|it| name.strip_prefix(it.as_str()).is_some_and(|rest| rest.starts_with('-')))
        };
        name != ".git" && (!is_package || locked.contains(name) || of(name))
    };
    let mut files = Files::new();
    read(folder, "", &belongs, digests, &mut files)?;
    Ok(files)
}

/// Links count as what lies behind them.
fn read(
    folder: &Path,
    name: &str,
    belongs: &dyn Fn(&Path, bool) -> bool,
    digests: &mut Digests,
    files: &mut Files,
) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let place = entry.with_context(|| format!("list {}", folder.display()))?.path();
        let look = || format!("read {}", place.display());
        // A link that leads nowhere is nothing that a compiler reads.
        let Ok(data) = fs::metadata(&place) else { continue };
        let end = place.file_name().and_then(|name| name.to_str());
        let inner = inside(name, end.with_context(|| format!("`{}` is not UTF-8; rename it", place.display()))?);
        if !belongs(&place, data.is_dir()) {
            continue;
        }
        if data.is_dir() {
            let is_around =
                || folder.canonicalize().is_ok_and(|at| place.canonicalize().is_ok_and(|to| at.starts_with(to)));
            if !is_around() {
                read(&place, &inner, belongs, digests, files)?;
            }
        } else if data.is_file() {
            let reading = digests.of(&place).with_context(look)?;
            files.insert(inner, Supplied::File { place, reading });
        }
    }
    Ok(())
}

/// Writes them, each with a time that its content decides: a whole second, for a layer that comes out of a registry keeps no
/// more, and to cargo a package with a build script is another one by the time of its newest file.
pub(super) fn write(folder: &Path, files: &Files) -> anyhow::Result<()> {
    let parent = folder.parent().context("it lies in our folder")?;
    let name = folder.file_name().and_then(|name| name.to_str()).context("it has a name of ours")?;
    states::stage(parent, name, |new| {
        for (path, file) in files {
            let place = new.join(path);
            let outer = place.parent().context("it lies in our folder")?;
            fs::create_dir_all(outer).with_context(|| format!("make {}", outer.display()))?;
            copy(file, &place).with_context(|| format!("write {}", place.display()))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn copy(file: &Supplied, place: &Path) -> anyhow::Result<()> {
    let sha256 = match file {
        Supplied::Text(text) => {
            fs::write(place, text)?;
            Sha256::digest(text)
        }
        Supplied::File { place: from, reading } => {
            io::copy(&mut File::open(from)?, &mut File::create_new(place)?)?;
            let sha256 = Sha256::digest(fs::read(place)?);
            ensure!(
                format!("{sha256:x}") == reading.sha256,
                "{} changed while it was read; build again",
                from.display()
            );
            sha256
        }
    };
    let mode = if file.is_executable() { 0o755 } else { 0o644 };
    fs::set_permissions(place, Permissions::from_mode(mode))?;
    let since = tree::time(&sha256).duration_since(UNIX_EPOCH)?;
    let time = UNIX_EPOCH + Duration::from_secs(since.as_secs());
    File::options().append(true).open(place)?.set_modified(time)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::tree::tests::TempDir;

    #[test]
    fn a_time_is_one_that_a_layer_of_a_registry_keeps() {
        let folder = TempDir::new();
        let texts = ["one", "another"];
        let times = texts.map(|text| {
            let place = folder.path().join(text);
            copy(&Supplied::Text(text.to_owned()), &place).expect("a folder of ours");
            let time = place.metadata().and_then(|data| data.modified()).expect("a time");
            time.duration_since(UNIX_EPOCH).expect("later")
        });
        assert!(times.iter().all(|time| time.subsec_nanos() == 0), "{times:?}");
        assert_ne!(times[0], times[1], "BuildKit would not send the other content");
    }
}
