//! The colony's build context: the sources of the shipped members as they are now, under the planned manifests.
//!
//! They are staged into a folder named by their content. BuildKit does not send a file again whose size and time it
//! knows, so an edit restored with an old time would never arrive; here each file's time is made from its content.

mod links;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::bail;
use sha2::{Digest, Sha256};

use crate::failure::{ExitCode, Failure};
use crate::staging::states;
use crate::staging::tree::{Content, File, Tree};
use crate::workspace::Workspace;
use crate::workspace::plan::Plan;
use crate::workspace::toml_tree;

/// The folder of the members file and the checksums inside the context.
const COLONY_DIR: &str = ".colony";

/// The files that the colony is compiled from as they lie on disk, for whoever waits for an edit. `folders` gets every
/// folder that was looked into, also where that fails in the end.
pub(crate) fn on_disk(root: &Path, workspace: &Workspace, folders: &mut BTreeSet<PathBuf>) -> anyhow::Result<Tree> {
    walk::read(root, workspace, folders)
}

/// Everything that the colony is compiled from.
pub(crate) struct Sources {
    /// Relative to the context. A link counts with what lies behind it.
    files: Tree,
    /// Folders of the shipped members.
    members: Vec<String>,
    binaries: Vec<String>,
    /// Manifests, lock file and cargo's configuration in their normal form: what decides which of the compilations in
    /// the warm target directory cargo looks at. When it changes back and forth, an old one comes up again, which no
    /// member's files tell from a fresh one.
    settings: String,
    /// Arguments to which each binary must answer.
    verify: Vec<String>,
    profile: String,
}

impl Sources {
    /// Reads the members' folders and what lies beside them without belonging to any member.
    pub(crate) fn read(root: &Path, plan: &Plan) -> anyhow::Result<Self> {
        let workspace = &plan.workspace;
        let mut files = walk::read(root, workspace, &mut BTreeSet::new())?;
        require_targets(root, workspace, &files)?;
        for (path, text) in &plan.overlay {
            let mode = files.get(path).filter(|file| !file.is_link()).map_or(0o644, |file| file.mode);
            files.insert(path.clone(), File::new(Content::Bytes(text.clone().into_bytes()), mode));
        }
        if let Some(odd) = files.keys().find(|path| path.contains(['\n', '\r', '\\'])) {
            bail!("`{}` has a line break or a backslash in its name; rename it", odd.escape_debug());
        }
        count_what_links_lead_to(&mut files);
        Ok(Self {
            files,
            settings: settings(plan)?,
            members: workspace.members.values().map(|member| member.dir.clone()).collect(),
            binaries: workspace.binaries.clone(),
            verify: workspace.verify.clone(),
            profile: workspace.profile.name().to_owned(),
        })
    }

    /// One digest over paths, modes and contents, in hexadecimal digits.
    pub(crate) fn digest(&self) -> String {
        digest(self.files.iter().chain(&self.own_files()))
    }

    /// For each member one line of digest and folder. The first line, for the folder `.`, stands for what concerns
    /// them all: the files that belong to no member, and the settings. A member's manifest counts as it stands for the
    /// member itself, which may include its text.
    fn members_file(&self) -> String {
        let inside = |path: &str, dir: &str| path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
        let is_shared = |path: &str| path.contains('/') && !self.members.iter().any(|dir| inside(path, dir));
        let shared = digest(self.files.iter().filter(|(path, _)| is_shared(path)));
        let all = format!("{:x}", Sha256::digest(format!("{shared}\n{}\n", self.settings)));
        let mut lines = format!("{all} .\n");
        for dir in &self.members {
            // A name that begins with `-` would be taken for an option.
            let dot = if dir.starts_with('-') { "./" } else { "" };
            lines += &format!("{} {dot}{dir}\n", digest(self.files.iter().filter(|(path, _)| inside(path, dir))));
        }
        lines
    }

    /// The folder of this state below `state`, without a look at the disk.
    pub(crate) fn folder(&self, state: &Path) -> PathBuf {
        state.join("sources").join(&self.digest()[..16])
    }

    /// Writes the context, if this state is not staged already, and returns its folder.
    pub(crate) fn stage(&self, state: &Path) -> anyhow::Result<PathBuf> {
        states::stage(&state.join("sources"), &self.digest()[..16], self.files.iter().chain(&self.own_files()))
    }

    fn own_files(&self) -> Tree {
        let files = self.files.iter().filter(|(_, file)| !file.is_link());
        let sums = files.map(|(path, file)| format!("{:x}  {path}\n", file.sha256));
        let lines = |words: &[String]| words.iter().map(|word| format!("{word}\n")).collect();
        [
            ("sums", sums.collect()),
            ("binaries", lines(&self.binaries)),
            ("verify", lines(&self.verify)),
            ("profile", format!("{}\n", self.profile)),
            ("members", self.members_file()),
        ]
        .map(|(name, text): (_, String)| (format!("{COLONY_DIR}/{name}"), File::text(text)))
        .into()
    }
}

/// The files that the shipped targets begin with must be there. Nobody looks at those of other targets, which may lie
/// anywhere.
fn require_targets(root: &Path, workspace: &Workspace, files: &Tree) -> anyhow::Result<()> {
    for (member, target) in workspace.needed_targets() {
        // One that is nowhere is cargo's to complain about.
        if links::find(files, &target.path).is_none() && root.join(&target.path).exists() {
            let what = format!("the {} of `{}` begins in `{}`", target.describe(), member.name, target.path);
            return Err(Failure::new(ExitCode::Usage, format!("{what}, which is not part of the image's sources"))
                .hint(format!("Move the file into `{}`, or beside the folders of the shipped members", member.dir))
                .into());
        }
    }
    Ok(())
}

/// Makes the digest of each link one of its target's name and of all that lies behind it, wherever that counts besides.
fn count_what_links_lead_to(files: &mut Tree) {
    let mut counted = BTreeMap::new();
    for (path, file) in files.iter().filter(|(_, file)| file.is_link()) {
        if let Some(target) = links::target(files, path) {
            let behind = digest(files.get_key_value(&target).into_iter().chain(links::below(files, &target)));
            counted.insert(path.clone(), Sha256::digest(format!("{:x} {behind}", file.sha256)));
        }
    }
    for (path, sha256) in counted {
        files.entry(path).and_modify(|file| file.sha256 = sha256);
    }
}

/// The overlay without comments and formatting, one line for each file.
fn settings(plan: &Plan) -> anyhow::Result<String> {
    plan.overlay
        .iter()
        .map(|(path, text)| {
            let normal = if path.ends_with(".toml") {
                toml_tree::parse(path, text)?.to_string()
            } else {
                format!("{:x}", Sha256::digest(text))
            };
            Ok(format!("{path} {normal}\n"))
        })
        .collect()
}

/// Over paths, kinds, modes and contents, in hexadecimal digits.
fn digest<'a>(files: impl Iterator<Item = (&'a String, &'a File)>) -> String {
    let mut all = Sha256::new();
    for (path, file) in files {
        let kind = if file.is_link() { 'l' } else { 'f' };
        all.update(format!("{kind} {:o} {:x} {path}\n", file.mode, file.sha256));
    }
    format!("{:x}", all.finalize())
}

#[cfg(test)]
mod tests;
