//! Reads the workspace, has cargo prune the lock file, and writes the planned base context below `target/xtask/plan`.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::context::Ctx;
use crate::process::invocation::Invocation;
use crate::staging::own_folder::OwnFolder;
use crate::staging::states;
use crate::staging::tree;
use crate::workspace::Workspace;
use crate::workspace::contexts;
use crate::workspace::contexts::{Files, WorkspaceFiles};
use crate::workspace::lock;
use crate::workspace::read;
use crate::workspace::supply::Supply;
use crate::workspace::toml_tree;

/// What is planned for one state of the workspace.
pub(crate) struct Plan {
    pub(crate) workspace: Workspace,
    /// All that cargo-chef sees.
    pub(crate) base: Files,
    /// What the colony build has in place of the workspace's own manifests and lock file.
    pub(crate) overlay: Files,
    /// What dependencies are made of that lies on this machine.
    pub(crate) supply: Supply,
}

impl Plan {
    /// Reads and plans; writes nothing but cargo's answer about the lock file, which is kept for the next time.
    pub(crate) fn make(ctx: &Ctx) -> anyhow::Result<Self> {
        let inputs = read_inputs(ctx)?;
        let lock = pruned_lock(ctx, &inputs)?;
        let locked = lock::names(&lock)?;
        let supply = Supply::read(ctx, &inputs, &locked)?;
        let mut base = contexts::base(&inputs, Some(&locked))?;
        base.insert("Cargo.lock".to_owned(), lock::without_unused_patches(&lock)?);
        let mut overlay = contexts::overlay(&inputs, &base)?;
        supply.relocate(&ctx.root, &mut base)?;
        supply.relocate(&ctx.root, &mut overlay)?;
        Ok(Self { workspace: inputs.workspace, base, overlay, supply })
    }

    /// What of the profile makes builds after an edit slow, in one line, if anything does.
    pub(crate) fn costs_of_profile(&self) -> anyhow::Result<Option<String>> {
        let manifest = toml_tree::parse("the planned Cargo.toml", &self.base["Cargo.toml"])?;
        Ok(self.workspace.images.profile.costs(&manifest))
    }

    /// The call that writes all contexts, for a shell that may not have the variables of this one.
    pub(crate) fn line() -> Invocation {
        // A copy of this program may have another name, which the alias has too.
        let call = Invocation::new("cargo").args([env!("CARGO_PKG_NAME"), "plan"]);
        let set =
            ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"].into_iter().filter_map(|key| Some((key, env::var_os(key)?)));
        set.fold(call, |call, (key, folder)| call.env(key, folder))
    }

    /// The folder of the base context; without a look at the disk. It is named by its content, so that a build sends what
    /// it planned while another run plans something else.
    pub(crate) fn base_dir(&self, ctx: &Ctx) -> anyhow::Result<PathBuf> {
        Ok(ctx.state_dir()?.join("plan").join(name(&self.base)))
    }

    /// The folder of what dependencies are made of that lies on this machine; mostly an empty one.
    pub(crate) fn supply_dir(&self, ctx: &Ctx) -> anyhow::Result<PathBuf> {
        Ok(self.supply.folder(&ctx.state_dir()?))
    }

    /// Writes the contexts of the base, if they do not stand there already, and returns the folder of the first.
    pub(crate) fn write(&self, ctx: &Ctx) -> anyhow::Result<PathBuf> {
        self.supply.write(&ctx.state_dir()?)?;
        states::stage(&ctx.state_dir()?.join("plan"), &name(&self.base), |folder| tree::write(folder, &self.base))
    }
}

/// A name for a state of these files.
fn name(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, text) in files {
        hash = hash.chain_update(path).chain_update([0]).chain_update(text).chain_update([0]);
    }
    format!("{:x}", hash.finalize())[..16].to_owned()
}

fn read_inputs(ctx: &Ctx) -> anyhow::Result<WorkspaceFiles> {
    let workspace = read::workspace(ctx)?;
    let text = |path: &Path| fs::read_to_string(path).with_context(|| format!("read {}", path.display()));
    let manifests = workspace
        .members
        .values()
        .map(|member| Ok((member.name.clone(), text(&ctx.root.join(member.manifest()))?)))
        .collect::<anyhow::Result<_>>()?;
    // Rustup takes the old name before the new one.
    let mut toolchain = None;
    for name in ["rust-toolchain", "rust-toolchain.toml"] {
        if let Some(text) = optional(&ctx.root.join(name))? {
            toolchain = Some((name.to_owned(), text));
            break;
        }
    }
    Ok(WorkspaceFiles {
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
fn pruned_lock(ctx: &Ctx, inputs: &WorkspaceFiles) -> anyhow::Result<String> {
    let mut files = contexts::base(inputs, None)?;
    files.insert("Cargo.lock".to_owned(), inputs.lock.clone());
    let supply = Supply::here(&ctx.root, inputs)?;
    supply.relocate(&ctx.root, &mut files)?;
    // Cargo reads the manifests of packages by path too, where they lie.
    let asked: Files = files.clone().into_iter().chain(supply.texts()).collect();
    let (answers, name) = (ctx.state_dir()?.join("locks"), name(&asked));
    // One that cannot be read, for whatever reason, costs the question.
    if let Ok(lock) = fs::read_to_string(answers.join(&name).join("Cargo.lock")) {
        return Ok(lock);
    }
    // A dry run must leave the workspace alone, and a query must do in one that cannot be written to; so they ask outside
    // of it and keep nothing. Whoever needs to write there fails at that, later and in clearer words.
    let inside = if ctx.manner.is_dry { None } else { OwnFolder::make(&answers).ok() };
    let is_kept = inside.is_some();
    let scratch = inside.map_or_else(OwnFolder::outside, Ok)?;
    tree::write(scratch.path(), &files)?;
    let answer = resolve(ctx, scratch.path())?;
    if is_kept {
        let kept = Files::from([("Cargo.lock".to_owned(), answer.clone())]);
        states::stage(&answers, &name, |folder| tree::write(folder, &kept))?;
    }
    Ok(answer)
}

fn resolve(ctx: &Ctx, folder: &Path) -> anyhow::Result<String> {
    // Updates the members alone, that is: drops what nobody needs, and leaves every version as it is.
    let call = |network: &[&str]| {
        Invocation::cargo()
            .args(["update", "--workspace", "--quiet", "--manifest-path"])
            .arg(folder.join("Cargo.toml"))
            .args(network)
    };
    // Cargo has the index entries of a workspace that it has just compiled, so the network is the second choice.
    if !ctx.runner.probe(&call(&["--offline"]))?.success {
        ctx.report.info("asking the registry of crates about the packages of Cargo.lock …");
        ctx.runner.capture("prune Cargo.lock", &call(&[]))?;
    }
    let lock = folder.join("Cargo.lock");
    fs::read_to_string(&lock).with_context(|| format!("read {}", lock.display()))
}
