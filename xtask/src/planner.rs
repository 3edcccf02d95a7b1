//! Reads the workspace, has cargo prune the lock file, and writes the planned base context to `target/xtask/plan`.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::context::Ctx;
use crate::invocation::Invocation;
use crate::plan::{Files, Inputs};
use crate::workspace::{self, Workspace};
use crate::{identity, lock, plan, tree};

/// What is planned for one state of the workspace.
pub(crate) struct Plan {
    pub(crate) workspace: Workspace,
    /// All that cargo-chef sees.
    pub(crate) base: Files,
    /// What the colony build has in place of the workspace's own manifests and lock file.
    pub(crate) overlay: Files,
}

impl Plan {
    /// Reads and plans; writes nothing but cargo's answer about the lock file, which is kept for the next time.
    pub(crate) fn make(ctx: &Ctx) -> anyhow::Result<Self> {
        let inputs = read_inputs(ctx)?;
        let lock = pruned_lock(ctx, &inputs)?;
        let mut base = plan::base(&inputs, Some(&lock::names(&lock)?))?;
        base.insert("Cargo.lock".to_owned(), lock::without_unused_patches(&lock)?);
        let overlay = plan::overlay(&inputs, &base)?;
        Ok(Self { workspace: inputs.workspace, base, overlay })
    }

    /// The folder of the base context, relative to the workspace root.
    pub(crate) fn base_dir() -> PathBuf {
        PathBuf::from("target/xtask/plan")
    }

    /// Writes the base context.
    pub(crate) fn write(&self, ctx: &Ctx) -> anyhow::Result<()> {
        tree::write(&ctx.root.join(Self::base_dir()), &self.base)
    }
}

fn read_inputs(ctx: &Ctx) -> anyhow::Result<Inputs> {
    let workspace = workspace::read(ctx)?;
    let text = |path: &Path| fs::read_to_string(path).with_context(|| format!("read {}", path.display()));
    let manifests = workspace
        .members
        .values()
        .map(|member| Ok((member.name.clone(), text(&ctx.root.join(&member.dir).join("Cargo.toml"))?)))
        .collect::<anyhow::Result<_>>()?;
    let mut toolchain = None;
    for name in ["rust-toolchain.toml", "rust-toolchain"] {
        if let Some(text) = optional(&ctx.root.join(name))? {
            toolchain = Some((name.to_owned(), text));
            break;
        }
    }
    Ok(Inputs {
        manifests,
        root_manifest: text(&ctx.root.join("Cargo.toml"))?,
        lock: text(&ctx.root.join("Cargo.lock"))?,
        cargo_config: cargo_config(&ctx.root)?,
        toolchain,
        workspace,
    })
}

/// Cargo takes the old name without an ending before the new one.
fn cargo_config(root: &Path) -> anyhow::Result<Option<String>> {
    match optional(&root.join(".cargo/config"))? {
        Some(text) => Ok(Some(text)),
        None => optional(&root.join(".cargo/config.toml")),
    }
}

/// The text of a file, `None` when there is no such file.
fn optional(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

/// The lock file with only the packages that the normalised members need, at unchanged versions.
///
/// Which features of which package are on decides what is needed, and only cargo's resolver knows that; so cargo is
/// asked once for each state of the manifests, and its answer is kept.
fn pruned_lock(ctx: &Ctx, inputs: &Inputs) -> anyhow::Result<String> {
    let mut files = plan::base(inputs, None)?;
    files.insert("Cargo.lock".to_owned(), inputs.lock.clone());
    let key: Vec<u8> = files
        .iter()
        .fold(Sha256::new(), |hash, (path, text)| {
            hash.chain_update(path).chain_update([0]).chain_update(text).chain_update([0])
        })
        .finalize()
        .to_vec();
    let kept = ctx.state_dir().join(format!("lock/{}", &identity::hex(&key)[..16]));
    if let Some(lock) = optional(&kept)? {
        return Ok(lock);
    }
    // A dry run must leave the workspace alone, so it asks outside of it and keeps nothing.
    let state = if ctx.runner.is_dry() { std::env::temp_dir() } else { ctx.state_dir() };
    let scratch = Scratch(state.join(format!("lock-{}", std::process::id())));
    tree::write(&scratch.0, &files)?;
    let answer = resolve(ctx, &scratch.0)?;
    if !ctx.runner.is_dry() {
        let folder = kept.parent().expect("it stands in a folder");
        // Only the newest answer is of use.
        fs::remove_dir_all(folder)
            .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
            .with_context(|| format!("empty {}", folder.display()))?;
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        tree::replace(&kept, answer.as_bytes())?;
    }
    Ok(answer)
}

fn resolve(ctx: &Ctx, folder: &Path) -> anyhow::Result<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // Updates the members alone, that is: drops what nobody needs, and leaves every version as it is.
    let call = |network: &[&str]| {
        Invocation::new(&cargo)
            .args(["update", "--workspace", "--quiet", "--manifest-path"])
            .arg(folder.join("Cargo.toml"))
            .args(network)
    };
    // Cargo has the index entries of a workspace that it has just compiled, so the network is the second choice.
    if !ctx.runner.probe(&call(&["--offline"]))?.success {
        ctx.runner.capture("prune Cargo.lock", &call(&[]))?;
    }
    let lock = folder.join("Cargo.lock");
    fs::read_to_string(&lock).with_context(|| format!("read {}", lock.display()))
}

/// A folder that goes when the value goes.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("[WARNING] remove {}: {error}", self.0.display());
        }
    }
}
