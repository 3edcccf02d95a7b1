use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;
use crate::sources::source;
use crate::staging::tree::tests::TempDir;

struct Fixture {
    dir: TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { dir: TempDir::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("write");
    }

    /// Reads the files, and keeps what is known of them, `later` than now.
    fn keep(&self, names: &[&str], later: Duration) {
        let mut digests = Digests::load(&self.path("digests"));
        digests.began += i128::try_from(later.as_nanos()).expect("a short time");
        for name in names {
            digests.of(&self.path(name)).expect("a file");
        }
        digests.keep(&self.path("digests")).expect("keep");
    }

    /// Keeps them when they are no longer young, and looks as much later.
    fn keep_settled(&self, names: &[&str]) {
        self.keep(names, 2 * YOUNG);
    }

    /// The digest that is found now, and whether the file was read for it.
    fn look(&self, name: &str) -> (String, bool) {
        let text = fs::read_to_string(self.path("digests")).expect("kept");
        let later = now() + i128::try_from((3 * YOUNG).as_nanos()).expect("a short time");
        let known = parse(&text, later).expect("well formed");
        let mut digests = Digests { known, seen: Vec::new(), has_read: false, began: later };
        let reading = digests.of(&self.path(name)).expect("a file");
        (reading.sha256, digests.has_read)
    }

    /// What is found is what is in the file, which was read for it.
    fn is_read_again(&self, name: &str) {
        let sha256 = source::sha256(&fs::read(self.path(name)).expect("a file"));
        assert_eq!(self.look(name), (sha256, true));
    }
}

fn set_time(path: &Path, time: SystemTime) {
    File::options().append(true).open(path).and_then(|file| file.set_modified(time)).expect("set a time");
}

#[test]
fn a_file_that_did_not_change_is_not_read_again() {
    let fixture = Fixture::new();
    fixture.write("a", "one");
    fixture.keep_settled(&["a"]);
    assert_eq!(fixture.look("a"), (source::sha256(b"one"), false));
}

#[test]
fn a_file_that_was_young_when_it_was_read_is_read_again() {
    let fixture = Fixture::new();
    fixture.write("a", "one");
    fixture.keep(&["a"], Duration::ZERO);
    // Within the same tick, so that nothing shows.
    fixture.is_read_again("a");
}

#[test]
fn another_content_of_the_same_size_with_the_time_restored_is_seen() {
    let fixture = Fixture::new();
    fixture.write("a", "one");
    let time = fixture.path("a").metadata().and_then(|data| data.modified()).expect("a time");
    fixture.keep_settled(&["a"]);
    fixture.write("a", "two");
    set_time(&fixture.path("a"), time);
    fixture.is_read_again("a");
}

#[test]
fn files_of_one_size_and_time_that_are_swapped_are_seen() {
    let fixture = Fixture::new();
    for (name, text) in [("a", "one"), ("b", "two")] {
        fixture.write(name, text);
        set_time(&fixture.path(name), UNIX_EPOCH + Duration::from_secs(1_000_000_000));
    }
    fixture.keep_settled(&["a", "b"]);
    for (from, to) in [("a", "c"), ("b", "a"), ("c", "b")] {
        fs::rename(fixture.path(from), fixture.path(to)).expect("move");
    }
    fixture.is_read_again("a");
    fixture.is_read_again("b");
}

#[test]
fn a_change_of_the_mode_alone_is_seen() {
    let fixture = Fixture::new();
    fixture.write("a", "one");
    fixture.keep_settled(&["a"]);
    fs::set_permissions(fixture.path("a"), Permissions::from_mode(0o755)).expect("set the mode");
    let mut digests = Digests::load(&fixture.path("digests"));
    assert_eq!(digests.of(&fixture.path("a")).expect("a file").mode, 0o755);
}

#[test]
fn a_link_that_leads_to_another_file_is_seen() {
    let fixture = Fixture::new();
    fixture.write("a", "one");
    fixture.write("b", "two");
    std::os::unix::fs::symlink("a", fixture.path("link")).expect("make a link");
    fixture.keep_settled(&["link"]);
    fs::remove_file(fixture.path("link")).expect("remove");
    std::os::unix::fs::symlink("b", fixture.path("link")).expect("make a link");
    fixture.is_read_again("link");
}

#[test]
fn nothing_is_believed_after_the_clock_was_set_back() {
    let fixture = Fixture::new();
    fixture.write("a", "one");
    fixture.keep_settled(&["a"]);
    let text = fs::read_to_string(fixture.path("digests")).expect("kept");
    assert!(parse(&text, now() + i128::try_from((3 * YOUNG).as_nanos()).expect("short")).is_some());
    assert!(parse(&text, now()).is_none(), "it was written later than now");
}

#[test]
fn what_cannot_be_read_is_forgotten() {
    for text in ["", "something else", &format!("{HEAD}\nnever\n"), &format!("{HEAD}\n1\nno tab\n")] {
        assert!(parse(text, now()).is_none(), "{text}");
    }
}

#[test]
fn nothing_is_written_where_nothing_is_new() {
    let fixture = Fixture::new();
    fixture.write("a", "one");
    fixture.keep_settled(&["a"]);
    let inode = || fs::metadata(fixture.path("digests")).expect("kept").ino();
    let before = inode();
    let text = fs::read_to_string(fixture.path("digests")).expect("kept");
    let later = now() + i128::try_from((3 * YOUNG).as_nanos()).expect("short");
    let known = parse(&text, later).expect("well formed");
    let mut digests = Digests { known, seen: Vec::new(), has_read: false, began: later };
    digests.of(&fixture.path("a")).expect("a file");
    digests.keep(&fixture.path("digests")).expect("keep");
    assert_eq!(inode(), before);
}
