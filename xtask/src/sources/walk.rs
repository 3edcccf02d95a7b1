//! Reads the sources of the shipped members as the compiler on the host sees them.
//!
//! A link whose target is staged too stays a link. What lies behind any other link takes the link's place, since the
//! link would lead nowhere inside the build. A link that leads nowhere here stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::sources::beside;
use crate::sources::links;
use crate::sources::source::{Content, Source, Tree};
use crate::staging::digests::{Digests, Reading};
use crate::workspace::Workspace;
use crate::workspace::listing::Listing;
use crate::workspace::paths::{inside, is_below, outward};

/// All files of the folders that hold shipped members, but for those of unshipped members, of cargo's target directory,
/// and what editors leave. `folders` gets every folder that was looked into, also where that fails in the end.
pub(super) fn read(
    root: &Path,
    workspace: &Workspace,
    digests: &mut Digests,
    folders: &mut BTreeSet<PathBuf>,
) -> anyhow::Result<Tree> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let target_dir = real(&workspace.target_dir);
    let members = members(workspace);
    let outer = outer(workspace);
    let listing = workspace.listing.as_ref();
    let (tree, links) = (Tree::new(), BTreeSet::new());
    let mut walk = Walk { root, members, outer, listing, target_dir, digests, tree, links, folders, takes_all: false };
    for top in tops(workspace) {
        let place = root.join(&top);
        let place = place.canonicalize().with_context(|| format!("read {}", place.display()))?;
        let belongs = walk.owner(&top).is_none_or(|owner| owner == Owner::Shipped);
        walk.enter(&top, &place, belongs)?;
    }
    walk.takes_all = true;
    for path in &workspace.images.include {
        walk.include(path)?;
    }
    while let Some(link) = walk.links.pop_first() {
        walk.follow(&link)?;
    }
    Ok(walk.tree)
}

/// Where the sources lie: the folders that hold shipped members, so that a folder shared by members comes along.
fn tops(workspace: &Workspace) -> Vec<String> {
    let mut found: Vec<String> = workspace
        .members
        .values()
        .map(|member| member.dir.rsplit_once('/').map_or(member.dir.as_str(), |(parent, _)| parent).to_owned())
        .collect();
    found.sort();
    // A folder below another one of the list comes with that one.
    let mut tops: Vec<String> = Vec::new();
    for folder in found {
        if !tops.iter().any(|top| folder == *top || is_below(&folder, top)) {
            tops.push(folder);
        }
    }
    tops
}

/// Which kind of member a path belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Shipped,
    Unshipped,
}

/// The folder of each member, shipped or not.
fn members(workspace: &Workspace) -> BTreeMap<&str, Owner> {
    let unshipped = workspace.unshipped.iter().map(|dir| (dir.as_str(), Owner::Unshipped));
    let shipped = workspace.members.values().map(|member| (member.dir.as_str(), Owner::Shipped));
    unshipped.chain(shipped).collect()
}

/// The folders around those of shipped members.
fn outer(workspace: &Workspace) -> BTreeSet<&str> {
    workspace.members.values().flat_map(|member| outward(&member.dir).skip(1)).collect()
}

struct Walk<'a> {
    root: &'a Path,
    members: BTreeMap<&'a str, Owner>,
    outer: BTreeSet<&'a str>,
    listing: Option<&'a Listing>,
    digests: &'a mut Digests,
    /// Cargo's own, by its real name.
    target_dir: PathBuf,
    tree: Tree,
    /// Links of the tree that were not followed yet.
    links: BTreeSet<String>,
    folders: &'a mut BTreeSet<PathBuf>,
    /// Whether the user named what we look at.
    takes_all: bool,
}

impl Walk<'_> {
    /// The member whose folder this is.
    fn member_at(&self, path: &str) -> Option<Owner> {
        self.members.get(path).copied()
    }

    /// The innermost member whose folder holds this path or is it.
    fn owner(&self, path: &str) -> Option<Owner> {
        outward(path).find_map(|path| self.member_at(path))
    }

    fn holds_a_shipped_member(&self, path: &str) -> bool {
        self.outer.contains(path)
    }

    /// A folder on its way to the tree. `real` is its real name; `belongs` says whether what lies around it is staged.
    fn enter(&mut self, path: &str, real: &Path, belongs: bool) -> anyhow::Result<()> {
        let belongs = self.member_at(path).map_or(belongs, |owner| owner == Owner::Shipped);
        if real != self.target_dir && (belongs || self.holds_a_shipped_member(path)) {
            self.list(path, real, belongs)?;
        }
        Ok(())
    }

    /// What the user named, wherever it lies.
    fn include(&mut self, path: &str) -> anyhow::Result<()> {
        let place = self.root.join(path);
        let look = || format!("read {}", place.display());
        // Also where it is gone, since it may come back.
        self.folders.extend(place.parent().map(Path::to_owned));
        let Some(data) = unless_gone(fs::metadata(&place)).with_context(look)? else { return Ok(()) };
        if data.is_dir() {
            return self.list(path, &place.canonicalize().with_context(look)?, true);
        }
        self.file(path.to_owned(), &place).with_context(look)
    }

    /// Whether what lies here belongs, where what lies around it does.
    fn is_source(&self, path: &str, place: &Path, is_folder: bool) -> bool {
        let is_of_the_root =
            || self.members.contains_key("") && outward(path).find(|it| self.member_at(it).is_some()) == Some("");
        self.takes_all || !is_of_the_root() || beside::is_source(self.listing, path, place, is_folder)
    }

    fn list(&mut self, folder: &str, real: &Path, belongs: bool) -> anyhow::Result<()> {
        let place = self.root.join(folder);
        let look = || format!("list {}", place.display());
        let Some(entries) = unless_gone(fs::read_dir(real)).with_context(look)? else { return Ok(()) };
        self.folders.insert(place.clone());
        for entry in entries {
            let entry = entry.with_context(look)?;
            let path = place.join(entry.file_name());
            let look = || format!("read {}", path.display());
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                bail!("`{}` is not UTF-8; rename it", path.display());
            };
            if is_litter(&name) {
                continue;
            }
            let inner = inside(folder, &name);
            let kind = entry.file_type().with_context(look)?;
            let belongs = belongs && self.is_source(&inner, &path, kind.is_dir());
            if kind.is_dir() {
                self.enter(&inner, &real.join(name), belongs)?;
            } else if kind.is_symlink() && (self.member_at(&inner).is_some() || self.holds_a_shipped_member(&inner)) {
                // Cargo takes it for a folder of the workspace, and manifests are laid into it.
                let behind = path.canonicalize().with_context(look)?;
                self.enter(&inner, &behind, belongs)?;
            } else if kind.is_symlink() && belongs {
                let Some(target) = unless_gone(fs::read_link(&path)).with_context(look)? else { continue };
                self.tree.insert(inner.clone(), Source::link(target));
                self.links.insert(inner);
            } else if kind.is_file() && belongs {
                self.file(inner, &path).with_context(look)?;
            }
        }
        Ok(())
    }

    /// A file that goes while we look is none of the sources: editors make and remove some all the time.
    fn file(&mut self, inner: String, path: &Path) -> io::Result<()> {
        let Some(Reading { sha256, size, mode }) = unless_gone(self.digests.of(path))? else { return Ok(()) };
        let content = Content::File { place: path.to_owned(), size };
        self.tree.insert(inner, Source { content, mode, sha256 });
        Ok(())
    }

    /// Puts what lies behind a link in its place, where the link would lead somewhere else or nowhere in the build.
    fn follow(&mut self, link: &str) -> anyhow::Result<()> {
        let place = self.root.join(link);
        // Broken here, or not for us to read: a link all the same, which a program may want as such.
        let Ok(behind) = place.canonicalize() else { return Ok(()) };
        let Ok(data) = behind.metadata() else { return Ok(()) };
        let staged = links::target(&self.tree, link).and_then(|staged| self.root.join(staged).canonicalize().ok());
        if staged.is_some_and(|staged| staged == behind) {
            return Ok(());
        }
        if data.is_file() {
            self.folders.extend(behind.parent().map(Path::to_owned));
            return self.file(link.to_owned(), &place).with_context(|| format!("read {}", place.display()));
        }
        if data.is_dir() && behind != self.target_dir && !self.is_inside(link, &behind)? {
            self.tree.remove(link);
            self.list(link, &behind, true)?;
        }
        Ok(())
    }

    /// Whether one of the folders that the link stands in lies in that folder, which would have no end.
    fn is_inside(&self, link: &str, folder: &Path) -> anyhow::Result<bool> {
        for outer in Path::new(link).ancestors().skip(1) {
            let outer = self.root.join(outer);
            let real = outer.canonicalize().with_context(|| format!("read {}", outer.display()))?;
            if real.starts_with(folder) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What editors and desktops leave beside sources while somebody works.
pub(super) fn is_litter(name: &str) -> bool {
    name == ".git" || name == ".DS_Store" || name.ends_with('~') || name.ends_with(".swp") || name.starts_with(".#")
}

fn unless_gone<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        outcome => outcome.map(Some),
    }
}
