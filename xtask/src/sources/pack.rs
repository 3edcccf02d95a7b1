//! The sources in the form in which they travel: archives that are named by what is in them, so that an edit writes, sends
//! and unpacks one and not all.
//!
//! An archive begins with a list of its files, `.colony/packs/<digest>`, and the digest of that list is its name: who has
//! the name can check the list, and by the list what is in the files. It has no end mark, so that several of them in a row
//! are one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::digest::Output;
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use crate::sources::source::{Content, Source, Tree, list};
use crate::staging::tree;

/// Where the lists lie once they are unpacked.
const LISTS: &str = ".colony/packs";

/// Above one of these a member's files do not travel in one archive, but in one for each folder.
const MOST_FILES: usize = 200;
const MOST_BYTES: u64 = 1 << 20;

/// The time of all files in archives: 1980-01-01, which the build takes for long ago.
const PAST: u64 = 315_532_800;

/// What ends an archive: two blocks of zeros.
const END_MARK: u64 = 1024;

/// Files that travel together.
pub(super) struct Pack<'a> {
    files: Vec<(&'a String, &'a Source)>,
    list: String,
    digest: Output<Sha256>,
}

/// A file whose content is not what it was when the sources were read.
#[derive(Debug)]
pub(super) struct Changed {
    path: String,
    /// All files of the archive that it was to go into.
    pub(super) with: Vec<String>,
}

impl std::error::Error for Changed {}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} changed while the sources were read", self.path)
    }
}

/// All files, each in one archive. `group` names what a path belongs to.
pub(super) fn packs<'a>(files: &'a Tree, group: impl Fn(&'a str) -> &'a str) -> Vec<Pack<'a>> {
    let mut groups: BTreeMap<&str, Vec<(&String, &Source)>> = BTreeMap::new();
    for file in files {
        groups.entry(group(file.0)).or_default().push(file);
    }
    groups.into_values().flat_map(split).map(Pack::new).collect()
}

/// One archive for a few files; for many, one for each folder, where a large file has one of its own.
fn split<'a>(files: Vec<(&'a String, &'a Source)>) -> Vec<Vec<(&'a String, &'a Source)>> {
    let bytes: u64 = files.iter().map(|(_, file)| file.size()).sum();
    if files.len() <= MOST_FILES && bytes <= MOST_BYTES {
        return vec![files];
    }
    let mut parts: BTreeMap<&str, Vec<(&String, &Source)>> = BTreeMap::new();
    for (path, file) in files {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let part = if file.size() > MOST_BYTES { path } else { folder };
        parts.entry(part).or_default().push((path, file));
    }
    parts.into_values().collect()
}

impl<'a> Pack<'a> {
    pub(super) fn new(files: Vec<(&'a String, &'a Source)>) -> Self {
        let list = list(files.iter().copied());
        Self { digest: Sha256::digest(&list), files, list }
    }

    /// The archive's name: 64 hexadecimal digits.
    pub(super) fn name(&self) -> String {
        format!("{:x}", self.digest)
    }

    /// Brings the archive into that folder: from one of the others, where it stands already, or written anew. Fails with
    /// [`Changed`] where a file is not what it was.
    pub(super) fn put(&self, folder: &Path, others: &[PathBuf]) -> anyhow::Result<()> {
        let name = self.name();
        let place = folder.join(&name);
        // Where no other folder has it, or the disk knows no hard links, it is written.
        if others.iter().any(|other| fs::hard_link(other.join(&name), &place).is_ok()) {
            return Ok(());
        }
        let file = File::create_new(&place).with_context(|| format!("write {}", place.display()))?;
        self.write(file).with_context(|| format!("write {}", place.display()))
    }

    fn changed(&self, path: &str) -> Changed {
        let with = self.files.iter().map(|(path, _)| (*path).clone()).collect();
        Changed { path: path.to_owned(), with }
    }

    fn write(&self, file: File) -> anyhow::Result<()> {
        let mut archive = Builder::new(BufWriter::new(file));
        let list = format!("{LISTS}/{}", self.name());
        archive.append_data(&mut regular(self.list.len() as u64, 0o644), list, self.list.as_bytes())?;
        for (path, file) in &self.files {
            match &file.content {
                Content::Link(target) => archive.append_link(&mut link(file.mode), path, target)?,
                Content::Bytes(bytes) => {
                    archive.append_data(&mut regular(file.size(), file.mode), path, bytes.as_slice())?;
                }
                Content::File { place, size } => {
                    let changed = || self.changed(path);
                    let mut bytes = match File::open(place) {
                        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(changed().into()),
                        opened => Checked::new(opened.with_context(|| format!("read {}", place.display()))?, *size),
                    };
                    archive.append_data(&mut regular(*size, file.mode), path, &mut bytes)?;
                    anyhow::ensure!(bytes.is(&file.sha256)?, changed());
                }
            }
        }
        let file = archive.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.set_len(file.metadata()?.len() - END_MARK)?;
        file.set_modified(tree::time(&self.digest))?;
        file.set_permissions(Permissions::from_mode(0o644))?;
        Ok(())
    }
}

/// A file of so many bytes.
fn regular(size: u64, mode: u32) -> Header {
    let mut header = header(EntryType::Regular, mode);
    header.set_size(size);
    header
}

fn link(mode: u32) -> Header {
    let mut header = header(EntryType::Symlink, mode);
    header.set_size(0);
    header
}

fn header(kind: EntryType, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(PAST);
    header.set_uid(0);
    header.set_gid(0);
    header
}

/// Exactly so many bytes of a file, whose digest is made on the way.
struct Checked {
    file: File,
    left: u64,
    sha256: Sha256,
}

impl Checked {
    fn new(file: File, size: u64) -> Self {
        Self { file, left: size, sha256: Sha256::new() }
    }

    /// Whether these were all bytes of the file, and those of that digest.
    fn is(mut self, sha256: &str) -> io::Result<bool> {
        let has_ended = self.left == 0 && self.file.read(&mut [0])? == 0;
        Ok(has_ended && format!("{:x}", self.sha256.finalize()) == sha256)
    }
}

impl Read for Checked {
    /// Zeros stand for what a file lacks, which its digest then tells.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let mut count = self.file.read(&mut buffer[..most])?;
        if count == 0 && self.left > 0 {
            buffer[..most].fill(0);
            count = most;
            // Never what a digest of the whole file would be.
            self.sha256.update(b"too short");
        }
        self.sha256.update(&buffer[..count]);
        self.left -= count as u64;
        Ok(count)
    }
}

/// The names of all archives, sorted, one on a line.
pub(super) fn names(packs: &[Pack<'_>]) -> String {
    let names: BTreeSet<String> = packs.iter().map(Pack::name).collect();
    names.into_iter().map(|name| format!("{name}\n")).collect()
}

#[cfg(test)]
pub(super) mod tests;
