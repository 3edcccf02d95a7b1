//! What the cache mounts of a workspace are called. By its name, and not by what its Dockerfiles say: these may name mounts
//! that it shares with others. Pure.

use std::collections::BTreeSet;

use crate::workspace::own_name::WorkspaceName;

/// A workspace, and what its Dockerfile named before: until 2026-11 the colony's target directory alone was kept.
const FORMER: (&str, &str) = ("distributed-colony", "distributed-colony-target");

/// Those that its builds have, or had.
pub(super) fn of(workspace: &WorkspaceName) -> BTreeSet<String> {
    let (owner, former) = FORMER;
    let former = (workspace.to_string() == owner).then(|| former.to_owned());
    [workspace.app_mount(), workspace.base_mount()].into_iter().chain(former).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::own_name::tests::named;

    #[test]
    fn a_workspace_has_two_and_the_first_one_an_older_one_too() {
        let of = |name: &str| of(&named(name)).into_iter().collect::<Vec<_>>();
        assert_eq!(of("team/app"), ["team--app-app", "team--app-base-target"]);
        let own = ["distributed-colony-app", "distributed-colony-base-target", "distributed-colony-target"];
        assert_eq!(of("distributed-colony"), own);
    }

    #[test]
    fn our_dockerfiles_name_one_each() {
        let own = named("distributed-colony");
        for (name, mount) in [("Dockerfile", own.app_mount()), ("Dockerfile.base", own.base_mount())] {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../Docker/").to_owned() + name;
            let text = std::fs::read_to_string(path).expect("a Dockerfile");
            assert_eq!(text.matches("type=cache").count(), 1, "{name}");
            assert!(text.contains(&format!("--mount=type=cache,id={mount},")), "{name}");
        }
    }
}
