//! The colony's build context: the sources of the shipped members as they are now, under the planned manifests.
//!
//! They are staged as archives into a folder named by their content. `walk.rs` finds the files, `beside.rs` tells those of a
//! package in the root from the rest, `members.rs` says what counts for whom, `pack.rs` writes the archives, and
//! `Docker/compile.sh` unpacks what it has not got yet.

mod beside;
mod copied;
mod links;
mod members;
mod orders;
mod pack;
pub(crate) mod source;
mod walk;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::failure::{ExitCode, Failure};
use crate::sources::copied::Copied;
use crate::sources::pack::{Changed, Pack};
use crate::sources::source::{Content, Source, Tree, sha256};
use crate::staging::digests::Digests;
use crate::staging::states;
use crate::staging::tree;
use crate::workspace::Workspace;
use crate::workspace::paths::innermost;
use crate::workspace::plan::Plan;

/// The script that compiles inside the build, relative to the workspace root. It travels with the sources, which differ from
/// build to build: BuildKit links what has the same content in every build to all results of the step that it has ever had,
/// anew in each build, and after some hundred builds that takes seconds.
pub(crate) const SCRIPT: &str = "Docker/compile.sh";

/// The file in our state folder that holds the digests of files.
const DIGESTS: &str = "digests";

/// The folder of the staged states in our state folder.
const STATES: &str = "sources";

/// How many staged states are searched for an archive. An edit has all but one in common with the newest.
const SEARCHED: usize = 4;

/// So many files may change while the sources are staged.
const MOST_HELD: usize = 5000;

/// The files that the colony is made from as they lie on disk, for whoever waits for an edit. `folders` gets every
/// folder that was looked into, also where that fails in the end.
pub(crate) fn on_disk(
    root: &Path,
    state: &Path,
    workspace: &Workspace,
    folders: &mut BTreeSet<PathBuf>,
) -> anyhow::Result<Tree> {
    let mut digests = Digests::load(&state.join(DIGESTS));
    let mut tree = walk::read(root, workspace, &mut digests, folders)?;
    tree.extend(copied::read(root, &workspace.images.copy, &mut digests, folders)?.origins);
    Ok(tree)
}

/// Everything that the colony is compiled from.
pub(crate) struct Sources {
    /// A link counts with what lies behind it.
    files: Tree,
    /// Folders of the shipped members.
    members: BTreeSet<String>,
    /// What goes into the image as it is.
    copied: Copied,
    /// What lies beside the archives in the context: `compile.sh`, which unpacks them and compiles; `flags`, those of
    /// cargo, one on a line; `verify`, see [`orders::verify`]; `profile`, the name of cargo's profile; `members`, see
    /// [`members::file`]; `copy`, the name of the archive of what goes into the image as it is, if there is any; `packs`,
    /// the names of the archives; and `lists`, the checksums of these.
    lists: tree::Tree,
    /// That of `lists`, which stands for all.
    digest: String,
}

impl Sources {
    /// Reads the members' folders and what lies beside them without belonging to any member. `state` is our state folder,
    /// where nothing is written.
    pub(crate) fn read(root: &Path, state: &Path, plan: &Plan) -> anyhow::Result<Self> {
        Self::read_with(root, plan, &mut Digests::load(&state.join(DIGESTS)), &BTreeSet::new())
    }

    /// Reads them and writes the context into its folder below our state folder, if this state is not staged already.
    /// Where a file changes between the one and the other, both is done again, and that file is held meanwhile.
    pub(crate) fn stage(root: &Path, state: &Path, plan: &Plan) -> anyhow::Result<(Self, PathBuf)> {
        let known = state.join(DIGESTS);
        let mut held = BTreeSet::new();
        loop {
            let mut digests = Digests::load(&known);
            let sources = Self::read_with(root, plan, &mut digests, &held)?;
            match sources.write(&state.join(STATES)) {
                Ok(folder) => {
                    digests.keep(&known)?;
                    return Ok((sources, folder));
                }
                Err(error) => {
                    let changed = error.downcast_ref::<Changed>().filter(|_| held.len() < MOST_HELD);
                    let Some(Changed { with, .. }) = changed else { return Err(error) };
                    held.extend(with.iter().cloned());
                }
            }
        }
    }

    /// The bytes of the files of `held` are read here.
    fn read_with(root: &Path, plan: &Plan, digests: &mut Digests, held: &BTreeSet<String>) -> anyhow::Result<Self> {
        let workspace = &plan.workspace;
        let mut files = walk::read(root, workspace, digests, &mut BTreeSet::new())?;
        let mut copied = copied::read(root, &workspace.images.copy, digests, &mut BTreeSet::new())?;
        for path in held {
            hold(&mut files, path)?;
            hold(&mut copied.files, path)?;
        }
        require_targets(root, workspace, &files)?;
        for (path, text) in &plan.overlay {
            let mode = files.get(path).filter(|file| !file.is_link()).map_or(0o644, |file| file.mode);
            files.insert(path.clone(), Source::bytes(text.as_bytes(), mode));
        }
        if let Some(odd) = files.keys().chain(copied.files.keys()).find(|path| path.contains(['\n', '\r', '\\'])) {
            bail!("`{}` has a line break or a backslash in its name; rename it", odd.escape_debug());
        }
        links::count_what_is_behind(&mut files);
        let members = workspace.members.values().map(|member| member.dir.clone()).collect();
        let mut sources = Self { files, members, copied, lists: tree::Tree::new(), digest: String::new() };
        let script = fs::read_to_string(root.join(SCRIPT)).with_context(|| format!("read {SCRIPT}"))?;
        sources.lists = [
            ("compile.sh", script),
            ("flags", orders::flags(workspace)),
            ("verify", orders::verify(&workspace.images.binaries)),
            ("profile", format!("{}\n", workspace.images.profile.name())),
            ("members", members::file(&sources.files, &sources.members, plan)?),
            ("packs", pack::names(&sources.packs())),
        ]
        .map(|(name, text): (&str, String)| (name.to_owned(), text))
        .into();
        sources.lists.extend(sources.copied_pack().map(|pack| ("copy".to_owned(), format!("{}\n", pack.name()))));
        let sum = |(name, text): (&String, &String)| format!("{}  {name}\n", sha256(text.as_bytes()));
        let sums: String = sources.lists.iter().map(sum).collect();
        sources.digest = sha256(sums.as_bytes());
        sources.lists.insert("lists".to_owned(), sums);
        Ok(sources)
    }

    /// One digest over paths, modes and contents, in hexadecimal digits.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// The folder of this state below our state folder, without a look at the disk.
    pub(crate) fn folder(&self, state: &Path) -> PathBuf {
        state.join(STATES).join(self.name())
    }

    fn name(&self) -> &str {
        &self.digest[..16]
    }

    fn write(&self, parent: &Path) -> anyhow::Result<PathBuf> {
        states::stage(parent, self.name(), |folder| {
            let mut others = states::standing(parent)?;
            others.truncate(SEARCHED);
            tree::write(folder, &self.lists)?;
            self.packs().iter().chain(&self.copied_pack()).try_for_each(|pack| pack.put(folder, &others))
        })
    }

    fn packs(&self) -> Vec<Pack<'_>> {
        pack::packs(&self.files, |path| innermost(path, |folder| self.members.contains(folder)).unwrap_or("."))
    }

    fn copied_pack(&self) -> Option<Pack<'_>> {
        let files = &self.copied.files;
        (!files.is_empty()).then(|| Pack::new(files.iter().collect()))
    }
}

/// The files that the shipped targets begin with must be there. Nobody looks at those of other targets, which may lie
/// anywhere.
fn require_targets(root: &Path, workspace: &Workspace, files: &Tree) -> anyhow::Result<()> {
    for (member, target) in workspace.needed_targets() {
        // One that is nowhere is cargo's to complain about.
        if links::find(files, &target.path).is_none() && root.join(&target.path).exists() {
            let what = format!("the {} of `{}` begins in `{}`", target.describe(), member.name, target.path);
            let folder = if member.dir.is_empty() { "src" } else { &member.dir };
            return Err(Failure::new(ExitCode::Usage, format!("{what}, which is not part of the image's sources"))
                .hint(format!("Move the file into `{folder}`, or name it in `include` of [workspace.metadata.images]"))
                .into());
        }
    }
    Ok(())
}

/// Reads a file that does not stand still, so that what is written later is what was read. One that is gone is none of the
/// sources any more.
fn hold(files: &mut Tree, path: &str) -> anyhow::Result<()> {
    let Some(Source { content: Content::File { place, .. }, mode, .. }) = files.get(path) else { return Ok(()) };
    match fs::read(place) {
        Ok(bytes) => drop(files.insert(path.to_owned(), Source::bytes(bytes, *mode))),
        Err(error) if error.kind() == ErrorKind::NotFound => drop(files.remove(path)),
        Err(error) => return Err(error).with_context(|| format!("read {}", place.display())),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
