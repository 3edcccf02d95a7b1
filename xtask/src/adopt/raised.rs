//! Which versions of a lock file had to go up. Pure.

use crate::workspace::lock;

/// The packages that stand in the lock file by another version than before, such as `clap 4.3.0 -> 4.6.9`. Nothing where
/// there was none, and of none that nobody needs any more.
pub(super) fn raised(before: Option<&str>, after: &str) -> anyhow::Result<Vec<String>> {
    let Some(before) = before else { return Ok(Vec::new()) };
    let after = lock::packages(after)?;
    let is_gone = |versions: &str, now: &str| versions.split(", ").any(|one| !now.split(", ").any(|now| now == one));
    let changed = lock::packages(before)?.into_iter().filter_map(|(name, versions)| {
        let now = after.get(&name)?;
        is_gone(&versions, now).then(|| format!("{name} {versions} -> {now}"))
    });
    Ok(changed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(packages: &[(&str, &str)]) -> String {
        let entry = |(name, version): &(&str, &str)| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"registry+x\"\n\n")
        };
        packages.iter().map(entry).collect()
    }

    #[test]
    fn what_is_added_is_no_change() {
        let before = lock(&[("a", "1.0.0"), ("b", "1.0.0"), ("b", "2.0.0"), ("c", "1.0.0")]);
        let after = lock(&[("a", "1.0.0"), ("a", "2.0.0"), ("b", "1.1.0"), ("b", "2.0.0"), ("d", "1.0.0")]);
        let changed = ["b 1.0.0, 2.0.0 -> 1.1.0, 2.0.0"];
        assert_eq!(raised(Some(&before), &after).expect("a lock file"), changed);
        assert_eq!(raised(None, &after).expect("a lock file"), [""; 0]);
    }
}
