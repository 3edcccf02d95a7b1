//! `[workspace.metadata.images]` as a workspace gets it at first. From then on it is its owner's. Pure.

use anyhow::Context;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::adopt::array;
use crate::adopt::name::Name;

/// What it says at first; all else has defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct First {
    /// Names of the binaries that are shipped.
    pub(super) binaries: Vec<String>,
    /// Repository of the image.
    pub(super) repository: String,
}

/// Where there is no such table, neither there nor in `[package.metadata]`.
pub(super) fn add(manifest: &mut DocumentMut, name: &Name, first: &First) -> anyhow::Result<()> {
    let workspace = manifest.entry("workspace").or_insert_with(toml_edit::table);
    let workspace = workspace.as_table_like_mut().context("`workspace` of Cargo.toml is no table")?;
    let metadata = workspace.entry("metadata").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let metadata = metadata.as_table_like_mut().context("`workspace.metadata` of Cargo.toml is no table")?;
    let mut table = Table::new();
    table.insert("binaries", value(array::of(&first.binaries)));
    table.insert("repository", value(&first.repository));
    table.decor_mut().set_prefix(format!("\n# What `cargo {name}` ships, all of it in one image.\n"));
    metadata.insert("images", Item::Table(table));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(manifest: &str) -> String {
        let mut document: DocumentMut = manifest.parse().expect("TOML");
        let first = First { binaries: vec!["a".to_owned(), "b".to_owned()], repository: "app".to_owned() };
        add(&mut document, &Name::default(), &first).expect("a sound manifest");
        document.to_string()
    }

    const TABLE: &str = "\
\n# What `cargo xtask` ships, all of it in one image.
[workspace.metadata.images]
binaries = [\"a\", \"b\"]
repository = \"app\"
";

    #[test]
    fn it_stands_behind_the_workspace() {
        let (head, rest) = ("[workspace]\nmembers = [\"a\"]\n", "\n[profile.dev]\ndebug = 0 # none\n");
        assert_eq!(added(&format!("{head}{rest}")), format!("{head}{TABLE}{rest}"));
        let head = "[workspace]\nmembers = [\"a\"]\n\n[workspace.metadata.release]\nx = 1\n";
        assert_eq!(added(&format!("{head}{rest}")), format!("{head}{TABLE}{rest}"));
    }

    #[test]
    fn metadata_may_be_written_in_any_way() {
        for own in
            ["[workspace]\nmetadata = { x = 1 }\n", "[workspace]\nmetadata.x = 1\n", "[workspace.metadata]\nx = 1\n"]
        {
            let text = added(own);
            let read: DocumentMut = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            let metadata = &read["workspace"]["metadata"];
            assert_eq!(metadata["images"]["repository"].as_str(), Some("app"), "{text}");
            assert_eq!(metadata["x"].as_integer(), Some(1), "{text}");
        }
    }
}
