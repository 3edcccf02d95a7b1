//! What a workspace is called, and everything on a machine that bears its name, so that two workspaces never meet: not
//! in an image, a cache mount, a network or a container. Pure, but for the look at the manifest.

use std::fmt;
use std::fs;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::docker::name::Repository;
use crate::failure::{ExitCode, Failure};
use crate::workspace::images;
use crate::workspace::settings;
use crate::workspace::toml_tree;

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
    /// Where the table gives none: `origin`, the name of the root package or folder, in lower case and with one `-` for
    /// whatever no repository may have.
    fn derived(origin: &str) -> Self {
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

    /// The cache mount with the target directory of colony builds.
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

/// The workspace that an image of ours with these labels is of.
pub(crate) fn owner<'a>(label: impl Fn(&str) -> Option<&'a str>) -> &'a str {
    label(WORKSPACE_LABEL).unwrap_or(UNMARKED)
}

impl fmt::Display for WorkspaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names and places, as far as the table or the workspace says so. Flags and variables count before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) workspace: WorkspaceName,
    pub(crate) base_repository: Repository,
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
}

impl Names {
    /// Straight from the manifest in the root, since every command line is read by them, and cargo takes its time. What
    /// else is wrong with the manifest is cargo's to say.
    pub(crate) fn read(root: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
        let folder = root.file_name().unwrap_or_default().to_string_lossy();
        Self::of_manifest(&text, &folder)
    }

    /// `folder` is the name of the root, which has this manifest.
    pub(crate) fn of_manifest(text: &str, folder: &str) -> Result<Self, Failure> {
        let manifest = toml_tree::parse("Cargo.toml", text).unwrap_or_default();
        let origin = manifest["package"]["name"].as_str().unwrap_or(folder);
        let read = |table: &Value, owner| Self::of_table(table, owner, origin);
        match &manifest["workspace"]["metadata"]["images"] {
            Value::Null => read(&manifest["package"]["metadata"]["images"], "package"),
            table => read(table, "workspace"),
        }
    }

    /// `owner` is what the table belongs to in the manifest, and `origin` what a name is made of where it gives none.
    fn of_table(table: &Value, owner: &str, origin: &str) -> Result<Self, Failure> {
        let place = |key: &str| format!("[{owner}.metadata.images] {key}");
        let text = |key: &str| match &table[key] {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.as_str())),
            other => Err(usage(format!("{} is {}, not a text", place(key), images::kind(other)))
                .hint(format!("Write it as a text: {key} = \"…\""))),
        };
        let wrong = |key: &str, text: &str, why: String| {
            usage(format!("{}: `{text}`: {why}", place(key))).hint("Mend it in Cargo.toml")
        };
        let setting = |key: &str, check: fn(&str) -> Result<String, String>| {
            text(key)?.map(|text| check(text).map_err(|why| wrong(key, text, why))).transpose()
        };
        let repository = |key: &str| {
            text(key)?.map(|text| text.parse::<Repository>().map_err(|why| wrong(key, text, why))).transpose()
        };
        let workspace = repository("repository")?.map_or_else(|| WorkspaceName::derived(origin), WorkspaceName);
        let base_repository = match repository("base-repository")? {
            Some(name) => name,
            None => {
                let name = format!("{workspace}-base");
                name.parse().map_err(|why| {
                    usage(format!("`{name}` is no name for the base: {why}"))
                        .hint(format!("Choose one in Cargo.toml: {}", place("base-repository = \"…\"")))
                })?
            }
        };
        let (region, account) = (setting("region", settings::region)?, setting("account", settings::account)?);
        Ok(Self { workspace, base_repository, region, account })
    }
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(ExitCode::Usage, message)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    pub(crate) fn named(name: &str) -> WorkspaceName {
        WorkspaceName(name.parse().expect("a repository"))
    }

    fn of(table: &str) -> Result<Names, Failure> {
        Names::of_manifest(&format!("[workspace.metadata.images]\n{table}"), "folder")
    }

    fn default_of(manifest: &str, folder: &str) -> String {
        Names::of_manifest(manifest, folder).expect("sound names").workspace.to_string()
    }

    #[test]
    fn the_names_are_read_from_the_manifest_and_checked() {
        let names = of("repository = 'a1'\nbase-repository = 'team/b'\nregion = 'eu-north-1'").expect("sound names");
        assert_eq!((names.workspace, names.base_repository.to_string()), (named("a1"), "team/b".to_owned()));
        assert_eq!((names.region.as_deref(), names.account), (Some("eu-north-1"), None));
        let refusal = |table| of(table).expect_err("it is refused").message;
        assert_eq!(refusal("account = 12"), "[workspace.metadata.images] account is 12, not a text");
        assert!(refusal("region = 'nowhere'").starts_with("[workspace.metadata.images] region: `nowhere`: "));
        assert!(refusal("repository = 'A'").starts_with("[workspace.metadata.images] repository: `A`: "));
        let long = format!("repository = '{}'", "a".repeat(256));
        assert!(refusal(&long).contains("a-base` is no name for the base: "));
    }

    #[test]
    fn a_lone_package_has_its_table_too() {
        let lone = "[package]\nname = 'app'\n[package.metadata.images]\nrepository = 'team/app'";
        assert_eq!(default_of(lone, "folder"), "team/app");
        let both = format!("{lone}\n[workspace.metadata.images]\nrepository = 'other'");
        assert_eq!(default_of(&both, "folder"), "other");
        let wrong = Names::of_manifest("[package.metadata.images]\naccount = 1", "x").expect_err("it is refused");
        assert_eq!(wrong.message, "[package.metadata.images] account is 1, not a text");
    }

    #[test]
    fn without_a_name_in_the_table_it_is_that_of_the_root_package_or_folder() {
        assert_eq!(default_of("[workspace]", "my-folder"), "my-folder");
        assert_eq!(default_of("[workspace]\n[package]\nname = 'tool'", "my-folder"), "tool");
        assert_eq!(default_of("no TOML", "folder"), "folder");
        assert_eq!(of("binaries = []").expect("sound names").base_repository.to_string(), "folder-base");
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
            assert_eq!(default_of("", folder), name, "{folder}");
        }
        // One letter is none too many for a folder, and one too few for a repository.
        let odd = ["", "a", "日本", "中国"].map(|folder| default_of("", folder));
        assert!(odd.iter().all(|name| name.starts_with("workspace-")), "{odd:?}");
        assert_eq!(odd.iter().collect::<BTreeSet<_>>().len(), odd.len(), "{odd:?}");
    }

    #[test]
    fn this_repository_keeps_its_names() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let Names { workspace, base_repository, .. } = Names::read(root).expect("our own table");
        assert_eq!(workspace.to_string(), "distributed-colony");
        assert_eq!(base_repository.to_string(), "distributed-colony-base");
        assert_eq!(workspace.app_mount(), "distributed-colony-app");
        assert_eq!(workspace.base_mount(), "distributed-colony-base-target");
        assert_eq!(workspace.project(), "distributed-colony");
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
    fn an_image_is_of_the_workspace_that_its_label_names_and_an_old_one_of_the_first() {
        let marked = |key: &str| (key == WORKSPACE_LABEL).then_some("app");
        assert!(named("app").owns(marked) && !named("distributed-colony").owns(marked));
        assert!(named("distributed-colony").owns(|_| None) && !named("app").owns(|_| None));
    }
}
