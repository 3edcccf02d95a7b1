//! The colony's build context: the sources of the shipped members as they are now, under the planned manifests.
//!
//! They are staged into a folder named by their content. BuildKit does not send a file again whose size and time it
//! knows, so an edit restored with an old time would never arrive; here each file's time is made from its content.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::identity::hex;
use crate::planner::Plan;
use crate::toml_tree;
use crate::workspace::Workspace;

/// How many staged states are kept: builds that run at the same time use theirs undisturbed.
const KEPT_STATES: usize = 16;

/// The folder of the members file and the checksums inside the context.
const COLONY_DIR: &str = ".colony";

/// Everything that the colony is compiled from.
pub(crate) struct Sources {
    /// Path relative to the context -> file.
    files: BTreeMap<String, File>,
    /// Folders of the shipped members.
    members: Vec<String>,
    binaries: Vec<String>,
    /// Manifests, lock file and cargo's configuration in their normal form: what decides which of the compilations in
    /// the warm target directory cargo looks at. When it changes back and forth, an old one comes up again, which no
    /// member's files tell from a fresh one.
    settings: String,
    /// Arguments to which each binary must answer.
    verify: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    content: Content,
    /// Permission bits.
    mode: u32,
    sha256: [u8; 32],
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Bytes(Vec<u8>),
    Link(PathBuf),
}

impl Sources {
    /// Reads the members' folders and what lies beside them without belonging to any member.
    pub(crate) fn read(root: &Path, plan: &Plan) -> anyhow::Result<Self> {
        let workspace = &plan.workspace;
        let mut files = BTreeMap::new();
        for folder in folders(workspace) {
            walk(root, &folder, workspace, &mut files)?;
        }
        for (path, text) in &plan.overlay {
            let mode = files.get(path).map_or(0o644, |file| file.mode);
            files.insert(path.clone(), File::new(Content::Bytes(text.clone().into_bytes()), mode));
        }
        if let Some(odd) = files.keys().find(|path| path.contains(['\n', '\\'])) {
            bail!("`{}` has a line break or a backslash in its name; rename it", odd.escape_debug());
        }
        Ok(Self {
            files,
            settings: settings(plan)?,
            members: workspace.members.values().map(|member| member.dir.clone()).collect(),
            binaries: workspace.binaries.clone(),
            verify: workspace.verify.clone(),
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
        let all = hex(&Sha256::digest(format!("{shared}\n{}\n", self.settings)));
        let mut lines = format!("{all} .\n");
        for dir in &self.members {
            lines += &format!("{} {dir}\n", digest(self.files.iter().filter(|(path, _)| inside(path, dir))));
        }
        lines
    }

    /// The folder of this state below `state`, without a look at the disk.
    pub(crate) fn folder(&self, state: &Path) -> PathBuf {
        state.join("sources").join(&self.digest()[..16])
    }

    /// Writes the context, if this state is not staged already, and returns its folder.
    pub(crate) fn stage(&self, state: &Path) -> anyhow::Result<PathBuf> {
        let folder = self.folder(state);
        if folder.exists() {
            // The newest by time are the ones that are kept.
            fs::File::open(&folder)
                .and_then(|handle| handle.set_modified(SystemTime::now()))
                .with_context(|| format!("touch {}", folder.display()))?;
            return Ok(folder);
        }
        let parent = folder.parent().expect("it stands in a folder").to_owned();
        let beside = parent.join(format!("tmp-{}", std::process::id()));
        if beside.exists() {
            // Left by a killed build whose process had our number; its files are not ours.
            fs::remove_dir_all(&beside).with_context(|| format!("remove {}", beside.display()))?;
        }
        for (path, file) in self.files.iter().chain(&self.own_files()) {
            file.write(&beside.join(path))?;
        }
        match fs::rename(&beside, &folder) {
            // Another build staged the same state meanwhile.
            Err(_) if folder.exists() => fs::remove_dir_all(&beside),
            outcome => outcome,
        }
        .with_context(|| format!("stage {}", folder.display()))?;
        drop_old_states(&parent)?;
        Ok(folder)
    }

    fn own_files(&self) -> BTreeMap<String, File> {
        let sums = self.files.iter().filter_map(|(path, file)| match file.content {
            Content::Bytes(_) => Some(format!("{}  {path}\n", hex(&file.sha256))),
            Content::Link(_) => None,
        });
        let lines = |words: &[String]| words.iter().map(|word| format!("{word}\n")).collect();
        [
            ("sums", sums.collect()),
            ("binaries", lines(&self.binaries)),
            ("verify", lines(&self.verify)),
            ("members", self.members_file()),
        ]
        .map(|(name, text): (_, String)| {
            (format!("{COLONY_DIR}/{name}"), File::new(Content::Bytes(text.into_bytes()), 0o644))
        })
        .into()
    }
}

impl File {
    fn new(content: Content, mode: u32) -> Self {
        let sha256 = match &content {
            Content::Bytes(bytes) => Sha256::digest(bytes),
            Content::Link(target) => Sha256::digest(target.as_os_str().as_encoded_bytes()),
        };
        Self { content, mode, sha256: sha256.into() }
    }

    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let written = || -> std::io::Result<()> {
            fs::create_dir_all(path.parent().expect("a path below the context"))?;
            match &self.content {
                Content::Link(target) => symlink(target, path),
                Content::Bytes(bytes) => {
                    fs::write(path, bytes)?;
                    fs::set_permissions(path, fs::Permissions::from_mode(self.mode))?;
                    fs::File::options().append(true).open(path)?.set_modified(self.time())
                }
            }
        };
        written().with_context(|| format!("stage {}", path.display()))
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

/// The overlay without comments and formatting, one line for each file.
fn settings(plan: &Plan) -> anyhow::Result<String> {
    plan.overlay
        .iter()
        .map(|(path, text)| {
            let normal = if path.ends_with(".toml") {
                toml_tree::parse(path, text)?.to_string()
            } else {
                hex(&Sha256::digest(text))
            };
            Ok(format!("{path} {normal}\n"))
        })
        .collect()
}

fn digest<'a>(files: impl Iterator<Item = (&'a String, &'a File)>) -> String {
    let mut all = Sha256::new();
    for (path, file) in files {
        let kind = if matches!(file.content, Content::Link(_)) { 'l' } else { 'f' };
        all.update(format!("{kind} {:o} {} {path}\n", file.mode, hex(&file.sha256)));
    }
    hex(&all.finalize())
}

/// Where the sources lie: the folders that hold shipped members, so that a folder shared by members comes along.
fn folders(workspace: &Workspace) -> Vec<String> {
    let mut found: Vec<String> = workspace
        .members
        .values()
        .map(|member| member.dir.rsplit_once('/').map_or(member.dir.as_str(), |(parent, _)| parent).to_owned())
        .collect();
    found.sort();
    // A folder below another one of the list comes with that one.
    let mut tops: Vec<String> = Vec::new();
    for folder in found {
        if !tops.iter().any(|top| folder == *top || folder.starts_with(&format!("{top}/"))) {
            tops.push(folder);
        }
    }
    tops
}

fn walk(root: &Path, folder: &str, workspace: &Workspace, files: &mut BTreeMap<String, File>) -> anyhow::Result<()> {
    let place = root.join(folder);
    for entry in fs::read_dir(&place).with_context(|| format!("list {}", place.display()))? {
        let entry = entry.with_context(|| format!("list {}", place.display()))?;
        let path = entry.path();
        let look = || format!("read {}", path.display());
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            bail!("`{}` is not UTF-8; rename it", path.display());
        };
        if is_litter(&name) {
            continue;
        }
        let inner = format!("{folder}/{name}");
        let kind = entry.file_type().with_context(look)?;
        if kind.is_dir() {
            if !workspace.unshipped.contains(&inner) && name != "target" {
                walk(root, &inner, workspace, files)?;
            }
        } else if kind.is_symlink() {
            let target = fs::read_link(&path).with_context(look)?;
            files.insert(inner, File::new(Content::Link(target), 0o777));
        } else if kind.is_file() {
            let mode = entry.metadata().with_context(look)?.permissions().mode() & 0o777;
            files.insert(inner, File::new(Content::Bytes(fs::read(&path).with_context(look)?), mode));
        }
    }
    Ok(())
}

/// What editors and desktops leave beside sources while somebody works.
fn is_litter(name: &str) -> bool {
    name == ".git" || name == ".DS_Store" || name.ends_with('~') || name.ends_with(".swp") || name.starts_with(".#")
}

fn drop_old_states(parent: &Path) -> anyhow::Result<()> {
    let look = || format!("tidy {}", parent.display());
    let mut states = Vec::new();
    for entry in fs::read_dir(parent).with_context(look)? {
        let entry = entry.with_context(look)?;
        // What another build is staging just now is none of ours.
        if entry.file_name().to_string_lossy().starts_with("tmp-") {
            continue;
        }
        states.push((entry.metadata().and_then(|data| data.modified()).with_context(look)?, entry.path()));
    }
    states.sort();
    let surplus = states.len().saturating_sub(KEPT_STATES);
    for (_, old) in &states[..surplus] {
        fs::remove_dir_all(old).with_context(look)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
