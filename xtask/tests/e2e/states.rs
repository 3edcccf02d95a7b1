//! States of the marked sources that a random walk goes through: which mark each member bears, how its files are laid
//! out, and the version of all members.

use std::collections::BTreeMap;

use crate::copy::{Copy, Stamp};
use crate::marks::{MEMBERS, Shown, path, source};

/// Path -> content.
pub(crate) type Files = BTreeMap<String, String>;

/// How the mark of a member is laid out in files. To go from one to another renames, adds and deletes files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    File,
    /// The same module as a folder.
    Folder,
    /// The mark comes from a file beside the module.
    Included,
    /// The mark comes from a module of the module.
    Nested,
    /// The mark comes from a file that belongs to no member.
    Outside,
}

pub(crate) const FORMS: [Form; 5] = [Form::File, Form::Folder, Form::Included, Form::Nested, Form::Outside];

/// The versions that all members can have.
pub(crate) const VERSIONS: [&str; 3] = ["0.1.0", "0.2.0", "0.0.1"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// Mark and form of each of [`MEMBERS`].
    pub(crate) members: [(String, Form); 3],
    pub(crate) version: &'static str,
}

impl State {
    /// What [`crate::marks::install`] leaves.
    pub(crate) fn first() -> Self {
        Self { members: [(); 3].map(|()| ("none".to_owned(), Form::File)), version: VERSIONS[0] }
    }

    /// The files in which states differ. `manifest` is the root manifest of the first one.
    pub(crate) fn files(&self, manifest: &str) -> Files {
        let first = format!("\nversion = \"{}\"\n", VERSIONS[0]);
        assert!(manifest.contains(&first), "the root manifest has no {first:?}");
        let manifest = manifest.replace(&first, &format!("\nversion = \"{}\"\n", self.version));
        let mut files = Files::from([("Cargo.toml".to_owned(), manifest)]);
        for (member, (mark, form)) in MEMBERS.iter().zip(&self.members) {
            let instead = |code: &str| source("x").replace("\"x\"", code);
            let folder = format!("crates/{member}/src/mark");
            let module = path(member);
            match form {
                Form::File => files.extend([(module, source(mark))]),
                Form::Folder => files.extend([(format!("{folder}/mod.rs"), source(mark))]),
                Form::Included => {
                    files.extend([
                        (module, instead("include_str!(\"mark.txt\")")),
                        (format!("{folder}.txt"), mark.clone()),
                    ]);
                }
                Form::Nested => {
                    let nested = (format!("{folder}/inner.rs"), source(mark));
                    files.extend([(module, instead("inner::mark()") + "\nmod inner;\n"), nested]);
                }
                Form::Outside => {
                    let code = format!("include_str!(\"../../{member}.txt\")");
                    files.extend([(module, instead(&code)), (format!("crates/{member}.txt"), mark.clone())]);
                }
            }
        }
        files
    }

    /// What backend and coordinator say of themselves, each with this build version.
    pub(crate) fn shown(&self, builds: [&str; 2]) -> [Shown; 2] {
        [0, 1].map(|binary| Shown {
            own: self.members[binary].0.clone(),
            shared: self.members[2].0.clone(),
            version: self.version.to_owned(),
            shared_version: self.version.to_owned(),
            build: builds[binary].to_owned(),
        })
    }
}

/// Makes the files of the copy those of `to`; `from` is what lies there. A file whose content only changes its place
/// is moved and keeps its time; the others get `stamp`.
pub(crate) fn lay(copy: &Copy, from: &Files, to: &Files, stamp: Stamp) {
    let mut gone: BTreeMap<&String, &String> = from.iter().filter(|(path, _)| !to.contains_key(*path)).collect();
    for (path, content) in to.iter().filter(|(path, content)| from.get(*path) != Some(content)) {
        let moved = gone.iter().find(|(_, old)| *old == &content).map(|(old, _)| *old);
        match moved.filter(|_| !from.contains_key(path)) {
            Some(old) => {
                gone.remove(old);
                copy.rename(old, path);
            }
            None => copy.write_at(path, content, stamp),
        }
    }
    gone.keys().for_each(|path| copy.remove(path));
}
