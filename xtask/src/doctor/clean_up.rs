//! Whether the engine drops the warm target directory by itself when nobody has built for a while. Pure.

use crate::doctor::version::Version;

/// The first engine whose default clean-up really finds cache mounts. In the ones before, the first of its rules has three
/// filters in one string, which never match (moby/moby 0538c9a1b8).
const FIRST: Version = Version(29, 6);

/// What is said of such an engine. A policy of one's own replaces all rules of the default, so it needs a last rule that
/// asks for no time of idleness: with nothing but rules that do, the cache would grow without end.
const NOTE: &str = "after two idle days its default clean-up drops the warm target directory, once the build cache exceeds \
                    about 1.4 % of the disk; the next build then starts from the base. To keep it, in daemon.json: \
                    {\"builder\":{\"gc\":{\"policy\":[{\"maxUsedSpace\":\"50GB\"},{\"all\":true,\"maxUsedSpace\":\"50GB\"}]}}}";

/// `engine` is its version, `inspected` what `docker buildx inspect` prints. An engine without rules in there may still
/// have them: they are taken for the default.
pub(crate) fn note(engine: &str, inspected: &str) -> Option<&'static str> {
    let is_concerned = Version::find(engine).is_some_and(|version| version >= FIRST);
    let mut rules = inspected.split("GC Policy rule#").skip(1).peekable();
    let is_default = rules.peek().is_none() || rules.any(drops_idle_mounts);
    (is_concerned && is_default).then_some(NOTE)
}

/// A rule without filters is for every kind of content; in the default it has 60 days, which nobody minds.
fn drops_idle_mounts(rule: &str) -> bool {
    let value = |key: &str| rule.lines().find_map(|line| line.trim().strip_prefix(key)).map(str::trim);
    value("Keep Duration:").is_some() && value("Filters:").is_some_and(|filters| filters.contains("exec.cachemount"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = "Name: default\nDriver: docker\n\nNodes:\nName: default\n\
                           GC Policy rule#0:\n All:            false\n \
                           Filters:        type==source.local type==exec.cachemount type==source.git.checkout\n \
                           Keep Duration:  48h0m0s\n Max Used Space: 3.477GiB\n\
                           GC Policy rule#1:\n All:            false\n Keep Duration:  1440h0m0s\n";

    /// As buildx 0.29 shows the policy of the note.
    const OWN: &str = "Name: default\nDriver: docker\n\
                       GC Policy rule#0:\n All:            false\n Filters:        \n Max Used Space: 50GiB\n\
                       GC Policy rule#1:\n All:            true\n Filters:        \n Max Used Space: 50GiB\n";

    #[test]
    fn the_default_of_newer_engines_is_told_with_its_cure() {
        let told = note("29.6.0", DEFAULT).expect("it drops idle cache mounts");
        assert!(told.contains("two idle days"));
        let (_, cure) = told.split_once("daemon.json: ").expect("a cure");
        let cure: serde_json::Value = serde_json::from_str(cure).expect("what is to be copied is JSON");
        let last = cure["builder"]["gc"]["policy"].as_array().and_then(|rules| rules.last()).expect("a last rule");
        assert!(last["all"] == true && last["filter"].is_null(), "the last rule must hold for everything: {last}");
    }

    #[test]
    fn older_engines_never_find_a_cache_mount() {
        assert_eq!(note("29.5.3", DEFAULT), None);
        assert_eq!(note("26.1.5+dfsg1", "Driver: docker\n"), None);
    }

    #[test]
    fn a_policy_of_ones_own_that_keeps_cache_mounts_is_no_matter() {
        assert_eq!(note("29.6.0", OWN), None);
    }

    #[test]
    fn an_engine_that_shows_no_rules_is_taken_for_one_with_the_default() {
        assert!(note("30.0.1", "Name: default\nDriver: docker\n").is_some());
    }
}
