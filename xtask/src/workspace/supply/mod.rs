//! What dependencies are made of that lies on this machine: packages by path that are no members of the workspace (inside or
//! outside of it, patches among them), and folders of vendored sources.
//!
//! They are dependencies, so they belong to the base: their sources come along as they are, and an edit of them makes the base
//! stale. In the build they lie below a folder that is named by their content, since cargo looks at the times of such
//! files and not into them: another content is another package to it.

mod find;
mod freestanding;
mod relocate;
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::context::Ctx;
use crate::staging::digests::{Digests, Reading};
use crate::workspace::contexts::{Files, WorkspaceFiles};

/// Where it lies in the build.
const PLACE: &str = "/supply";

/// The name of the context that brings it, and of the folder of ours in which it is staged.
pub(crate) const CONTEXT: &str = "supply";

/// The file in our state folder that holds the digests of its files.
const DIGESTS: &str = "supply-digests";

/// All of it, as it is now.
#[derive(Default)]
pub(crate) struct Supply {
    /// Folder on this machine -> folder in the build.
    places: BTreeMap<PathBuf, String>,
    /// Path in the context -> file.
    files: BTreeMap<String, Supplied>,
}

/// One file.
enum Supplied {
    /// A manifest that stands by itself.
    Text(String),
    /// As it lies on this machine.
    File { place: PathBuf, reading: Reading },
}

impl Supplied {
    fn sha256(&self) -> String {
        match self {
            Self::Text(text) => format!("{:x}", Sha256::digest(text)),
            Self::File { reading, .. } => reading.sha256.clone(),
        }
    }
}

impl Supply {
    /// All that there may be, where it lies on this machine: for cargo to be asked here, before anybody knows what is locked.
    /// Of its files only the manifests are read.
    pub(crate) fn here(root: &Path, inputs: &WorkspaceFiles) -> anyhow::Result<Self> {
        let (mut places, mut files) = (BTreeMap::new(), BTreeMap::new());
        for (folder, manifest) in find::find(root, inputs, None)?.packages {
            let place = folder.display().to_string();
            files.insert(format!("{place}/Cargo.toml"), Supplied::Text(manifest.to_string()));
            places.insert(folder, place);
        }
        Ok(Self { places, files })
    }

    /// By its path, what is no file of this machine.
    pub(crate) fn texts(&self) -> Files {
        let text = |file: &Supplied| if let Supplied::Text(text) = file { Some(text.clone()) } else { None };
        self.files.iter().filter_map(|(path, file)| Some((path.clone(), text(file)?))).collect()
    }

    /// Reads it. `locked` are the names of the packages in the pruned lock file: what is not among them stays.
    pub(crate) fn read(ctx: &Ctx, inputs: &WorkspaceFiles, locked: &BTreeSet<String>) -> anyhow::Result<Self> {
        let found = find::find(&ctx.root, inputs, Some(locked))?;
        if found.packages.is_empty() && found.vendored.is_empty() {
            return Ok(Self::default());
        }
        let known = ctx.state_dir()?.join(DIGESTS);
        let mut digests = Digests::load(&known);
        let mut supply = Self::default();
        supply.add(found.packages.keys(), |packages| stage::packages(&ctx.root, &found, packages, &mut digests))?;
        for folder in &found.vendored {
            supply.add([folder].into_iter(), |_| stage::vendored(folder, locked, &mut digests))?;
        }
        if !ctx.manner.is_dry {
            // Digests that cannot be kept cost a reading. Whoever has to write there fails at that, in clearer words.
            digests.keep(&known).unwrap_or_default();
        }
        Ok(supply)
    }

    /// Puts files and folders below one that is named by their content.
    fn add<'a>(
        &mut self,
        folders: impl Iterator<Item = &'a PathBuf> + Clone,
        read: impl FnOnce(&BTreeMap<PathBuf, String>) -> anyhow::Result<BTreeMap<String, Supplied>>,
    ) -> anyhow::Result<()> {
        let names = find::names(folders);
        let files = read(&names)?;
        let mut hash = Sha256::new();
        for (path, file) in &files {
            hash.update(format!("{} {} {path}\n", file.sha256(), file.is_executable()));
        }
        let digest = &format!("{:x}", hash.finalize())[..16];
        let below = |path: &str| if path.is_empty() { digest.to_owned() } else { format!("{digest}/{path}") };
        self.places.extend(names.iter().map(|(folder, name)| (folder.clone(), format!("{PLACE}/{}", below(name)))));
        self.files.extend(files.into_iter().map(|(path, file)| (below(&path), file)));
        Ok(())
    }

    /// Makes planned manifests and cargo's configuration name the folders in the build.
    pub(crate) fn relocate(&self, root: &Path, files: &mut Files) -> anyhow::Result<()> {
        relocate::all(root, &self.places, files)
    }

    /// The folder of the context, without a look at the disk.
    pub(crate) fn folder(&self, state: &Path) -> PathBuf {
        let mut hash = Sha256::new();
        self.files.iter().for_each(|(path, file)| hash.update(format!("{} {path}\n", file.sha256())));
        state.join(CONTEXT).join(&format!("{:x}", hash.finalize())[..16])
    }

    /// Writes the context, if it does not stand there already.
    pub(crate) fn write(&self, state: &Path) -> anyhow::Result<()> {
        stage::write(&self.folder(state), &self.files)
    }
}
