//! Lock files as they are after an update of crates that only the gui needs, or of those that the binaries need.
//!
//! Every round needs one that no engine has built before, else BuildKit would answer from an old layer. So a few
//! such crates are found that can go one version back, and each round takes another subset of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use toml_edit::{DocumentMut, Item};

use crate::edits::BINARIES;
use crate::process::probe;

/// The member that is not shipped.
const GUI: &str = "gui";
/// 255 subsets.
const ENOUGH: usize = 8;
/// Each is one call of cargo.
const MOST_TRIES: usize = 60;

/// One block of the lock file and what stands in its place after an update.
pub(crate) type Swap = (String, String);

/// One lock file for each round. `folder` is a copy of the workspace that may be changed.
pub(crate) fn locks(folder: &Path, lock: &str, run: u64, rounds: u16) -> anyhow::Result<Vec<String>> {
    let cargo = Cargo { folder };
    let swaps = swaps(&cargo, lock, only_of(lock, GUI)?)?;
    anyhow::ensure!(
        !swaps.is_empty(),
        "no crate that the gui alone needs has a version one lower that fits; is the crates registry in reach?"
    );
    let subsets = (1_u64 << swaps.len()) - 1;
    let mut locks: Vec<String> = Vec::new();
    for offset in 0..subsets {
        if locks.len() == usize::from(rounds) {
            break;
        }
        let updated = subset(lock, &swaps, 1 + (run + offset) % subsets);
        // Two that go well alone need not go well together.
        if cargo.accepts(&updated)? {
            locks.push(updated);
        }
    }
    anyhow::ensure!(
        locks.len() == usize::from(rounds),
        "only {} updates of crates that the gui alone needs were found for {rounds} rounds; take fewer rounds, or \
         leave the case out with --case",
        locks.len()
    );
    Ok(locks)
}

/// One update for each round, of crates that the binaries need and as few other crates as can be. Which of them come
/// first is another choice in another run, since the engine may know what an earlier run made of them.
pub(crate) fn of_dependencies(folder: &Path, lock: &str, run: u64, rounds: u16) -> anyhow::Result<Vec<Swap>> {
    let cargo = Cargo { folder };
    let mut swaps = swaps(&cargo, lock, least_needed(lock)?)?;
    let rounds = usize::from(rounds);
    anyhow::ensure!(
        swaps.len() >= rounds && cargo.accepts(&applied(lock, &swaps))?,
        "only {} updates of crates that the binaries need were found for {rounds} rounds; take fewer rounds, or leave \
         the case out with --case",
        swaps.len()
    );
    let first = usize::try_from(run % swaps.len() as u64).context("it is smaller than a length")?;
    swaps.rotate_left(first);
    swaps.truncate(rounds);
    Ok(swaps)
}

/// The lock file after all of these updates.
pub(crate) fn applied(lock: &str, swaps: &[Swap]) -> String {
    swaps.iter().fold(lock.to_owned(), |lock, (old, new)| lock.replacen(old, new, 1))
}

fn swaps(
    cargo: &Cargo<'_>,
    lock: &str,
    candidates: impl IntoIterator<Item = (String, String)>,
) -> anyhow::Result<Vec<Swap>> {
    let mut found = Vec::new();
    for (name, version) in candidates.into_iter().take(MOST_TRIES) {
        let Some(lower) = one_lower(&version) else {
            continue;
        };
        let updated = cargo.update(lock, &format!("{name}@{version}"), &lower)?;
        found.extend(updated.and_then(|updated| one_swap(lock, &updated)));
        if found.len() == ENOUGH {
            break;
        }
    }
    Ok(found)
}

/// Cargo in a copy of the workspace.
struct Cargo<'a> {
    folder: &'a Path,
}

impl Cargo<'_> {
    /// The lock file after the update, `None` where cargo finds that it does not fit.
    fn update(&self, lock: &str, package: &str, version: &str) -> anyhow::Result<Option<String>> {
        self.write(lock)?;
        if !self.succeeds(&["update", "--quiet", "--package", package, "--precise", version])? {
            return Ok(None);
        }
        fs::read_to_string(self.lock()).with_context(|| format!("read {}", self.lock().display())).map(Some)
    }

    /// Whether cargo would leave the lock file as it is.
    fn accepts(&self, lock: &str) -> anyhow::Result<bool> {
        self.write(lock)?;
        self.succeeds(&["update", "--quiet", "--workspace", "--locked"])
    }

    fn succeeds(&self, args: &[&str]) -> anyhow::Result<bool> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        Ok(probe(cargo.args(args).current_dir(self.folder))?.status.success())
    }

    fn write(&self, lock: &str) -> anyhow::Result<()> {
        fs::write(self.lock(), lock).with_context(|| format!("write {}", self.lock().display()))
    }

    fn lock(&self) -> PathBuf {
        self.folder.join("Cargo.lock")
    }
}

/// Name and version.
type Package = (String, String);

/// What each package needs, as the lock file names that.
type Needs = BTreeMap<Package, Vec<String>>;

/// All packages, and which of them are members.
fn packages(lock: &str) -> anyhow::Result<(Needs, Vec<Package>)> {
    let lock: DocumentMut = lock.parse().context("read Cargo.lock")?;
    let packages = lock.get("package").and_then(Item::as_array_of_tables).context("Cargo.lock is empty")?;
    let mut needs = Needs::new();
    let mut members = Vec::new();
    for package in packages {
        let text = |key: &str| package.get(key).and_then(Item::as_str).unwrap_or_default().to_owned();
        let dependencies = package.get("dependencies").and_then(Item::as_array);
        let dependencies = dependencies.into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned));
        let key = (text("name"), text("version"));
        if !package.contains_key("source") {
            members.push(key.clone());
        }
        needs.insert(key, dependencies.collect());
    }
    Ok((needs, members))
}

/// The packages that `member` needs and no other member does.
fn only_of(lock: &str, member: &str) -> anyhow::Result<BTreeSet<Package>> {
    let (needs, members) = packages(lock)?;
    let (own, others): (Vec<_>, Vec<_>) = members.into_iter().partition(|(name, _)| name == member);
    Ok(closure(&needs, own).difference(&closure(&needs, others)).filter(|(name, _)| name != member).cloned().collect())
}

/// The packages that the binaries need, those first that the fewest of them need.
fn least_needed(lock: &str) -> anyhow::Result<Vec<Package>> {
    let (needs, members) = packages(lock)?;
    let shipped = members.iter().filter(|(name, _)| BINARIES.contains(&name.as_str())).cloned().collect();
    let needed: Vec<Package> =
        closure(&needs, shipped).into_iter().filter(|package| !members.contains(package)).collect();
    let mut counted: Vec<(usize, Package)> = Vec::new();
    for package in &needed {
        let by = needed.iter().filter(|other| closure(&needs, vec![(*other).clone()]).contains(package));
        counted.push((by.count(), package.clone()));
    }
    counted.sort();
    Ok(counted.into_iter().map(|(_, package)| package).collect())
}

fn closure(needs: &Needs, mut open: Vec<Package>) -> BTreeSet<Package> {
    let mut found = BTreeSet::new();
    while let Some(package) = open.pop() {
        for dependency in needs.get(&package).into_iter().flatten() {
            // `name`, or `name version` where the name alone would be ambiguous.
            let mut words = dependency.split(' ');
            let (name, version) = (words.next().unwrap_or_default(), words.next());
            let fits = |key: &&(String, String)| key.0 == name && version.is_none_or(|version| version == key.1);
            open.extend(needs.keys().filter(fits).filter(|key| !found.contains(*key)).cloned());
        }
        found.insert(package);
    }
    found
}

/// `1.2.2` for `1.2.3`; `None` for a first version and for one with letters.
fn one_lower(version: &str) -> Option<String> {
    let (front, patch) = version.rsplit_once('.')?;
    let patch: u64 = patch.parse().ok()?;
    Some(format!("{front}.{}", patch.checked_sub(1)?))
}

/// The one block that differs, if it is one and differs in version and checksum alone.
fn one_swap(before: &str, after: &str) -> Option<Swap> {
    let blocks = |lock: &str| -> Vec<String> { lock.split("\n\n").map(str::to_owned).collect() };
    let (before, after) = (blocks(before), blocks(after));
    let mut differing = before.iter().zip(&after).filter(|(old, new)| old != new);
    let (old, new) = differing.next()?;
    let rest = |block: &str| -> Vec<String> {
        let counts = |line: &&str| !line.starts_with("version") && !line.starts_with("checksum");
        block.lines().filter(counts).map(str::to_owned).collect()
    };
    (before.len() == after.len() && differing.next().is_none() && rest(old) == rest(new))
        .then(|| (old.clone(), new.clone()))
}

/// The lock file with those swaps whose bit is set.
fn subset(lock: &str, swaps: &[Swap], bits: u64) -> String {
    let chosen = swaps.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
    applied(lock, &chosen.map(|(_, swap)| swap.clone()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"version = 4

[[package]]
name = "both"
version = "1.0.0"
source = "registry+x"
checksum = "b"

[[package]]
name = "gui"
version = "0.1.0"
dependencies = ["both", "window 2.0.3"]

[[package]]
name = "server"
version = "0.1.0"
dependencies = ["both", "window 1.0.0"]

[[package]]
name = "window"
version = "1.0.0"
source = "registry+x"
checksum = "w1"

[[package]]
name = "window"
version = "2.0.3"
source = "registry+x"
checksum = "w2"
"#;

    #[test]
    fn what_another_member_needs_too_is_left_out() {
        let found = only_of(LOCK, "gui").expect("a lock file");
        assert_eq!(found, [("window".to_owned(), "2.0.3".to_owned())].into());
    }

    #[test]
    fn of_what_the_binaries_need_the_least_needed_comes_first() {
        let lock = LOCK.replace("\"server\"", "\"backend\"");
        let chain = "\"1.0.0\"\nsource = \"registry+x\"\nchecksum = \"w1\"";
        let lock = lock.replace(chain, &format!("{chain}\ndependencies = [\"both\"]"));
        let package = |name: &str| (name.to_owned(), "1.0.0".to_owned());
        assert_eq!(least_needed(&lock).expect("a lock file"), [package("window"), package("both")]);
    }

    #[test]
    fn only_plain_versions_above_zero_have_a_lower_one() {
        assert_eq!(one_lower("2.0.3").as_deref(), Some("2.0.2"));
        assert_eq!((one_lower("2.0.0"), one_lower("2.0.3+x")), (None, None));
    }

    #[test]
    fn an_update_of_one_package_is_found_and_applied_by_its_bit() {
        let updated = LOCK.replace("2.0.3\"\nsource", "2.0.2\"\nsource").replace("w2", "w0");
        let swap = one_swap(LOCK, &updated).expect("one block differs");
        assert_eq!(subset(LOCK, std::slice::from_ref(&swap), 1), updated);
        assert_eq!(subset(LOCK, &[swap], 2), LOCK);
    }

    #[test]
    fn an_update_that_moves_more_than_one_version_is_no_swap() {
        assert_eq!(one_swap(LOCK, &LOCK.replace("\"w1", "\"v1").replace("\"w2", "\"v2")), None, "two packages");
        assert_eq!(one_swap(LOCK, &LOCK.replace("\"window 2.0.3\"", "\"window 2.0.2\"")), None, "other dependencies");
        assert_eq!(one_swap(LOCK, LOCK), None, "nothing");
    }
}
