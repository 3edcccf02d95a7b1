//! Reads what a copy is made of from this repository.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::adopt::copy::Files;

/// What is read: files, and folders with all that is in them.
const PLACES: [&str; 5] = ["Cargo.toml", "rustfmt.toml", "Docker", "xtask/Cargo.toml", "xtask/src"];

/// Below those, what is of use here alone.
const NOT_THESE: [&str; 1] = ["Docker/bench"];

/// The ends of names that editors and merges leave beside a file.
const LEFT_BEHIND: [&str; 4] = ["~", ".orig", ".rej", ".bak"];

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
        let is_hidden = name.starts_with('.') && !name.ends_with("ignore");
        if !is_hidden && !LEFT_BEHIND.iter().any(|end| name.ends_with(end)) {
            collect(root, &format!("{path}/{name}"), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adopt::copy;
    use crate::adopt::name::Name;
    use crate::staging::tree::tests::TempDir;

    /// The names of the modules that a file declares to stand in other ones.
    fn modules(text: &str) -> impl Iterator<Item = &str> {
        let declared = text.lines().filter_map(|line| line.trim_start().strip_suffix(';')?.rsplit_once("mod "));
        declared.filter(|(before, _)| before.is_empty() || before.starts_with("pub")).map(|(_, name)| name)
    }

    #[test]
    fn a_copy_of_this_very_program_is_whole_and_free_of_tests() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
        let ours = read(root).expect("our own files");
        let package =
            ours.iter().filter_map(|(path, text)| Some((path.strip_prefix("xtask/")?.to_owned(), text.clone())));
        let copy = copy::copy(&package.collect(), &Name::default()).expect("it can be copied");
        assert!(copy.len() > 100, "{} files", copy.len());
        for (path, text) in copy.iter().filter(|(path, _)| path.ends_with(".rs")) {
            assert!(!text.contains("#[test]") && !text.contains("\"home\""), "{path}");
            let opened = text.matches("#[cfg(").count();
            assert_eq!(opened, 0, "{path} has something that is compiled in some cases only");
            let folder = path.trim_end_matches("main.rs").trim_end_matches("mod.rs").trim_end_matches(".rs");
            let folder = folder.trim_end_matches('/');
            for module in modules(text) {
                let places = [format!("{folder}/{module}.rs"), format!("{folder}/{module}/mod.rs")];
                assert!(places.iter().any(|place| copy.contains_key(place)), "{path} wants {module}");
            }
        }
        let lost = ["src/adopt/mod.rs", "src/commands/ci.rs", "src/commands/bench.rs", "src/cli/home.rs"];
        assert!(lost.iter().all(|path| !copy.contains_key(*path)), "{:?}", copy.keys());
    }

    #[test]
    fn what_editors_leave_beside_a_file_is_none_of_ours() {
        let root = TempDir::new();
        fs::create_dir_all(root.path().join("Docker/bench")).expect("make a folder");
        for name in ["compile.sh", "compile.sh~", "compile.sh.orig", ".hidden", ".dockerignore", "bench/a.Dockerfile"] {
            fs::write(root.path().join("Docker").join(name), "").expect("write");
        }
        let read = read(root.path()).expect("it can be read");
        assert_eq!(read.keys().collect::<Vec<_>>(), ["Docker/.dockerignore", "Docker/compile.sh"]);
    }
}
