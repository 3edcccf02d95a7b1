//! Marks in the sources of each shipped member, which the binaries print: what an image was really made from.

use std::thread;

use crate::copy::{Copy, Stamp};
use crate::engine;
use crate::fixture::Fixture;

/// The shipped members; the first two are binaries, and the last is what both need.
pub(crate) const MEMBERS: [&str; 3] = ["backend", "coordinator", "shared"];

/// What a binary says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The marks of the binary's own crate and of the shared one.
    pub(crate) own: String,
    pub(crate) shared: String,
    /// The versions of the same two crates.
    pub(crate) version: String,
    pub(crate) shared_version: String,
    /// BUILD_VERSION.
    pub(crate) build: String,
}

/// Puts a mark into each member, and into the help of both binaries what they were compiled with.
pub(crate) fn install(copy: &Copy) {
    for member in MEMBERS {
        set(copy, member, "none", Stamp::Now);
    }
    let shared =
        "\npub mod mark;\n/// The version of this crate.\npub const VERSION: &str = env!(\"CARGO_PKG_VERSION\");\n";
    copy.append("crates/shared/src/lib.rs", shared);
    for binary in ["backend", "coordinator"] {
        copy.replace(&format!("crates/{binary}/src/main.rs"), "\nmod cli;", "\nmod cli;\nmod mark;");
        let help = "after_help = format!(\"{ENVIRONMENT}\\nmarks: {} {} {} {} {}\", crate::mark::mark(), \
                    shared::mark::mark(), env!(\"CARGO_PKG_VERSION\"), shared::VERSION, settings::build())";
        copy.replace(&format!("crates/{binary}/src/cli.rs"), "after_help = ENVIRONMENT", help);
    }
}

/// Where a member keeps its mark.
pub(crate) fn path(member: &str) -> String {
    format!("crates/{member}/src/mark.rs")
}

/// The source of a mark.
pub(crate) fn source(mark: &str) -> String {
    format!("//! What this build is.\n\n/// Its name.\npub fn mark() -> &'static str {{\n    \"{mark}\"\n}}\n")
}

pub(crate) fn set(copy: &Copy, member: &str, mark: &str, stamp: Stamp) {
    copy.write_at(&path(member), &source(mark), stamp);
}

/// Asks both binaries of an image at the same time.
#[track_caller]
pub(crate) fn shown(image: &str) -> [Shown; 2] {
    thread::scope(|scope| {
        ["backend", "coordinator"]
            .map(|binary| scope.spawn(move || ask(image, binary)))
            .map(|asked| asked.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn ask(image: &str, binary: &str) -> Shown {
    let help = engine::run_binary(image, binary, &["--help"]);
    let line =
        help.lines().find_map(|line| line.strip_prefix("marks: ")).unwrap_or_else(|| panic!("no marks:\n{help}"));
    let words: Vec<&str> = line.split(' ').collect();
    let &[own, shared, version, shared_version, build] = words.as_slice() else { panic!("odd marks: {line}") };
    let [own, shared, version, shared_version, build] =
        [own, shared, version, shared_version, build].map(str::to_owned);
    Shown { own, shared, version, shared_version, build }
}

impl Fixture {
    /// A copy with marks in it, and its base. The colony is not built yet.
    pub(crate) fn with_marks(self) -> Self {
        install(&self.copy);
        self.build_base();
        self
    }

    pub(crate) fn mark(&self, member: &str, mark: &str) {
        set(&self.copy, member, mark, Stamp::Now);
    }

    /// As a tool does that restores a file with its time: old, and always the same.
    pub(crate) fn restore_mark(&self, member: &str, mark: &str) {
        set(&self.copy, member, mark, Stamp::Old);
    }

    /// The colony image was made from these marks of backend, coordinator and shared.
    #[track_caller]
    pub(crate) fn ships(&self, marks: [&str; 3]) {
        let [backend, coordinator] = shown(&self.colony());
        let found = [&backend.own, &coordinator.own, &backend.shared];
        assert_eq!(found, [marks[0], marks[1], marks[2]], "the image is not made from its sources");
        assert_eq!(backend.shared, coordinator.shared, "one binary was linked with another shared library");
    }
}
