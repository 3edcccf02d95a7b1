//! What the cache mounts of a workspace are called. By its name, and not by what its Dockerfiles say: these may name mounts
//! that it shares with others. Pure.

use std::collections::BTreeSet;

use crate::workspace::own_name::{MOUNT_KEY_LENGTH, WorkspaceName};

/// A workspace, and what its Dockerfile named before: until 2026-11 the colony's target directory alone was kept.
const FORMER: (&str, &str) = ("distributed-colony", "distributed-colony-target");

/// Those that the builds of a workspace have, or had.
pub(super) struct OurMounts {
    names: BTreeSet<String>,
    /// Before the key of a base.
    of_a_base: String,
}

impl OurMounts {
    pub(super) fn of(workspace: &WorkspaceName) -> Self {
        let (owner, former) = FORMER;
        let former = (workspace.to_string() == owner).then(|| former.to_owned());
        // Until 2026-11 all bases had one name.
        let names = [workspace.app_mount(), workspace.base_mount()].into_iter().chain(former).collect();
        Self { names, of_a_base: workspace.app_mount() + "-" }
    }

    /// Whether that is one of them. No name of another workspace ends so after ours: it has its own words between them.
    pub(super) fn have(&self, mount: &str) -> bool {
        let is_key = |key: &str| key.len() == MOUNT_KEY_LENGTH && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.names.contains(mount) || mount.strip_prefix(&self.of_a_base).is_some_and(is_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::own_name::tests::named;

    #[test]
    fn a_workspace_has_one_for_the_bases_one_for_each_base_and_what_it_had_before() {
        let ours = OurMounts::of(&named("team/app"));
        for name in ["team--app-app-0123456789abcdef", "team--app-base-target", "team--app-app"] {
            assert!(ours.have(name), "{name}");
        }
        let theirs =
            ["team--app", "team--app-app-", "team--app-app-0123", "team--app-app-0123456789abcdefg", "app-base-target"];
        for name in theirs {
            assert!(!ours.have(name), "{name}");
        }
        assert!(!ours.have("distributed-colony-target"));
        assert!(OurMounts::of(&named("distributed-colony")).have("distributed-colony-target"));
    }

    #[test]
    fn a_workspace_whose_name_begins_like_our_mounts_has_others() {
        let (ours, theirs) = (named("app"), named("app-app-0123456789abcdef"));
        let theirs = [theirs.app_mount() + "-0123456789abcdef", theirs.base_mount(), theirs.app_mount()];
        assert!(theirs.iter().all(|mount| !OurMounts::of(&ours).have(mount)), "{theirs:?}");
    }

    #[test]
    fn our_dockerfiles_name_one_kind_each() {
        let own = named("distributed-colony");
        let mounts = [("Dockerfile", own.app_mount() + "-${BASE_ID},"), ("Dockerfile.base", own.base_mount() + ",")];
        for (name, mount) in mounts {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../Docker/").to_owned() + name;
            let text = std::fs::read_to_string(path).expect("a Dockerfile");
            let ours = text.matches(&format!("--mount=type=cache,id={mount}")).count();
            assert_eq!(text.matches("type=cache").count(), ours, "{name}");
            assert!(ours > 0, "{name}");
        }
    }
}
