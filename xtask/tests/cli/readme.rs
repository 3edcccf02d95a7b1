//! The tables of README.md name all that `--help` names.

use std::collections::BTreeSet;

use crate::support::Fixture;
use crate::tidy::read;
use crate::workspace::Workspace;

/// What one `--help` says.
struct Help {
    commands: BTreeSet<String>,
    flags: BTreeSet<String>,
    variables: BTreeSet<String>,
}

/// `command` is empty for the help of the whole.
fn help(workspace: &Workspace, command: &str) -> Help {
    let words = [command, "--help"].into_iter().filter(|word| !word.is_empty());
    let outcome = Fixture::new(workspace).xtask(words).run();
    outcome.exits(0);
    let section = outcome.stdout.split_once("Commands:\n").map_or("", |(_, rest)| rest);
    let section = section.split_once("\n\n").map_or(section, |(commands, _)| commands);
    // Clap indents names by two blanks and what wraps below them by more.
    let commands = section.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let flags = outcome.stdout.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let variables = outcome.stdout.split("[env: ").skip(1).filter_map(|rest| rest.split(['=', ']']).next());
    Help {
        commands: commands.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect(),
        flags: flags
            .flat_map(|line| line.split_whitespace().find(|word| word.starts_with("--")))
            .map(str::to_owned)
            .collect(),
        variables: variables.map(str::to_owned).collect(),
    }
}

/// All subcommands but clap's own `help`, each with its help.
fn commands() -> Vec<(String, Help)> {
    let workspace = Workspace::new();
    let names = help(&workspace, "").commands;
    assert!(names.contains("build-colony"), "the help was not understood: {names:?}");
    let named = names.into_iter().filter(|name| name != "help");
    named.map(|name| (name.clone(), help(&workspace, &name))).collect()
}

/// The words in backticks of all rows of tables, cut at blanks: "`--tag TAG`" gives `--tag` and `TAG`.
fn words_in_tables(text: &str) -> BTreeSet<&str> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2)).flat_map(str::split_whitespace).collect()
}

#[test]
fn every_command_flag_and_variable_stands_in_a_table_of_the_readme() {
    let readme = read("README.md");
    let known = words_in_tables(&readme);
    let mut missing = BTreeSet::new();
    for (name, help) in commands() {
        let own = [name].into_iter().chain(help.flags).chain(help.variables);
        missing.extend(
            own.filter(|word| !["--help", "--version"].contains(&word.as_str()) && !known.contains(word.as_str())),
        );
    }
    assert!(missing.is_empty(), "not in any table of README.md: {missing:?}");
}

#[test]
fn every_exit_code_has_a_row_in_the_readme() {
    let readme = read("README.md");
    for code in 0..=4 {
        let begins = [format!("| {code} |"), format!("| `{code}` |")];
        let row = readme.lines().any(|line| begins.iter().any(|begin| line.starts_with(begin)));
        assert!(row, "README.md has no row for exit code {code}");
    }
}

#[test]
fn the_documents_name_no_command_that_does_not_exist() {
    let commands: BTreeSet<String> = commands().into_iter().map(|(name, _)| name).collect();
    for document in ["README.md", "Docker/README.md", ".ci/run"] {
        let text = read(document);
        for rest in text.split("cargo xtask ").skip(1) {
            let word: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            // What follows may be a flag, a placeholder or the middle of a sentence about the program itself.
            let is_command =
                !word.is_empty() && !word.starts_with('-') && rest[word.len()..].starts_with(['`', '\n', ' ']);
            assert!(!is_command || commands.contains(&word), "{document} speaks of `cargo xtask {word}`");
        }
    }
}
