//! Small workspaces, one for each shape that a workspace can have: what is in them, and what has to come of them. They need
//! neither network nor cache, so that the tests of the command line plan and stage all of them, and those on an engine build
//! them.

pub(crate) mod manifests;
pub(crate) mod roots;
pub(crate) mod supplied;

use std::fs;
use std::path::Path;

/// One workspace.
pub(crate) struct Shape {
    /// What it shows, as a name for folders.
    pub(crate) name: &'static str,
    /// Path relative to the root -> content.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// The shipped binaries, and what each prints.
    pub(crate) binaries: &'static [(&'static str, &'static str)],
    /// An edit of one member.
    pub(crate) edit: Edit,
    /// A file, to whose end a line is written, that has to do with nothing that is compiled before the members.
    pub(crate) unrelated: &'static str,
}

/// Text in a file that gets another one, and what follows.
pub(crate) struct Edit {
    pub(crate) path: &'static str,
    pub(crate) old: &'static str,
    pub(crate) new: &'static str,
    /// The lines of the ledger that differ, each by its folder.
    #[allow(dead_code, reason = "what is staged, which an engine's builds do not show")]
    pub(crate) counts_for: &'static [&'static str],
    /// The packages that are compiled anew.
    #[allow(dead_code, reason = "what an engine's builds tell")]
    pub(crate) compiles: &'static [&'static str],
    /// What the binaries print then.
    pub(crate) prints: &'static [&'static str],
}

impl Shape {
    /// Writes it into a folder, with the scripts of this repository; what follows from its table has to be generated.
    pub(crate) fn write(&self, root: &Path) {
        let put = |path: &str, text: &str| {
            let place = root.join(path);
            fs::create_dir_all(place.parent().expect("below the root")).expect("make a folder");
            fs::write(&place, text).unwrap_or_else(|error| panic!("write {path}: {error}"));
        };
        // Any will do, and those who build give it one of their own.
        let table = ".metadata.images]\n";
        let named = format!("{table}repository = \"distributed-colony\"\n");
        for (path, text) in self.files {
            put(path, &text.replace(table, &named));
        }
        let docker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Docker");
        for entry in fs::read_dir(docker).expect("our own Docker folder") {
            let place = entry.expect("our own Docker folder").path();
            if place.is_file() {
                let name = place.file_name().expect("a file").to_str().expect("UTF-8").to_owned();
                let text = fs::read_to_string(&place).expect("a text of ours");
                put(&format!("Docker/{name}"), &text);
            }
        }
    }
}
