//! The sources as values: which files there are, of which kind, and what is in them. The bytes of files stay on disk.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

/// Path relative to the workspace root, with `/` -> file. Folders are there where files are in them.
pub(crate) type Tree = BTreeMap<String, Source>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) content: Content,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Of the bytes, or of a link's target; 64 hexadecimal digits.
    pub(crate) sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A file on disk.
    File {
        place: PathBuf,
        /// In bytes.
        size: u64,
    },
    /// What is planned in place of a file, or was read from one that does not stand still.
    Bytes(Vec<u8>),
    /// Where a link leads.
    Link(PathBuf),
}

impl Source {
    pub(crate) fn link(target: PathBuf) -> Self {
        let sha256 = sha256(target.as_os_str().as_encoded_bytes());
        Self { content: Content::Link(target), mode: 0o777, sha256 }
    }

    pub(crate) fn bytes(bytes: impl Into<Vec<u8>>, mode: u32) -> Self {
        let bytes = bytes.into();
        Self { sha256: sha256(&bytes), content: Content::Bytes(bytes), mode }
    }

    pub(crate) fn is_link(&self) -> bool {
        matches!(self.content, Content::Link(_))
    }

    /// In bytes.
    pub(crate) fn size(&self) -> u64 {
        match &self.content {
            Content::File { size, .. } => *size,
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Link(_) => 0,
        }
    }
}

/// In hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// Files, one on a line: digest, kind and mode, path.
pub(crate) fn list<'a>(files: impl Iterator<Item = (&'a String, &'a Source)>) -> String {
    let mut list = String::new();
    for (path, file) in files {
        // Without the formatting machinery, which costs more than all else where there are many files.
        list.push_str(&file.sha256);
        list.push_str(if file.is_link() { " l" } else { " f" });
        for shift in [6, 3, 0] {
            list.push(char::from(b'0' + u8::try_from(file.mode >> shift & 7).expect("three bits")));
        }
        list.push(' ');
        list.push_str(path);
        list.push('\n');
    }
    list
}

/// Over paths, kinds, modes and contents, in hexadecimal digits.
pub(super) fn digest<'a>(files: impl Iterator<Item = (&'a String, &'a Source)>) -> String {
    sha256(list(files).as_bytes())
}
