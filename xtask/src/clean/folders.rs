//! What of ours lies in cargo's target directory, but for results: the records of pushes and what the benchmark wrote stay.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use anyhow::Context;

use crate::staging::own_folder::{self, OWN};

/// Each entry in one of these is used, and goes, by itself.
const PARTED: [&str; 7] = ["plan", "supply", "sources", "locks", "logs", "stand-ins", "timings"];

/// What takes an installation to get again.
const TOOLS: &str = "test-tools";

/// Whether a run that lives has a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    Held,
    /// It was one run's alone, and that is gone.
    Free,
    /// Only its time tells.
    Unknown,
}

/// A folder, or a file, with all that is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// From the workspace root on, or absolute where it lies elsewhere.
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// When it was last taken into use, or anything in it written.
    pub(super) used: SystemTime,
    /// The time that the place itself bears, by which one tells whether it was taken into use since.
    pub(super) own_time: SystemTime,
    /// Whether it stays unless everything is to go.
    pub(super) is_tool: bool,
    pub(super) hold: Hold,
}

/// Everything that may go. `state_dir` is ours, from the root on or absolute.
pub(super) fn list(root: &Path, state_dir: &Path) -> anyhow::Result<Vec<Place>> {
    let mut places = Vec::new();
    for name in names(&root.join(state_dir))? {
        let path = state_dir.join(&name);
        if PARTED.contains(&name.as_str()) {
            let parts = names(&root.join(&path))?;
            places.extend(parts.into_iter().map(|part| (path.join(part), false)));
        } else if name == TOOLS || is_left_over(&name) {
            places.push((path, name == TOOLS));
        }
    }
    let look = |(path, is_tool): (PathBuf, bool)| {
        let place = Place::look(root, path.clone(), is_tool).map(Some).or_else(|error| match error.kind() {
            // Another run saw to it.
            io::ErrorKind::NotFound => Ok(None),
            _ => Err(error),
        });
        place.with_context(|| format!("look at {}", path.display())).transpose()
    };
    places.into_iter().filter_map(look).collect()
}

/// Whether it is what is remembered of images, what cosign reads, or what a killed run left: half a file, a folder of its own, and of an
/// earlier version of this program what a build became.
fn is_left_over(name: &str) -> bool {
    let of_a_build = |name: &str| {
        let stem = name.strip_suffix(".json")?;
        let number = stem.strip_prefix("colony-").or_else(|| stem.strip_prefix("base-"))?;
        number.parse::<u32>().ok()
    };
    ["buildx.json", "cosign", "digests", "supply-digests", "images.json"].contains(&name)
        || name.ends_with(".tmp")
        || name.starts_with(OWN)
        || of_a_build(name).is_some()
}

/// In their order; none where there is no such folder.
fn names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("list {}", folder.display()))?,
    };
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let mut names =
        entries.map(name).collect::<io::Result<Vec<_>>>().with_context(|| format!("list {}", folder.display()))?;
    names.sort();
    Ok(names)
}

impl Place {
    fn look(root: &Path, path: PathBuf, is_tool: bool) -> io::Result<Self> {
        let absolute = root.join(&path);
        let data = fs::symlink_metadata(&absolute)?;
        let (bytes, used) = weigh(&absolute)?;
        let hold = if data.is_dir() { Hold::look(&absolute)? } else { Hold::Unknown };
        Ok(Self { path, bytes, used, own_time: data.modified()?, is_tool, hold })
    }
}

impl Hold {
    fn look(folder: &Path) -> io::Result<Self> {
        Ok(match own_folder::is_held(folder)? {
            Some(true) => Self::Held,
            // The lock on another one says that somebody has it, and none says nothing.
            Some(false) if own_folder::is_own(folder) => Self::Free,
            Some(false) | None => Self::Unknown,
        })
    }
}

/// All bytes, and the newest of all times.
fn weigh(path: &Path) -> io::Result<(u64, SystemTime)> {
    let data = fs::symlink_metadata(path)?;
    let (mut bytes, mut newest) = (if data.is_dir() { 0 } else { data.len() }, data.modified()?);
    if data.is_dir() {
        for entry in fs::read_dir(path)? {
            let (more, time) = weigh(&entry?.path())?;
            bytes += more;
            newest = newest.max(time);
        }
    }
    Ok((bytes, newest))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::staging::tree::tests::TempDir;

    const STATE_DIR: &str = "target/xtask";

    /// A root with these files below the state folder, 10 bytes each.
    fn root(files: &[&str]) -> TempDir {
        let dir = TempDir::new();
        for file in files {
            let path = dir.path().join(STATE_DIR).join(file);
            fs::create_dir_all(path.parent().expect("below the root")).expect("make a folder");
            fs::write(path, "0123456789").expect("write");
        }
        dir
    }

    #[test]
    fn what_is_remembered_and_left_over_goes_and_results_stay() {
        let ours = [
            "buildx.json",
            "base-7.json",
            "colony-7.json",
            "digests",
            "images.json",
            "images.json.1-2.tmp",
            "tmp-old-1-2/a",
        ];
        let states = [
            "locks/1/Cargo.lock",
            "logs/colony.log",
            "plan/1/Cargo.toml",
            "sources/1/a",
            "sources/1/b",
            "stand-ins/chef/a",
            "timings/base.html",
        ];
        let theirs = ["bench/report.md", "deploy-base.json", "deploy-colony.json", "notes.txt", "colony-x.json"];
        let root = root(&[&ours[..], &states, &theirs, &["test-tools/bin/a"]].concat());
        let places = list(root.path(), Path::new(STATE_DIR)).expect("a folder that can be read");
        let told: Vec<(String, u64)> = places
            .iter()
            .map(|place| (place.path.strip_prefix(STATE_DIR).expect("below it").display().to_string(), place.bytes))
            .collect();
        let expected = [
            ("base-7.json", 10),
            ("buildx.json", 10),
            ("colony-7.json", 10),
            ("digests", 10),
            ("images.json", 10),
            ("images.json.1-2.tmp", 10),
            ("locks/1", 10),
            ("logs/colony.log", 10),
            ("plan/1", 10),
            ("sources/1", 20),
            ("stand-ins/chef", 10),
            ("test-tools", 10),
            ("timings/base.html", 10),
            ("tmp-old-1-2", 10),
        ];
        assert_eq!(told, expected.map(|(path, bytes)| (path.to_owned(), bytes)));
        let tools: Vec<_> = places.iter().filter(|place| place.is_tool).map(|place| &place.path).collect();
        assert_eq!(tools, [&Path::new(STATE_DIR).join("test-tools")]);
    }

    #[test]
    fn the_newest_time_in_a_folder_is_that_of_its_last_use() {
        let root = root(&["stand-ins/chef/deep/a"]);
        let new = SystemTime::now() + Duration::from_secs(1000);
        let file = root.path().join(STATE_DIR).join("stand-ins/chef/deep/a");
        fs::File::options().write(true).open(file).and_then(|file| file.set_modified(new)).expect("set a time");
        let [place] = &list(root.path(), Path::new(STATE_DIR)).expect("a folder that can be read")[..] else {
            panic!("one place")
        };
        assert!(place.used == new && place.own_time < new, "{place:?}");
    }

    #[test]
    fn where_nothing_was_built_there_is_nothing() {
        assert_eq!(list(TempDir::new().path(), Path::new(STATE_DIR)).expect("no folder is no failure"), []);
    }
}
