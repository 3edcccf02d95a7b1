//! A folder of its own for each test, gone when the test ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Lies in the system's folder for such things: in the target directory it would stand inside this workspace, whose
/// `.cargo/config.toml` cargo would then find.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    /// `name` is the last part of its path.
    pub(crate) fn new(name: &str) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let parent = std::env::temp_dir().canonicalize().expect("the system has a folder for temporary files");
        let path = parent.join(format!("xtask-test-{}-{number}", std::process::id())).join(name);
        fs::create_dir_all(&path).expect("make the temporary folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let own = self.0.parent().expect("made below a folder of our own");
        if let Err(error) = fs::remove_dir_all(own) {
            eprintln!("remove {}: {error}", own.display());
        }
    }
}
