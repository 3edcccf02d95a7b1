//! What counts for whom: the lines by which the build tells the members whose content changed. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::source::{Source, Tree, digest, sha256};
use crate::workspace::paths::{innermost, is_below};
use crate::workspace::plan::Plan;
use crate::workspace::toml_tree;

/// For each member one line of digest and folder, over its files without those of members inside of it. `members` are the folders
/// of all that are shipped. The first line, for
/// the folder `.`, stands for what concerns them all: the files that belong to no member or are included, and manifests,
/// lock file and cargo's configuration in their normal form, which decide which of the compilations in the warm target
/// directory cargo looks at. When they change back and forth, an old one comes up again, which no member's files tell from a
/// fresh one. A member's manifest counts as it stands for the member itself, which may include its text.
pub(super) fn file(files: &Tree, members: &BTreeSet<String>, plan: &Plan) -> anyhow::Result<String> {
    let mut own: BTreeMap<&str, Vec<(&String, &Source)>> =
        members.iter().map(|dir| (dir.as_str(), Vec::new())).collect();
    let mut shared = Vec::new();
    for (path, file) in files {
        let owner = innermost(path, |folder| members.contains(folder));
        let is_included = plan.workspace.images.include.iter().any(|it| path == it || is_below(path, it));
        if is_included || (owner.is_none() && path.contains('/')) {
            shared.push((path, file));
        }
        if let Some(own) = owner.and_then(|owner| own.get_mut(owner)) {
            own.push((path, file));
        }
    }
    let all = sha256(format!("{}\n{}\n", digest(shared.into_iter()), settings(plan)?).as_bytes());
    let mut lines = format!("{all} .\n");
    for (dir, files) in own {
        // The root is told from what stands for all; a name that begins with `-` would be taken for an option.
        let dir = match dir {
            "" => "./.".to_owned(),
            dir if dir.starts_with(['-', '.']) => format!("./{dir}"),
            dir => dir.to_owned(),
        };
        lines += &format!("{} {dir}\n", digest(files.into_iter()));
    }
    Ok(lines)
}

/// The overlay without comments and formatting, one line for each file, and what else cargo is told: variables and features.
fn settings(plan: &Plan) -> anyhow::Result<String> {
    let variables: String =
        plan.workspace.build_env.iter().map(|(name, value)| format!("{name}={}\n", sha256(value.as_bytes()))).collect();
    let files: anyhow::Result<String> = plan
        .overlay
        .iter()
        .map(|(path, text)| {
            let normal = if path.ends_with(".toml") {
                toml_tree::parse(path, text)?.to_string()
            } else {
                sha256(text.as_bytes())
            };
            Ok(format!("{path} {normal}\n"))
        })
        .collect();
    let features = plan.workspace.images.feature_flags().join(" ");
    Ok(format!("{}{variables}{features}", files?))
}
