use super::*;
use crate::sources::source::sha256;
use crate::staging::tree::tests::TempDir;

/// Unpacks all archives of a context, as `Docker/compile.sh` does.
pub(in crate::sources) fn unpack(context: &Path, folder: &Path) {
    fs::create_dir_all(folder).expect("make a folder");
    let names = fs::read_to_string(context.join("packs")).expect("a list of archives");
    let mut all = Vec::new();
    for name in names.lines() {
        File::open(context.join(name)).and_then(|mut file| file.read_to_end(&mut all)).expect("an archive");
    }
    all.resize(all.len() + usize::try_from(END_MARK).expect("small"), 0);
    let mut archive = tar::Archive::new(all.as_slice());
    archive.set_preserve_mtime(true);
    archive.set_overwrite(true);
    archive.unpack(folder).expect("an archive");
}

fn files(files: &[(&str, usize)]) -> Tree {
    files.iter().map(|(path, size)| ((*path).to_owned(), Source::bytes("x".repeat(*size), 0o644))).collect()
}

/// The paths of each archive.
fn parts(files: &Tree) -> Vec<Vec<&str>> {
    packs(files, |path| path.split_once('/').map_or(".", |(folder, _)| folder))
        .iter()
        .map(|pack| pack.files.iter().map(|(path, _)| path.as_str()).collect())
        .collect()
}

#[test]
fn files_travel_with_their_group() {
    let files = files(&[("Cargo.toml", 1), ("a/lib.rs", 1), ("a/sub/x.rs", 1), ("b/lib.rs", 1)]);
    assert_eq!(parts(&files), [vec!["Cargo.toml"], vec!["a/lib.rs", "a/sub/x.rs"], vec!["b/lib.rs"]]);
}

#[test]
fn a_group_of_many_files_travels_by_folders() {
    let names: Vec<String> = (0..=MOST_FILES).map(|number| format!("a/many/{number:03}.rs")).collect();
    let mut all: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    all.push(("a/lib.rs", 1));
    let files = files(&all);
    let parts = parts(&files);
    assert_eq!((parts.len(), parts[0].as_slice(), parts[1].len()), (2, ["a/lib.rs"].as_slice(), MOST_FILES + 1));
}

#[test]
fn a_large_file_travels_alone() {
    let large = usize::try_from(MOST_BYTES).expect("small") + 1;
    let files = files(&[("a/asset.bin", large), ("a/lib.rs", 1), ("a/main.rs", 1)]);
    assert_eq!(parts(&files), [vec!["a/lib.rs", "a/main.rs"], vec!["a/asset.bin"]]);
}

#[test]
fn an_archive_is_the_same_whenever_and_wherever_it_is_written() {
    let (one, other) = (TempDir::new(), TempDir::new());
    let files = files(&[("a/lib.rs", 1)]);
    let packs = packs(&files, |_| ".");
    for dir in [&one, &other] {
        packs[0].put(dir.path(), &[]).expect("write");
    }
    let read = |dir: &TempDir| fs::read(dir.path().join(packs[0].name())).expect("written");
    let time =
        |dir: &TempDir| dir.path().join(packs[0].name()).metadata().expect("written").modified().expect("a time");
    assert_eq!(read(&one), read(&other));
    assert_eq!(time(&one), time(&other));
}

#[test]
fn kinds_modes_and_long_names_come_back() {
    let (dir, out) = (TempDir::new(), TempDir::new());
    let long = format!("a/{}/{}.rs", "deep/".repeat(40), "n".repeat(120));
    let files: Tree = [
        ("a/run.sh".to_owned(), Source::bytes("#!/bin/sh\n", 0o755)),
        ("a/locked".to_owned(), Source::bytes("1", 0o444)),
        ("a/link".to_owned(), Source::link(PathBuf::from("t".repeat(150)))),
        (long.clone(), Source::bytes("long", 0o644)),
    ]
    .into();
    let packs = packs(&files, |_| ".");
    packs[0].put(dir.path(), &[]).expect("write");
    fs::write(dir.path().join("packs"), names(&packs)).expect("write");
    unpack(dir.path(), out.path());
    let mode = |path: &str| fs::metadata(out.path().join(path)).expect("unpacked").permissions().mode() & 0o777;
    assert_eq!((mode("a/run.sh"), mode("a/locked")), (0o755, 0o444));
    assert_eq!(fs::read_link(out.path().join("a/link")).expect("a link"), PathBuf::from("t".repeat(150)));
    assert_eq!(fs::read_to_string(out.path().join(long)).expect("unpacked"), "long");
}

/// A file on disk, as it was when it was read.
fn on_disk(place: &Path) -> Tree {
    let bytes = fs::read(place).expect("a file");
    let content = Content::File { place: place.to_owned(), size: bytes.len() as u64 };
    [("a/file".to_owned(), Source { content, mode: 0o644, sha256: sha256(&bytes) })].into()
}

#[test]
fn a_file_that_is_not_what_it_was_is_named() {
    for text in [Some("other"), Some("short"), Some("longer than before"), Some(""), None] {
        let dir = TempDir::new();
        let place = dir.path().join("file");
        fs::write(&place, "first!").expect("write");
        let files = on_disk(&place);
        match text {
            Some(text) => fs::write(&place, text).expect("write"),
            None => fs::remove_file(&place).expect("remove"),
        }
        let error = packs(&files, |_| ".")[0].put(dir.path(), &[]).expect_err("another content");
        assert!(error.is::<Changed>(), "{text:?}: {error:#}");
    }
}
