//! Writes a map of files as a folder, so that equal content leaves the folder untouched.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::plan::Files;

/// Makes `folder` hold exactly `files`. A file whose content is right keeps its time; a changed one is replaced in
/// one step, so that a build that reads the folder at the same moment never sees half a file.
pub(crate) fn write(folder: &Path, files: &Files) -> anyhow::Result<()> {
    let wanted: BTreeSet<PathBuf> = files.keys().map(|path| folder.join(path)).collect();
    for found in walk(folder)? {
        if !wanted.contains(&found) {
            fs::remove_file(&found).with_context(|| format!("remove {}", found.display()))?;
        }
    }
    for (path, text) in files {
        let path = folder.join(path);
        if fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
            continue;
        }
        let parent = path.parent().expect("a path below the folder");
        fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
        replace(&path, text.as_bytes())?;
    }
    Ok(())
}

/// Writes a file beside its place and moves it there.
pub(crate) fn replace(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut name = path.file_name().expect("a file name").to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    fs::write(&beside, content).with_context(|| format!("write {}", beside.display()))?;
    fs::rename(&beside, path).with_context(|| format!("write {}", path.display()))
}

/// All files below `folder`, none when it does not exist.
fn walk(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.with_context(|| format!("list {}", folder.display()))?,
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("list {}", folder.display()))?;
            let kind = entry.file_type().with_context(|| format!("look at {}", entry.path().display()))?;
            if kind.is_dir() { open.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    Ok(found)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::SystemTime;

    use super::*;

    static COUNT: AtomicU32 = AtomicU32::new(0);

    /// A folder that goes when the test ends.
    pub(crate) struct TempDir(PathBuf);

    impl TempDir {
        pub(crate) fn new() -> Self {
            let name = format!("xtask-unit-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(&path).expect("make the folder");
            Self(path)
        }

        pub(crate) fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for TempDir {
        fn drop(&mut self) {
            if let Err(error) = fs::remove_dir_all(&self.0) {
                eprintln!("remove {}: {error}", self.0.display());
            }
        }
    }

    fn files(pairs: &[(&str, &str)]) -> Files {
        pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    fn found(folder: &Path) -> Files {
        let relative = |path: &Path| path.strip_prefix(folder).expect("below it").to_string_lossy().into_owned();
        let all = walk(folder).expect("list the folder");
        all.iter().map(|path| (relative(path), fs::read_to_string(path).expect("a file"))).collect()
    }

    #[test]
    fn a_folder_holds_exactly_the_files_and_nothing_from_before() {
        let dir = TempDir::new();
        let folder = dir.path().join("not/there/yet");
        write(&folder, &files(&[("a/old", "1"), ("b", "2")])).expect("write");
        let wanted = files(&[("a/new", "3"), ("b", "4")]);
        write(&folder, &wanted).expect("write");
        assert_eq!(found(&folder), wanted);
    }

    #[test]
    fn a_file_whose_content_is_right_keeps_its_time() {
        let dir = TempDir::new();
        write(dir.path(), &files(&[("same", "1"), ("other", "1")])).expect("write");
        for name in ["same", "other"] {
            let file = fs::File::options().append(true).open(dir.path().join(name)).expect("a file");
            file.set_modified(SystemTime::UNIX_EPOCH).expect("set a time");
        }
        write(dir.path(), &files(&[("same", "1"), ("other", "2")])).expect("write");
        let time = |name: &str| dir.path().join(name).metadata().and_then(|data| data.modified()).expect("a time");
        assert_eq!(time("same"), SystemTime::UNIX_EPOCH);
        assert_ne!(time("other"), SystemTime::UNIX_EPOCH);
    }
}
