//! The tables of README.md name all that `--help` names.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::Fixture;
use crate::tidy::read;
use crate::workspace::Workspace;

/// A flag, and the variable that stands for it, empty where there is none.
type Flag = (String, String);

/// The command that starts a program with flags of its own.
const BENCH: &str = "bench";

/// What one `--help` says.
struct Help {
    commands: BTreeSet<String>,
    flags: BTreeSet<Flag>,
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
    Help {
        commands: commands.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect(),
        flags: flags(&outcome.stdout),
    }
}

/// A variable is named in the lines below its flag, or in the same one.
fn flags(help: &str) -> BTreeSet<Flag> {
    let mut found: Vec<Flag> = Vec::new();
    // What is wrapped belongs to the line before it.
    let mut lines: Vec<String> = Vec::new();
    for line in help.lines().map(str::trim) {
        match lines.last_mut() {
            Some(last) if !line.is_empty() && !line.starts_with('-') => *last += &format!(" {line}"),
            _ => lines.push(line.to_owned()),
        }
    }
    for line in &lines {
        // `-h, --help` or `--tag <TAG>`; a dash alone begins one of several possible values.
        let long = line.split_whitespace().take(2).find(|word| word.starts_with("--"));
        if let Some(flag) = long.filter(|_| line.starts_with('-')) {
            found.push((flag.to_owned(), String::new()));
        }
        if let Some((_, rest)) = line.split_once("[env: ") {
            let variable = rest.split(['=', ']']).next().expect("a split gives at least one part");
            variable.clone_into(&mut found.last_mut().expect("a flag comes before its variable").1);
        }
    }
    found.into_iter().filter(|(flag, _)| !["--help", "--version"].contains(&flag.as_str())).collect()
}

/// All subcommands but clap's own `help`.
fn commands() -> BTreeSet<String> {
    let mut names = help(&Workspace::new(), "").commands;
    assert!(names.contains("build-colony"), "the help was not understood: {names:?}");
    names.remove("help");
    names
}

/// The words in backticks of a text.
fn marked(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The cells of all rows of the table whose head is this line.
fn rows<'a>(text: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let (_, table) = text.split_once(head).unwrap_or_else(|| panic!("README.md has no table `{head}`"));
    // The line below the head draws a rule.
    let rows = table.trim_start().lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The commands that the last column names (`every command`, all but those that it names), up to a semicolon, behind which it says more.
fn owners(cell: &str) -> BTreeSet<String> {
    let cell = cell.split(';').next().expect("a split gives at least one part");
    if cell.starts_with("every command") {
        // The benchmark hands on all that it does not know.
        let left_out: Vec<&str> = marked(cell).chain([BENCH]).collect();
        return commands().into_iter().filter(|name| !left_out.contains(&name.as_str())).collect();
    }
    let both: &[&str] = if cell.contains("both builds") { &["build-base", "build-colony"] } else { &[] };
    let said = both.iter().copied().chain(marked(cell)).map(str::to_owned);
    said.collect()
}

#[test]
fn every_command_stands_in_its_table_of_the_readme() {
    let readme = read("README.md");
    let said: BTreeSet<&str> =
        rows(&readme, "| command | does |").iter().flat_map(|row| marked(row[0]).collect::<Vec<_>>()).collect();
    assert_eq!(said, commands().iter().map(String::as_str).collect());
}

/// The flags of the benchmark are those of another package, whose own tests look into the table too.
#[test]
fn every_flag_stands_in_its_table_of_the_readme_with_its_variable_and_the_commands_that_have_it() {
    let mut known: BTreeMap<Flag, BTreeSet<String>> = BTreeMap::new();
    let workspace = Workspace::new();
    for name in commands().into_iter().filter(|name| name != BENCH) {
        for flag in help(&workspace, &name).flags {
            known.entry(flag).or_default().insert(name.clone());
        }
    }
    let mut said: BTreeMap<Flag, BTreeSet<String>> = BTreeMap::new();
    for row in rows(&read("README.md"), "| flag | variable | default | of |") {
        let [flags, variable, _, of] = row[..] else { panic!("four columns: {row:?}") };
        for flag in marked(flags) {
            let key = (flag.to_owned(), marked(variable).next().unwrap_or_default().to_owned());
            let mut owners = owners(of);
            if owners.remove(BENCH) && owners.is_empty() {
                continue;
            }
            let before = said.insert(key, owners);
            assert!(before.is_none(), "two rows of {flag} and {variable}");
        }
    }
    let both: BTreeSet<&Flag> = said.keys().chain(known.keys()).collect();
    let differing: Vec<String> = both
        .into_iter()
        .filter(|flag| said.get(flag) != known.get(flag))
        .map(|flag| format!("{flag:?}: README.md says {:?}, the help says {:?}", said.get(flag), known.get(flag)))
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn every_key_of_the_table_of_images_stands_in_the_readme() {
    let workspace = Workspace::new();
    workspace.replace("Cargo.toml", "verify = ", "verfiy = ");
    let outcome = Fixture::new(&workspace).xtask(["check-base"]).run();
    let told = outcome.stderr.split_once("Its keys are: ").expect("they are named").1;
    let known: BTreeSet<&str> = told.lines().next().expect("a line").split(", ").collect();
    let readme = read("README.md");
    let rows = rows(&readme, "| key | default | is |");
    let said: BTreeSet<&str> =
        rows.iter().flat_map(|row| marked(row[0])).map(|key| key.split('.').next().expect("a part")).collect();
    assert_eq!(said, known);
}

#[test]
fn every_exit_code_has_a_row_in_the_readme() {
    let readme = read("README.md");
    for code in [0, 1, 2, 3, 4, 5, 101, 130] {
        let begins = [format!("| {code} |"), format!("| `{code}` |")];
        let row = readme.lines().any(|line| begins.iter().any(|begin| line.starts_with(begin)));
        assert!(row, "README.md has no row for exit code {code}");
    }
}

/// What is not ours to say, but docker's or the compiler's.
const FOREIGN: [&str; 2] = ["the compiler unexpectedly panicked", "The container name \"/distributed-colony-"];

#[test]
fn every_message_that_the_readme_quotes_is_one_that_the_code_has() {
    let mut code = read("Docker/compile.sh");
    for file in crate::tidy::sources() {
        code += &read(&file);
    }
    // A text that goes on in the next line.
    let code = code.replace("\\n\\\n", "").replace("\\\n", "");
    let code: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let readme = read("README.md");
    let rows = rows(&readme, "| message | cure |");
    assert!(rows.len() > 30, "the table was not understood: {rows:?}");
    let quoted = rows
        .iter()
        .flat_map(|row| quotes(row[0]))
        .filter(|quote| !FOREIGN.iter().any(|begin| quote.starts_with(begin)));
    let parts = quoted.flat_map(|quote| quote.split('…').map(str::trim).map(str::to_owned).collect::<Vec<_>>());
    let missing: Vec<String> = parts.filter(|part| part.len() > 2 && !code.contains(part.as_str())).collect();
    assert!(missing.is_empty(), "README.md quotes what nobody says: {missing:?}");
}

/// The texts between backticks, also between double ones, which may hold single ones.
fn quotes(cell: &str) -> Vec<String> {
    if let Some((_, rest)) = cell.split_once("``") {
        return rest.split("``").next().map(|quote| vec![quote.trim().to_owned()]).unwrap_or_default();
    }
    marked(cell).map(str::to_owned).collect()
}

#[test]
fn the_documents_name_no_command_that_does_not_exist() {
    let commands = commands();
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
