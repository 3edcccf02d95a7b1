//! The digests of files that were read before, so that a file is read again only when it may have changed.
//!
//! A digest holds as long as everything is the same that the filesystem tells of the file without reading it, the time of
//! its last change among it, which no program can set. That time is as coarse as the tick of some clock: a file that
//! changes twice within one tick looks the same. So the digest of a file that was young when it was read is not kept,
//! and none is after the clock was set back behind the reading (git treats its index alike: "racy git").

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::staging::tree;

/// A file that changed less than this before it was read may change again unseen: FAT knows times of two seconds, and
/// nothing is coarser.
const YOUNG: Duration = Duration::from_secs(3);

/// The first line of the file in which the digests are kept, with the form's number.
const HEAD: &str = "digests of unchanged files 1";

/// How often a file is read that changes meanwhile.
const READINGS: usize = 5;

/// What the filesystem tells of a file without reading it.
#[derive(PartialEq, Eq)]
struct Stamp {
    size: u64,
    /// Permission bits.
    mode: u32,
    /// Nanoseconds since 1970: the time of the last change of anything.
    changed: i128,
    /// All of it, as it is kept.
    text: String,
}

impl Stamp {
    fn of(data: &Metadata) -> Self {
        let (size, mode) = (data.size(), data.mode());
        let [changed, modified] = [(data.ctime(), data.ctime_nsec()), (data.mtime(), data.mtime_nsec())]
            .map(|(seconds, nanos)| i128::from(seconds) * 1_000_000_000 + i128::from(nanos));
        let text = format!("{size} {mode} {} {} {changed} {modified}", data.dev(), data.ino());
        Self { size, mode: mode & 0o777, changed: changed.max(modified), text }
    }

    /// Whether any change from `now` on would show.
    fn is_settled(&self, now: i128) -> bool {
        self.changed < now - i128::try_from(YOUNG.as_nanos()).expect("some seconds")
    }
}

/// All that the filesystem tells of the file behind that path without reading it, as a text to compare.
pub(crate) fn stamp(place: &Path) -> io::Result<String> {
    Ok(Stamp::of(&fs::metadata(place)?).text)
}

/// What is in a file.
pub(crate) struct Reading {
    /// 64 hexadecimal digits.
    pub(crate) sha256: String,
    /// In bytes.
    pub(crate) size: u64,
    /// Permission bits.
    pub(crate) mode: u32,
}

/// The digests that are known from earlier, and those of this run.
pub(crate) struct Digests {
    /// Path -> stamp, blank, digest.
    known: HashMap<String, String>,
    seen: Vec<(String, String)>,
    /// Whether a file was read, so that there is something new to keep.
    has_read: bool,
    /// When this run began, in nanoseconds since 1970.
    began: i128,
}

impl Digests {
    /// Those that are kept in that file. One that cannot be read, for whatever reason, costs a reading of all files.
    pub(crate) fn load(path: &Path) -> Self {
        let began = now();
        let text = fs::read_to_string(path).unwrap_or_default();
        Self { known: parse(&text, began).unwrap_or_default(), seen: Vec::new(), has_read: false, began }
    }

    /// What is in the file behind that path.
    pub(crate) fn of(&mut self, place: &Path) -> io::Result<Reading> {
        let stamp = Stamp::of(&fs::metadata(place)?);
        // Names that would not come back as they are.
        let name = place.to_str().filter(|name| !name.contains(['\n', '\t']));
        let known = name.and_then(|name| self.known.get(name)?.strip_prefix(&stamp.text)?.strip_prefix(' '));
        let (stamp, sha256) = match known {
            Some(sha256) => (stamp, sha256.to_owned()),
            None => {
                self.has_read = true;
                read(place)?
            }
        };
        if let Some(name) = name.filter(|_| stamp.is_settled(self.began)) {
            self.seen.push((name.to_owned(), format!("{} {sha256}", stamp.text)));
        }
        Ok(Reading { sha256, size: stamp.size, mode: stamp.mode })
    }

    /// Keeps the digests of this run in that file, if they are others than before.
    pub(crate) fn keep(&self, path: &Path) -> anyhow::Result<()> {
        if !self.has_read && self.seen.len() == self.known.len() {
            return Ok(());
        }
        let mut text = format!("{HEAD}\n{}\n", self.began);
        for (name, known) in &self.seen {
            for part in [name, "\t", known, "\n"] {
                text.push_str(part);
            }
        }
        tree::put(path, text.as_bytes())
    }
}

/// `None` for what this version did not write, and what was written later than now.
fn parse(text: &str, now: i128) -> Option<HashMap<String, String>> {
    let mut lines = text.strip_prefix(HEAD)?.strip_prefix('\n')?.lines();
    let written: i128 = lines.next()?.parse().ok()?;
    let pair = |line: &str| line.split_once('\t').map(|(name, known)| (name.to_owned(), known.to_owned()));
    if written <= now { lines.map(pair).collect() } else { None }
}

/// Reads a file until it stands still meanwhile. Its bytes go by and are not held.
fn read(place: &Path) -> io::Result<(Stamp, String)> {
    for _ in 0..READINGS {
        let mut file = fs::File::open(place)?;
        let before = Stamp::of(&file.metadata()?);
        let mut sha256 = Sha256::new();
        let size = io::copy(&mut file, &mut sha256)?;
        if Stamp::of(&file.metadata()?) == before && size == before.size {
            return Ok((before, format!("{:x}", sha256.finalize())));
        }
    }
    Err(io::Error::other("it changes all the time"))
}

/// In nanoseconds since 1970.
fn now() -> i128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(now.as_nanos()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests;
