//! What a workspace is called, and everything on a machine that bears its name, so that two workspaces never meet: not
//! in an image, a cache mount, a network or a container. Pure.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::docker::name::Repository;

/// The label that says of which workspace an image is. The keys of all labels are this program's, whoever uses it: what
/// differs from workspace to workspace is this value alone.
pub(crate) const WORKSPACE_LABEL: &str = "io.distributed-colony.workspace";

/// Whose the images are that bear other labels of ours and not that one: they are from before it, when this program knew
/// one workspace.
const UNMARKED: &str = "distributed-colony";

/// What a name without a single usable letter becomes, with digits that tell it from other ones.
const NAMELESS: &str = "workspace";

/// The repository of a workspace's colony image, as the table gives it or as it follows from the workspace. Neither a flag
/// nor a variable changes it: they choose the name of one image, and not whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WorkspaceName(Repository);

impl WorkspaceName {
    /// As the table gives it.
    pub(super) fn chosen(repository: Repository) -> Self {
        Self(repository)
    }

    /// Where the table gives none: `origin`, the name of the root package or folder, in lower case and with one `-` for
    /// whatever no repository may have.
    pub(crate) fn derived(origin: &str) -> Self {
        let lower = origin.to_lowercase();
        let parts = lower.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_' && c != '.');
        // One of these stays where it stands alone between two letters or digits.
        let whole = |part: &str| part.parse::<Repository>().is_ok() || part.len() == 1;
        let words = parts.flat_map(|part| if whole(part) { vec![part] } else { part.split(['_', '.']).collect() });
        let words: Vec<&str> = words.filter(|word| word.contains(|c: char| c.is_ascii_alphanumeric())).collect();
        let digits = || format!("{:x}", Sha256::digest(origin))[..8].to_owned();
        let name = words.join("-").parse().or_else(|_| format!("{NAMELESS}-{}", digits()).parse());
        Self(name.expect("letters, digits and a dash between them"))
    }

    /// Of the colony image, unless a flag or a variable says otherwise.
    pub(crate) fn repository(&self) -> &Repository {
        &self.0
    }

    /// What the cache mounts with the target directories of colony builds begin with; one for each base follows, with `-`
    /// and its [`mount_key`].
    pub(crate) fn app_mount(&self) -> String {
        format!("{}-app", self.fit())
    }

    /// The cache mount with what the last base compiled.
    pub(crate) fn base_mount(&self) -> String {
        format!("{}-base-target", self.fit())
    }

    /// The compose project, after which its network and containers are called.
    pub(crate) fn project(&self) -> String {
        self.fit()
    }

    /// The name in what mounts, projects, networks and containers may all have: lower case letters, digits, `-` and `_`.
    /// A repository never has two of its separators side by side, so the doubled ones stand for the two that are lost,
    /// and no two names have the same form.
    fn fit(&self) -> String {
        self.0.to_string().replace('/', "--").replace('.', "__")
    }

    /// The label of its images.
    pub(crate) fn label(&self) -> (String, String) {
        (WORKSPACE_LABEL.to_owned(), self.to_string())
    }

    /// Whether an image of ours with these labels, or a container of one, is of this workspace.
    pub(crate) fn owns<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        owner(label) == self.to_string()
    }
}

/// How many digits of a digest stand in the name of a cache mount.
pub(crate) const MOUNT_KEY_LENGTH: usize = 16;

/// What the name of a cache mount has of the ID of an image, `sha256:…`: the first of its digits.
pub(crate) fn mount_key(id: &str) -> &str {
    let digits = id.rsplit_once(':').map_or(id, |(_, digits)| digits);
    digits.get(..MOUNT_KEY_LENGTH).unwrap_or(digits)
}

/// The workspace that an image of ours with these labels is of.
pub(crate) fn owner<'a>(label: impl Fn(&str) -> Option<&'a str>) -> &'a str {
    label(WORKSPACE_LABEL).unwrap_or(UNMARKED)
}

impl fmt::Display for WorkspaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    pub(crate) fn named(name: &str) -> WorkspaceName {
        WorkspaceName::chosen(name.parse().expect("a repository"))
    }

    #[test]
    fn no_two_workspaces_have_a_name_in_common() {
        let names = ["a/b", "a.b", "a_b", "a-b", "ab", "a/b-c", "a-b/c", "a-b-c", "a/b/c", "a-b-base", "a-b-app"];
        let mounts = |name: &&str| [named(name).app_mount(), named(name).base_mount()];
        let mounts: Vec<String> = names.iter().flat_map(mounts).collect();
        let projects: Vec<String> = names.iter().map(|name| named(name).project()).collect();
        for forms in [mounts, projects] {
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
            assert!(forms.iter().all(|form| form.chars().all(word)), "{forms:?}");
            assert_eq!(forms.iter().collect::<BTreeSet<_>>().len(), forms.len(), "{forms:?}");
        }
        assert_eq!((named("team/app").project(), named("a.b").app_mount()), ("team--app".into(), "a__b-app".into()));
    }

    #[test]
    fn a_mount_has_the_first_digits_of_an_image_id_and_the_whole_of_anything_else() {
        let id = format!("sha256:0123456789abcdef{}", "0".repeat(48));
        assert_eq!([mount_key(&id), mount_key("unknown"), mount_key("")], ["0123456789abcdef", "unknown", ""]);
    }

    #[test]
    fn an_image_is_of_the_workspace_that_its_label_names_and_an_old_one_of_the_first() {
        let marked = |key: &str| (key == WORKSPACE_LABEL).then_some("app");
        assert!(named("app").owns(marked) && !named("distributed-colony").owns(marked));
        assert!(named("distributed-colony").owns(|_| None) && !named("app").owns(|_| None));
    }

    #[test]
    fn whatever_a_folder_is_called_its_repository_is_sound() {
        for (folder, name) in [
            ("My Project", "my-project"),
            ("a__b", "a-b"),
            ("a_b", "a_b"),
            ("v1.2", "v1.2"),
            (".hidden.", "hidden"),
            ("-x-(1)", "x-1"),
            ("a-b.c_d", "a-b.c_d"),
            ("über", "ber"),
        ] {
            assert_eq!(WorkspaceName::derived(folder).to_string(), name, "{folder}");
        }
        // One letter is none too many for a folder, and one too few for a repository.
        let odd = ["", "a", "日本", "中国"].map(|folder| WorkspaceName::derived(folder).to_string());
        assert!(odd.iter().all(|name| name.starts_with("workspace-")), "{odd:?}");
        assert_eq!(odd.iter().collect::<BTreeSet<_>>().len(), odd.len(), "{odd:?}");
    }
}
