//! The programs that tests need besides docker: from PATH, or where `cargo xtask ci --install` puts them.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// What `PATH` is for them.
pub(crate) fn path() -> OsString {
    // Wherever cargo's target directory is, this test lies in its `debug/deps`.
    let test = env::current_exe().expect("this test is a program");
    let own = test.ancestors().nth(3).expect("it lies in debug/deps").join("xtask/test-tools/bin");
    let inherited = env::var_os("PATH").unwrap_or_default();
    // Ours come last: its `python3` is for its own programs alone.
    env::join_paths(env::split_paths(&inherited).chain([own])).expect("no folder on PATH has a colon in its name")
}

/// Where a program lies. Without it the test fails: one that skips itself proves nothing.
pub(crate) fn find(program: &str) -> PathBuf {
    let found = env::split_paths(&path()).map(|folder| folder.join(program)).find(|place| place.is_file());
    found.unwrap_or_else(|| panic!("there is no {program}; get all test tools with: cargo xtask ci --install"))
}
