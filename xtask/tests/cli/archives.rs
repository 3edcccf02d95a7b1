//! What the archives of a staged context hold.

use std::fs;
use std::path::{Path, PathBuf};

/// Unpacks them all, as `Docker/compile.sh` does, and returns the folder: in cargo's target directory, where it is none of
/// the sources.
pub(crate) fn unpack(context: &Path) -> PathBuf {
    let target = context.ancestors().nth(3).expect("it lies in the target directory");
    let folder = target.join("unpacked").join(context.file_name().expect("a name"));
    let packs = fs::read_to_string(context.join("packs")).expect("a list of archives");
    for pack in packs.lines() {
        let mut bytes = fs::read(context.join(pack)).expect("an archive");
        // It has no end mark.
        bytes.resize(bytes.len() + 1024, 0);
        tar::Archive::new(bytes.as_slice()).unpack(&folder).expect("an archive");
    }
    folder
}

/// The paths in the lists of the archives, which `folder` holds.
pub(crate) fn listed(context: &Path, folder: &Path) -> Vec<PathBuf> {
    let packs = fs::read_to_string(context.join("packs")).expect("a list of archives");
    let list = |pack| fs::read_to_string(folder.join(".colony/packs").join(pack)).expect("unpacked");
    let lists: String = packs.lines().map(list).collect();
    lists.lines().map(|line| line.splitn(3, ' ').nth(2).expect("a path").into()).collect()
}
