//! `cargo NAME` in cargo's configuration. Pure.

use anyhow::Context;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::adopt::name::Name;
use crate::failure::Failure;

/// `config` is the text of `path`, empty where there is no such file.
pub(super) fn add(path: &str, config: &str, name: &Name) -> anyhow::Result<String> {
    let mut document: DocumentMut = config.parse().with_context(|| format!("read {path}"))?;
    // Both names are given, so that other binaries of the package would do no harm.
    let call = format!("run --package {name} --bin {name} --");
    let is_new = document.is_empty();
    let aliases = document.entry("alias").or_insert_with(|| {
        let mut table = Table::new();
        if !is_new {
            table.decor_mut().set_prefix("\n");
        }
        Item::Table(table)
    });
    let aliases = aliases.as_table_like_mut().with_context(|| format!("`alias` of {path} is no table"))?;
    match aliases.get(name.as_str()).map(words) {
        Some(known) if known == call => Ok(config.to_owned()),
        Some(known) => {
            Err(Failure::precondition(format!("the alias `{name}` of {path} means another thing: `{known}`"))
                .hint("Put ours beside it: --name images, or any other name")
                .into())
        }
        None => {
            aliases.insert(name.as_str(), value(call));
            Ok(document.to_string())
        }
    }
}

/// An alias may be a text or a list of words.
fn words(alias: &Item) -> String {
    let text = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(alias) = alias.as_str() {
        return text(alias);
    }
    let words = alias.as_array().into_iter().flatten().filter_map(|word| word.as_str());
    text(&words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = ".cargo/config.toml";

    fn added(config: &str) -> String {
        add(PATH, config, &Name::default()).expect("a sound configuration")
    }

    #[test]
    fn what_is_there_stays() {
        let alias = "[alias]\nxtask = \"run --package xtask --bin xtask --\"\n";
        assert_eq!(added(""), alias);
        assert_eq!(added("# Mine.\n[build]\njobs = 2 # few\n"), format!("# Mine.\n[build]\njobs = 2 # few\n\n{alias}"));
        let own = "[alias]\nb = \"build\" # short\n\n[net]\noffline = true\n";
        let line = "xtask = \"run --package xtask --bin xtask --\"\n";
        assert_eq!(added(own), own.replace("# short\n", &format!("# short\n{line}")));
    }

    #[test]
    fn the_alias_may_be_there_in_either_form() {
        for own in [
            "alias.xtask = \"run  --package xtask --bin xtask --\"\n",
            "[alias]\nxtask = [\"run\", \"--package\", \"xtask\", \"--bin\", \"xtask\", \"--\"]\n",
        ] {
            assert_eq!(added(own), own);
        }
    }

    #[test]
    fn an_alias_of_another_meaning_is_refused_by_name() {
        let error = add(PATH, "[alias]\nxtask = \"run -p xtask --\"\n", &Name::default()).expect_err("refused");
        assert_eq!(error.to_string(), "the alias `xtask` of .cargo/config.toml means another thing: `run -p xtask --`");
        let beside = add(PATH, "[alias]\nxtask = \"run -p xtask --\"\n", &"images".parse().expect("a name"));
        assert!(beside.expect("another name").contains("images = \"run --package images --bin images --\""));
    }
}
