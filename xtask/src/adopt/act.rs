//! Writes what is planned, has cargo see to the lock file, and shows differences.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, bail};

use crate::adopt::plan::Write;
use crate::context::Ctx;
use crate::process::invocation::Invocation;
use crate::process::runner::Runner;
use crate::staging::own_folder::OwnFolder;
use crate::staging::tree::{self, Tree};

/// One after the other, each as a whole.
pub(super) fn write(root: &Path, writes: &[Write]) -> anyhow::Result<()> {
    for Write { path, text } in writes {
        let place = root.join(path);
        match text {
            Some(text) => tree::put(&place, text.as_bytes())?,
            None => match fs::remove_file(&place) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("remove {}", place.display()));
                }
                _ => {}
            },
        }
    }
    Ok(())
}

/// Has cargo add to the lock file what the package needs, and make one where there is none. Versions that stand in it stay.
pub(super) fn lock(ctx: &Ctx, there: &Runner) -> anyhow::Result<()> {
    let call = |network: &[&str]| Invocation::cargo().args(["update", "--workspace", "--quiet"]).args(network);
    // The machine that compiled this program mostly has all that it needs.
    let offline = there.try_effect(&call(&["--offline"]))?;
    if offline.is_some_and(|answer| !answer.success) {
        ctx.report.info("asking the registry of crates about the packages of the program …");
        there.stream("add the packages of the program to Cargo.lock", &call(&[])).context(
            "all files are written, and cargo cannot add what the program needs to Cargo.lock: run this again once the \
             registry answers, or once `cargo vendor` has fetched it where sources are vendored",
        )?;
    }
    Ok(())
}

/// The unified diff of two states of files, as git prints it. Those that are alike may be left out.
pub(super) fn diff(ctx: &Ctx, before: &Tree, after: &Tree) -> anyhow::Result<String> {
    let folder = OwnFolder::outside()?;
    for (name, files) in [("a", before), ("b", after)] {
        fs::create_dir(folder.path().join(name)).context("make a folder for the diff")?;
        tree::write(&folder.path().join(name), files)?;
    }
    let call =
        Invocation::new("git").args(["diff", "--no-index", "--no-ext-diff", "--no-color", "--no-prefix", "a", "b"]);
    let answer = ctx.runner.within(folder.path()).probe(&call)?;
    // It ends with 1 where there are differences.
    if !answer.success && answer.stdout.is_empty() {
        bail!("git shows no difference: {}", answer.stderr.trim());
    }
    Ok(answer.stdout)
}

/// Those of the files that are texts, as they are now.
pub(super) fn texts<'a>(present: &BTreeMap<String, Vec<u8>>, paths: impl Iterator<Item = &'a String>) -> Tree {
    paths.filter_map(|path| Some((path.clone(), String::from_utf8_lossy(present.get(path)?).into_owned()))).collect()
}
