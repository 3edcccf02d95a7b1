//! Where a path leads inside a tree whose links are followed as the kernel would. Pure.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use crate::sources::source::{Content, Source, Tree, digest, sha256};

/// As many links in a row as Linux follows.
const MOST_LINKS: usize = 40;

/// What a link of the tree leads to: the path of a file or folder in the tree that is itself no link, empty for the
/// tree's root. `None` where it leads out of the tree or nowhere.
pub(crate) fn target(tree: &Tree, link: &str) -> Option<String> {
    find(tree, link).filter(|_| tree.get(link).is_some_and(Source::is_link))
}

/// What a path leads to, in the same form.
pub(crate) fn find(tree: &Tree, path: &str) -> Option<String> {
    let mut at: Vec<String> = Vec::new();
    // The next part stands last.
    let mut left = parts(Path::new(path))?;
    let mut links = 0;
    while let Some(part) = left.pop() {
        if part == ".." {
            at.pop()?;
            continue;
        }
        at.push(part);
        if let Some(Source { content: Content::Link(target), .. }) = tree.get(&at.join("/")) {
            links += 1;
            at.pop();
            left.extend(parts(target).filter(|_| links <= MOST_LINKS)?);
        }
    }
    let found = at.join("/");
    (found.is_empty() || tree.contains_key(&found) || below(tree, &found).next().is_some()).then_some(found)
}

/// The files below a folder of the tree.
pub(crate) fn below<'a>(tree: &'a Tree, folder: &str) -> impl Iterator<Item = (&'a String, &'a Source)> + use<'a> {
    let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    tree.range(start.clone()..).take_while(move |(path, _)| path.starts_with(&start))
}

/// Makes the digest of each link one of its target's name and of all that lies behind it, wherever that counts besides.
pub(super) fn count_what_is_behind(files: &mut Tree) {
    let mut counted = BTreeMap::new();
    for (path, file) in files.iter().filter(|(_, file)| file.is_link()) {
        if let Some(target) = target(files, path) {
            let behind = digest(files.get_key_value(&target).into_iter().chain(below(files, &target)));
            counted.insert(path.clone(), sha256(format!("{} {behind}", file.sha256).as_bytes()));
        }
    }
    for (path, digest) in counted {
        files.entry(path).and_modify(|file| file.sha256 = digest);
    }
}

/// The parts of a relative path, the first one last. `None` for a path that is absolute or not UTF-8.
fn parts(path: &Path) -> Option<Vec<String>> {
    let part = |part: Component<'_>| match part {
        Component::CurDir => Some(String::new()),
        Component::ParentDir | Component::Normal(_) => part.as_os_str().to_str().map(str::to_owned),
        Component::RootDir | Component::Prefix(_) => None,
    };
    let mut parts = path.components().map(part).collect::<Option<Vec<_>>>()?;
    parts.retain(|part| !part.is_empty());
    parts.reverse();
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(links: &[(&str, &str)]) -> Tree {
        let mut tree: Tree =
            ["a/b/file", "a/other", "c/d"].map(|path| (path.to_owned(), Source::bytes("", 0o644))).into();
        for (path, target) in links {
            tree.insert((*path).to_owned(), Source::link((*target).into()));
        }
        tree
    }

    fn found(links: &[(&str, &str)], link: &str) -> Option<String> {
        target(&tree(links), link)
    }

    #[test]
    fn links_to_files_and_folders_of_the_tree_lead_there() {
        assert_eq!(found(&[("a/l", "other")], "a/l").as_deref(), Some("a/other"));
        assert_eq!(found(&[("a/l", "./b")], "a/l").as_deref(), Some("a/b"));
        assert_eq!(found(&[("a/b/l", "../../c/d")], "a/b/l").as_deref(), Some("c/d"));
        assert_eq!(found(&[("a/l", "..")], "a/l").as_deref(), Some(""));
    }

    #[test]
    fn links_over_other_links_lead_on() {
        let links = [("a/one", "two"), ("a/two", "b"), ("l", "a/one/file"), ("up", "a/one/../other")];
        assert_eq!(found(&links, "a/one").as_deref(), Some("a/b"));
        assert_eq!(found(&links, "l").as_deref(), Some("a/b/file"));
        assert_eq!(found(&links, "up").as_deref(), Some("a/other"));
    }

    #[test]
    fn links_out_of_the_tree_to_nothing_or_in_a_circle_lead_nowhere() {
        for target in ["../../x", "/a/other", "nothing", "../a/../../a/other", "l"] {
            assert_eq!(found(&[("a/l", target)], "a/l"), None, "{target}");
        }
        assert_eq!(found(&[("a/l", "m"), ("a/m", "l")], "a/l"), None);
    }

    #[test]
    fn a_path_leads_through_the_links_on_its_way() {
        let tree = tree(&[("l", "a/b")]);
        assert_eq!(find(&tree, "l/file").as_deref(), Some("a/b/file"));
        assert_eq!(find(&tree, "l/none"), None);
        assert_eq!(target(&tree, "a/other"), None, "no link");
    }
}
