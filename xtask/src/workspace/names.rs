//! Names and places in the table of images, which every command line is read by. Pure, but for the look at the manifest.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::docker::name::Repository;
use crate::failure::{ExitCode, Failure};
use crate::workspace::images;
use crate::workspace::own_name::WorkspaceName;
use crate::workspace::settings;
use crate::workspace::toml_tree;

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
        let (owner, metadata) = images::owner::of_manifest(&manifest);
        Self::of_table(&metadata["images"], owner, origin)
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
        let workspace = repository("repository")?.map_or_else(|| WorkspaceName::derived(origin), WorkspaceName::chosen);
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
mod tests {
    use super::*;
    use crate::workspace::own_name::tests::named;

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
    fn this_repository_keeps_its_names() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let Names { workspace, base_repository, .. } = Names::read(root).expect("our own table");
        assert_eq!(workspace.to_string(), "distributed-colony");
        assert_eq!(base_repository.to_string(), "distributed-colony-base");
        assert_eq!(workspace.app_mount(), "distributed-colony-app");
        assert_eq!(workspace.base_mount(), "distributed-colony-base-target");
        assert_eq!(workspace.project(), "distributed-colony");
    }
}
