//! Which cache mounts are ours: those that our Dockerfiles name, or named. Pure.

use std::collections::BTreeSet;

/// What our Dockerfiles named before: until 2026-11 the colony's target directory alone was kept.
pub(super) const FORMER: [&str; 1] = ["distributed-colony-target"];

/// The `id=` of each cache mount in a Dockerfile.
pub(super) fn named_in(dockerfile: &str) -> BTreeSet<String> {
    let options = dockerfile.split_whitespace().filter_map(|word| word.strip_prefix("--mount="));
    let caches = options.filter(|options| options.split(',').any(|option| option == "type=cache"));
    caches
        .filter_map(|options| options.split(',').find_map(|option| option.strip_prefix("id=")))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cache_mounts_count() {
        let dockerfile = "RUN --mount=type=secret,id=ca \\\n    --mount=type=cache,id=one,target=/t,sharing=locked \\\n    \
                          --mount=target=/u,id=two,type=cache cargo build\n";
        assert_eq!(named_in(dockerfile), ["one".to_owned(), "two".to_owned()].into());
    }

    #[test]
    fn our_dockerfiles_name_one_each() {
        let named = ["Dockerfile", "Dockerfile.base"].map(|name| {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../Docker/").to_owned() + name;
            named_in(&std::fs::read_to_string(path).expect("a Dockerfile"))
        });
        assert_eq!(
            named,
            ["distributed-colony-app", "distributed-colony-base-target"].map(|id| [id.to_owned()].into())
        );
    }
}
