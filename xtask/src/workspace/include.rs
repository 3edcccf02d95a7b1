//! The files and folders of the key `include`: those that can be staged, in one spelling.

use std::path::{Component, Path};

use crate::failure::{ExitCode, Failure};

/// Paths relative to the root that exist, sorted, each once.
pub(super) fn check(root: &Path, target_dir: &Path, written: &[String]) -> Result<Vec<String>, Failure> {
    let mut paths = written.iter().map(|text| one(root, target_dir, text)).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    paths.dedup();
    Ok(paths)
}

fn one(root: &Path, target_dir: &Path, text: &str) -> Result<String, Failure> {
    let refuse = |why: &str, cure: &str| {
        let message = format!("[workspace.metadata.images] include: `{}` {why}", text.escape_debug());
        Err(Failure::new(ExitCode::Usage, message).hint(cure))
    };
    let mut parts = Vec::new();
    for part in Path::new(text).components() {
        match part {
            Component::Normal(part) => parts.extend(part.to_str()),
            Component::CurDir => {}
            _ => return refuse("leads out of the workspace", "Name a path relative to the workspace root, without .."),
        }
    }
    let path = parts.join("/");
    if path.is_empty() {
        return refuse("names no file or folder inside the workspace", "Name what the build reads, such as proto");
    }
    let place = root.join(&path);
    // A link to one of these is one of these.
    let Ok(real) = place.canonicalize() else {
        return refuse("does not exist", "Mend the path in Cargo.toml, or make the file");
    };
    let target = target_dir.canonicalize().unwrap_or_else(|_| target_dir.to_owned());
    if real.starts_with(&target) || target.starts_with(&real) {
        return refuse("has to do with cargo's target directory", "Name sources, and nothing that cargo makes");
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::staging::tree::tests::TempDir;

    #[test]
    fn paths_are_taken_in_one_spelling_and_unfit_ones_refused_by_name() {
        let root = TempDir::new();
        for folder in ["proto", "target/debug", "a"] {
            fs::create_dir_all(root.path().join(folder)).expect("make a folder");
        }
        fs::write(root.path().join("VERSION"), "1").expect("write a file");
        let check = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            check(root.path(), &root.path().join("target"), &texts)
        };
        assert_eq!(check(&["./proto/", "VERSION", "proto"]).expect("sound"), ["VERSION", "proto"]);
        for (text, why) in [
            ("/etc", "leads out of"),
            ("a/../../x", "leads out of"),
            ("..", "leads out of"),
            ("", "names no file"),
            (".", "names no file"),
            ("gone", "does not exist"),
            ("target/debug", "has to do with"),
            ("target", "has to do with"),
        ] {
            let failure = check(&[text]).expect_err("it is refused");
            assert!(failure.message.contains(&format!("include: `{text}` {why}")), "{}", failure.message);
            assert!(failure.code == ExitCode::Usage && !failure.hints.is_empty());
        }
    }
}
