//! Files as values, and the two safe ways to write them: a whole tree into a new folder, and one file in place of
//! another. Neither ever follows a link.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use sha2::digest::Output;
use sha2::{Digest, Sha256};

/// Path relative to the root of the tree, with `/` -> file. Folders are there where files are in them.
pub(crate) type Tree = BTreeMap<String, File>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) content: Content,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Of the bytes, or of a link's target.
    pub(crate) sha256: Output<Sha256>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    Link(PathBuf),
}

impl File {
    pub(crate) fn new(content: Content, mode: u32) -> Self {
        let sha256 = match &content {
            Content::Bytes(bytes) => Sha256::digest(bytes),
            Content::Link(target) => Sha256::digest(target.as_os_str().as_encoded_bytes()),
        };
        Self { content, mode, sha256 }
    }

    /// A file that its owner may write.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::new(Content::Bytes(text.into().into_bytes()), 0o644)
    }

    pub(crate) fn is_link(&self) -> bool {
        matches!(self.content, Content::Link(_))
    }

    /// Makes it at a path where nothing is. The mode comes last: it may forbid to write.
    fn write(&self, path: &Path) -> std::io::Result<()> {
        match &self.content {
            Content::Link(target) => symlink(target, path),
            Content::Bytes(bytes) => {
                let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
                file.write_all(bytes)?;
                file.set_modified(self.time())?;
                file.set_permissions(fs::Permissions::from_mode(self.mode))
            }
        }
    }

    /// A time made from the content: some second of the years 2001 to 2017 and some nanosecond of it.
    fn time(&self) -> SystemTime {
        let number = |from: usize| {
            u32::from_le_bytes([self.sha256[from], self.sha256[from + 1], self.sha256[from + 2], self.sha256[from + 3]])
        };
        let secs = 1_000_000_000 + u64::from(number(0)) % 500_000_000;
        SystemTime::UNIX_EPOCH + Duration::new(secs, number(4) % 1_000_000_000)
    }
}

/// Writes a tree into a new and empty folder. Every folder in it is made here, and making one fails where a link
/// stands, so no path leads out of it.
pub(crate) fn write<'a>(folder: &Path, files: impl Iterator<Item = (&'a String, &'a File)>) -> anyhow::Result<()> {
    let mut made = BTreeSet::new();
    for (path, file) in files {
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
        file.write(&place).with_context(|| format!("write {}", place.display()))?;
    }
    Ok(())
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
        fs::File::options().write(true).create_new(true).open(&beside)?.write_all(content)?;
        fs::rename(&beside, path)
    })();
    written.with_context(|| {
        // What cannot be removed tells no more than what could not be written.
        remove_file(&beside).unwrap_or_default();
        format!("write {}", path.display())
    })
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

    fn tree<const N: usize>(files: [(&str, File); N]) -> Tree {
        files.map(|(path, file)| (path.to_owned(), file)).into()
    }

    fn link(target: impl Into<PathBuf>) -> File {
        File::new(Content::Link(target.into()), 0o777)
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("written").permissions().mode() & 0o777
    }

    #[test]
    fn a_tree_is_written_with_contents_modes_and_links() {
        let dir = TempDir::new();
        let locked = File::new(Content::Bytes(b"1".to_vec()), 0o444);
        write(dir.path(), tree([("a/b", locked), ("a/c", link("b"))]).iter()).expect("write");
        assert_eq!(fs::read_to_string(dir.path().join("a/c")).expect("written"), "1");
        assert_eq!(mode(&dir.path().join("a/b")), 0o444);
        assert_eq!(mode(&dir.path().join("a")), 0o755);
        assert_eq!(fs::read_link(dir.path().join("a/c")).expect("a link"), Path::new("b"));
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let (dir, elsewhere) = (TempDir::new(), TempDir::new());
        fs::write(elsewhere.path().join("file"), "theirs").expect("write");
        for (link_at, path) in [("a", "a/file"), ("b", "b/new"), ("c", "c/deep/new")] {
            let files = [(link_at, link(elsewhere.path())), (path, File::text("ours"))];
            write(dir.path(), tree(files).iter()).expect_err("a folder cannot be made where the link stands");
        }
        assert_eq!(fs::read_dir(elsewhere.path()).expect("list").count(), 1);
        assert_eq!(fs::read_to_string(elsewhere.path().join("file")).expect("a file"), "theirs");

        let standing = dir.path().join("d");
        symlink(elsewhere.path().join("file"), &standing).expect("make a link");
        write(dir.path(), tree([("d", File::text("ours"))]).iter()).expect_err("the place is taken");
        assert_eq!(fs::read_to_string(elsewhere.path().join("file")).expect("a file"), "theirs");
    }

    #[test]
    fn a_path_that_leads_out_is_refused_by_name() {
        let dir = TempDir::new();
        for path in ["../a", "a/../../b", "/a", ""] {
            let error = write(&dir.path().join("in"), tree([(path, File::text("1"))]).iter()).expect_err("refused");
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
