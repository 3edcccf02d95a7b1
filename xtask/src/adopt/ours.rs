//! Reads what a copy is made of from this repository.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::adopt::copy::Files;

/// What is read: files, and folders with all that is in them.
const PLACES: [&str; 5] = ["Cargo.toml", "rustfmt.toml", "Docker", "xtask/Cargo.toml", "xtask/src"];

/// Below those, what is of use here alone.
const NOT_THESE: [&str; 1] = ["Docker/bench"];

/// Path from the root on -> text. What is hidden is left out, but for what Docker is not to send.
pub(super) fn read(root: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    for place in PLACES {
        collect(root, place, &mut files)?;
    }
    Ok(files)
}

fn collect(root: &Path, path: &str, files: &mut Files) -> anyhow::Result<()> {
    let place = root.join(path);
    let what = || format!("read {}", place.display());
    if NOT_THESE.contains(&path) || !place.exists() {
        return Ok(());
    }
    if !place.is_dir() {
        files.insert(path.to_owned(), fs::read_to_string(&place).with_context(what)?);
        return Ok(());
    }
    for entry in fs::read_dir(&place).with_context(what)? {
        let name = entry.with_context(what)?.file_name();
        let name = name.to_str().with_context(what)?;
        if !name.starts_with('.') || name.ends_with("ignore") {
            collect(root, &format!("{path}/{name}"), files)?;
        }
    }
    Ok(())
}
