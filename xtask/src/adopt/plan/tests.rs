//! What is written, what is kept, and that a run may end after any write.

use super::*;

type Disk = BTreeMap<String, Vec<u8>>;

const RECORD: &str = "xtask/.adopted.json";

fn files<const N: usize>(files: [(&str, &str); N]) -> Files {
    files.map(|(path, text)| (path.to_owned(), text.to_owned())).into()
}

fn disk<const N: usize>(files: [(&str, &str); N]) -> Disk {
    files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into()
}

/// As far as a test wants it: the edit is the line `+`, added once.
fn wanted(disk: &Disk, files: &Files) -> Wanted {
    let text = String::from_utf8(disk["Cargo.toml"].clone()).expect("UTF-8");
    let text = if text.ends_with("+\n") { text } else { text + "+\n" };
    Wanted { files: files.clone(), edited: [("Cargo.toml".to_owned(), text)].into() }
}

fn recorded(disk: &Disk) -> Option<Record> {
    let text = disk.get(RECORD)?;
    Some(Record::parse(RECORD, &String::from_utf8_lossy(text)).expect("our own text"))
}

fn planned(disk: &Disk, files: &Files, force: bool) -> Plan {
    plan(&wanted(disk, files), disk, recorded(disk).as_ref(), &Name::default(), force).expect("nothing is in the way")
}

fn write(disk: &mut Disk, write: &Write) {
    match &write.text {
        Some(text) => drop(disk.insert(write.path.clone(), text.clone().into_bytes())),
        None => drop(disk.remove(&write.path)),
    }
}

/// Does all of it, as a run does that nobody disturbs.
fn done(disk: &Disk, plan: &Plan) -> Disk {
    let mut disk = disk.clone();
    plan.writes.iter().for_each(|one| write(&mut disk, one));
    write(&mut disk, &Write { path: RECORD.to_owned(), text: Some(plan.record.text()) });
    disk
}

fn one() -> Files {
    files([("Docker/a", "1"), ("xtask/Cargo.toml", "1"), ("xtask/src/a.rs", "1"), ("xtask/src/old.rs", "1")])
}

fn two() -> Files {
    files([("Docker/a", "2"), ("xtask/Cargo.toml", "1"), ("xtask/src/a.rs", "2"), ("xtask/src/new.rs", "2")])
}

#[test]
fn a_run_may_end_after_any_write() {
    let fresh = disk([("Cargo.toml", "theirs\n"), ("src/main.rs", "theirs")]);
    let adopted = done(&fresh, &planned(&fresh, &one(), false));
    for (start, wish) in [(&fresh, one()), (&adopted, two())] {
        let plan = planned(start, &wish, false);
        let whole = done(start, &plan);
        for count in 0..=plan.writes.len() {
            let mut cut = start.clone();
            plan.writes[..count].iter().for_each(|one| write(&mut cut, one));
            let rest = planned(&cut, &wish, false);
            assert_eq!(rest.kept, BTreeMap::new(), "after {count} writes nobody else changed anything");
            assert_eq!(done(&cut, &rest), whole, "after {count} writes");
        }
    }
}

#[test]
fn a_package_is_whole_before_cargo_can_see_it() {
    let fresh = disk([("Cargo.toml", "")]);
    let order: Vec<String> = planned(&fresh, &one(), false).writes.into_iter().map(|write| write.path).collect();
    assert_eq!(order.first().map(String::as_str), Some(RECORD));
    assert_eq!(&order[order.len() - 2..], ["xtask/Cargo.toml", "Cargo.toml"]);
}

#[test]
fn the_second_time_there_is_nothing_to_do() {
    let fresh = disk([("Cargo.toml", "")]);
    let adopted = done(&fresh, &planned(&fresh, &one(), false));
    let again = planned(&adopted, &one(), false);
    assert_eq!((again.writes, again.kept), (vec![], BTreeMap::new()));
    assert_eq!(again.record, recorded(&adopted).expect("recorded"));
}

#[test]
fn what_the_owner_changed_or_removed_is_kept_unless_forced() {
    let fresh = disk([("Cargo.toml", "")]);
    let mut adopted = done(&fresh, &planned(&fresh, &one(), false));
    adopted.insert("Docker/a".to_owned(), b"theirs".to_vec());
    adopted.insert("xtask/src/old.rs".to_owned(), b"theirs".to_vec());
    adopted.remove("xtask/Cargo.toml");
    let plan = planned(&adopted, &two(), false);
    let text = |text: &str| Some(text.to_owned());
    let kept = [("Docker/a", text("2")), ("xtask/Cargo.toml", text("1")), ("xtask/src/old.rs", None)];
    assert_eq!(plan.kept, kept.map(|(path, text)| (path.to_owned(), text)).into());
    let after = done(&adopted, &plan);
    assert_eq!(after["Docker/a"], b"theirs");
    assert_eq!(after["xtask/src/a.rs"], b"2");
    assert_eq!(planned(&after, &two(), false).kept, plan.kept, "the next time too");
    let forced = done(&after, &planned(&after, &two(), true));
    assert_eq!(forced["Docker/a"], b"2");
    assert!(!forced.contains_key("xtask/src/old.rs"));
    assert_eq!(planned(&forced, &two(), false).kept, BTreeMap::new());
}

#[test]
fn what_is_in_the_way_is_refused_by_name() {
    let refusal = |disk: Disk| {
        let wanted = wanted(&disk, &one());
        let failure = plan(&wanted, &disk, None, &Name::default(), true).expect_err("it is not ours");
        assert!(!failure.hints.is_empty());
        failure.message
    };
    let message = refusal(disk([("Cargo.toml", ""), ("Docker/a", "theirs")]));
    assert_eq!(message, "in the way, and not ours: Docker/a");
    // What is the same is nobody's loss.
    let same = disk([("Cargo.toml", ""), ("Docker/a", "1")]);
    assert!(planned(&same, &one(), false).writes.iter().all(|write| write.path != "Docker/a"));
}
