//! Texts as values, and the two safe ways to write them: a whole tree into a new folder, and one file in place of
//! another. Neither ever follows a link.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};

/// Path relative to the root of the tree, with `/` -> text. Folders are there where files are in them.
pub(crate) type Tree = BTreeMap<String, String>;

/// Writes a tree into a new folder. Every folder in it is made here, and making one fails where a link stands, so no path
/// leads out of it.
pub(crate) fn write(folder: &Path, files: &Tree) -> anyhow::Result<()> {
    let mut made = BTreeSet::new();
    for (path, text) in files {
        let parts: Vec<Component<'_>> = Path::new(path).components().collect();
        let is_inside = !parts.is_empty() && parts.iter().all(|part| matches!(part, Component::Normal(_)));
        ensure!(is_inside, "`{path}` leads out of {}", folder.display());
        let mut place = folder.to_owned();
        for part in &parts[..parts.len() - 1] {
            place.push(part);
            if !made.contains(&place) {
                make_folder(&place).with_context(|| format!("make the folder {} of {path}", place.display()))?;
                made.insert(place.clone());
            }
        }
        place.push(parts[parts.len() - 1]);
        write_file(&place, text).with_context(|| format!("write {}", place.display()))?;
    }
    Ok(())
}

/// Makes a file where nothing is.
fn write_file(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = fs::File::options().write(true).create_new(true).mode(0o644).open(path)?;
    file.write_all(text.as_bytes())?;
    file.set_modified(time(&Sha256::digest(text)))?;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

/// A time made from the digest of a file: some second of the years 2001 to 2017 and some nanosecond of it. BuildKit does
/// not send a file again whose size and time it knows, so another content needs another time.
pub(crate) fn time(sha256: &[u8]) -> SystemTime {
    let number = |from: usize| u32::from_le_bytes([sha256[from], sha256[from + 1], sha256[from + 2], sha256[from + 3]]);
    let secs = 1_000_000_000 + u64::from(number(0)) % 500_000_000;
    SystemTime::UNIX_EPOCH + Duration::new(secs, number(4) % 1_000_000_000)
}

/// With the same mode whatever the user's umask is, since it gets into the image.
fn make_folder(path: &Path) -> std::io::Result<()> {
    fs::create_dir(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// Writes a file beside its place and moves it there, so that nobody sees half of it.
pub(crate) fn replace(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut name = path.file_name().with_context(|| format!("`{}` names no file", path.display()))?.to_owned();
    name.push(format!(".{}.tmp", unique()));
    let beside = path.with_file_name(name);
    let written = (|| {
        // Left by a killed run whose process had our number.
        remove_file(&beside)?;
        let mut file = fs::File::options().write(true).create_new(true).open(&beside)?;
        file.write_all(content)?;
        // Who may read and write it is its owner's choice.
        if let Some(before) = path.symlink_metadata().ok().filter(fs::Metadata::is_file) {
            file.set_permissions(before.permissions())?;
        }
        fs::rename(&beside, path)
    })();
    written.with_context(|| {
        // What cannot be removed tells no more than what could not be written.
        remove_file(&beside).unwrap_or_default();
        format!("write {}", path.display())
    })
}

/// The file in whose place a [`replace`] was to put the one of this name, which it left since it was killed.
#[cfg(feature = "home")]
pub(crate) fn replaced(path: &str) -> Option<&str> {
    let (file, unique) = path.strip_suffix(".tmp")?.rsplit_once('.')?;
    let (process, count) = unique.split_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(process) && is_number(count)).then_some(file)
}

/// The same, with the folders that it lies in.
pub(crate) fn put(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().with_context(|| format!("`{}` lies in no folder", path.display()))?;
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    replace(path, content)
}

fn remove_file(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Told apart by it are processes, and the files of each.
pub(crate) fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::*;

    /// A folder that goes when the test ends.
    pub(crate) struct TempDir(PathBuf);

    impl TempDir {
        pub(crate) fn new() -> Self {
            // Its real name, since links are compared by theirs.
            let parent = std::env::temp_dir().canonicalize().expect("the system has a folder for temporary files");
            let path = parent.join(format!("xtask-unit-{}", unique()));
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

    fn tree<const N: usize>(files: [(&str, &str); N]) -> Tree {
        files.map(|(path, text)| (path.to_owned(), text.to_owned())).into()
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("written").permissions().mode() & 0o777
    }

    #[test]
    fn a_tree_is_written_with_contents_modes_and_times_of_the_content() {
        let (one, other) = (TempDir::new(), TempDir::new());
        write(one.path(), &tree([("a/b", "1"), ("c", "1")])).expect("write");
        write(other.path(), &tree([("a/b", "2"), ("c", "1")])).expect("write");
        assert_eq!(fs::read_to_string(one.path().join("a/b")).expect("written"), "1");
        assert_eq!(mode(&one.path().join("a/b")), 0o644);
        assert_eq!(mode(&one.path().join("a")), 0o755);
        let time =
            |dir: &TempDir, path| fs::metadata(dir.path().join(path)).expect("written").modified().expect("a time");
        assert_ne!(time(&one, "a/b"), time(&other, "a/b"), "same size, other content");
        assert_eq!(time(&one, "c"), time(&other, "c"));
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let (dir, elsewhere) = (TempDir::new(), TempDir::new());
        fs::write(elsewhere.path().join("file"), "theirs").expect("write");
        for (link, target, path) in [("a", "", "a/new"), ("b", "", "b/deep/new"), ("c", "file", "c")] {
            symlink(elsewhere.path().join(target), dir.path().join(link)).expect("make a link");
            write(dir.path(), &tree([(path, "ours")])).expect_err("the place is taken");
        }
        assert_eq!(fs::read_dir(elsewhere.path()).expect("list").count(), 1);
        assert_eq!(fs::read_to_string(elsewhere.path().join("file")).expect("a file"), "theirs");
    }

    #[test]
    fn a_path_that_leads_out_is_refused_by_name() {
        let dir = TempDir::new();
        for path in ["../a", "a/../../b", "/a", ""] {
            let error = write(&dir.path().join("in"), &tree([(path, "1")])).expect_err("refused");
            assert!(error.to_string().starts_with(&format!("`{path}` leads out of ")), "{error:#}");
        }
    }

    #[test]
    fn a_link_in_the_place_of_a_file_is_replaced_and_not_followed() {
        let dir = TempDir::new();
        let [theirs, place] = ["theirs", "place"].map(|name| dir.path().join(name));
        fs::write(&theirs, "theirs").expect("write");
        symlink(&theirs, &place).expect("make a link");
        replace(&place, b"ours").expect("replace");
        assert_eq!(fs::read_to_string(&theirs).expect("a file"), "theirs");
        assert_eq!(fs::read_to_string(&place).expect("a file"), "ours");
        assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_replaced_leaves_nothing_beside() {
        let dir = TempDir::new();
        let place = dir.path().join("place");
        fs::create_dir_all(place.join("full")).expect("make a folder");
        let error = replace(&place, b"ours").expect_err("a folder stands there");
        assert!(error.to_string().contains("place"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 1);
    }
}
