//! The programs that tests need besides docker: from PATH, or where `cargo xtask ci --install` puts them.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// What `PATH` is for them.
pub(crate) fn path() -> OsString {
    let inherited = env::var_os("PATH").unwrap_or_default();
    // Ours come last: its `python3` is for its own programs alone.
    env::join_paths(env::split_paths(&inherited).chain([own()])).expect("no folder on PATH has a colon in its name")
}

/// Where `cargo xtask ci --install` puts them.
fn own() -> PathBuf {
    // Wherever cargo's target directory is, this test lies in its `debug/deps`.
    let test = env::current_exe().expect("this test is a program");
    test.ancestors().nth(3).expect("it lies in debug/deps").join("xtask/test-tools/bin")
}

/// A Python that knows YAML, as `check-jsonschema` has to: the one that it runs by, if it was installed by us.
pub(crate) fn python() -> PathBuf {
    let own = own().join("python3");
    if own.is_file() { own } else { find("python3") }
}

/// Where a program lies. Without it the test fails: one that skips itself proves nothing.
pub(crate) fn find(program: &str) -> PathBuf {
    let found = env::split_paths(&path()).map(|folder| folder.join(program)).find(|place| place.is_file());
    found.unwrap_or_else(|| panic!("there is no {program}; get all test tools with: cargo xtask ci --install"))
}
