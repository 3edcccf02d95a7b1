//! The script for bash in a real bash; those for zsh and fish as text, since not every machine has these shells.

use std::process::{Command, Stdio};

use crate::support::Fixture;
use crate::workspace::Workspace;

/// Sets COMPREPLY as TAB at the end of the line does, whose words come as readline splits them.
const TAB: &str = r#"
tab() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMPREPLY=()
    local spec
    spec=$(complete -p cargo)
    spec=${spec#*-F }
    "${spec%% *}" cargo "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}
"#;

fn script(shell: &str) -> String {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).without("docker").xtask(["completions", shell]).run();
    outcome.exits(0);
    assert_eq!(outcome.stderr, "");
    outcome.stdout
}

/// What bash prints that runs these lines. `{script}` is ours, and after it `tab` is known.
fn bash(lines: &str) -> String {
    let text = lines.replace("{script}", &(script("bash") + TAB));
    let mut command = Command::new("bash");
    command.args(["--norc", "--noprofile", "-uc", &text]).env_remove("BASH_ENV").stdin(Stdio::null());
    let output = command.output().expect("bash is there");
    let printed = |bytes| String::from_utf8(bytes).expect("UTF-8");
    assert_eq!(printed(output.stderr), "", "{lines}");
    printed(output.stdout)
}

/// What TAB offers at the end of this line, where cargo has no completion of its own.
fn offered(line: &str) -> Vec<String> {
    let words: Vec<String> = line.split(' ').map(|word| format!("'{word}'")).collect();
    let printed = bash(&format!("{{script}}\ntab {}\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"", words.join(" ")));
    printed.lines().filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The commands that the help names.
fn commands() -> Vec<String> {
    let workspace = Workspace::new();
    let help = Fixture::new(&workspace).xtask(["-h"]).run().stdout;
    let (_, section) = help.split_once("Commands:\n").expect("a list of commands");
    let section = section.split_once("\n\n").expect("flags come behind them").0;
    let names = section.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn bash_completes_the_commands_of_the_help() {
    assert_eq!(offered("cargo xtask "), commands());
    assert_eq!(offered("cargo xtask bu"), ["build-base", "build-colony"]);
    assert_eq!(offered("cargo xtask help st"), ["status"]);
    assert_eq!(offered("cargo xtask ver"), ["verify"]);
}

#[test]
fn bash_completes_a_command_behind_global_flags_and_flags_of_cargo() {
    for flags in ["-v", "--json", "--color always", "--color = always", "-q --color never"] {
        assert_eq!(offered(&format!("cargo xtask {flags} sta")), ["status"], "{flags}");
    }
    for flags in ["+stable", "--color never", "-q --config = a.b=1"] {
        assert_eq!(offered(&format!("cargo {flags} xtask sta")), ["status"], "{flags}");
    }
}

#[test]
fn bash_completes_the_flags_of_a_command_and_the_global_ones() {
    let flags = offered("cargo xtask build-colony --");
    for flag in ["--no-push", "--build-base", "--progress", "--repository", "--verbose", "--quiet", "--color", "--json"]
    {
        assert!(flags.iter().any(|known| known == flag), "{flag} of {flags:?}");
    }
    assert!(!flags.iter().any(|flag| flag == "--backends"), "{flags:?}");
    assert_eq!(offered("cargo xtask build-colony --no"), ["--no-push"]);
    assert_eq!(offered("cargo xtask up --tag x --backend"), ["--backends", "--backend-port"]);
    assert_eq!(offered("cargo xtask logs -"), offered("cargo xtask logs coordinator -"));
    // There is nothing else that could stand here.
    assert_eq!(offered("cargo xtask status "), offered("cargo xtask status -"));
    let global = ["-v", "--verbose", "-q", "--quiet", "--color", "--json", "-h", "--help", "-V", "--version"];
    assert_eq!(offered("cargo xtask -"), global);
}

#[test]
fn bash_completes_values() {
    assert_eq!(offered("cargo xtask up --progress "), ["auto", "plain"]);
    assert_eq!(offered("cargo xtask up --progress p"), ["plain"]);
    assert_eq!(offered("cargo xtask up --progress ="), ["auto", "plain"]);
    assert_eq!(offered("cargo xtask up --progress = p"), ["plain"]);
    assert_eq!(offered("cargo xtask --color "), ["auto", "always", "never"]);
    assert_eq!(offered("cargo xtask logs "), ["coordinator", "backend"]);
    assert_eq!(offered("cargo xtask logs --tail 3 -f b"), ["backend"]);
    assert_eq!(offered("cargo xtask completions "), ["bash", "zsh", "fish"]);
    assert!(offered("cargo xtask up --tag ").is_empty(), "any tag may stand here");
}

#[test]
fn the_completion_of_cargo_is_kept_with_its_options() {
    let own = "_cargo() { COMPREPLY=(\"own:$1:$2:$3\"); }\n";
    let look =
        "tab cargo build --re; echo ${COMPREPLY[@]}; tab cargo xtask logs b; echo ${COMPREPLY[@]}; complete -p cargo";
    let expected = |options| format!("own:cargo:--re:build\nbackend\ncomplete {options}-F _cargo_xtask cargo\n");
    let registered = "complete -o nosort -F _cargo cargo\n";
    assert_eq!(bash(&format!("{own}{registered}{{script}}\n{look}")), expected("-o nosort "));
    // Known, though not registered, before ours is read or after it.
    assert_eq!(bash(&format!("{own}{{script}}\n{look}")), expected(""));
    assert_eq!(bash(&format!("{{script}}\n{own}{look}")), expected(""));
    // A start file is read again.
    assert_eq!(bash(&format!("{own}{registered}{{script}}\n{{script}}\n{look}")), expected("-o nosort "));
}

#[test]
fn the_completion_of_cargo_is_loaded_when_it_is_first_wanted() {
    let loader = "__load_completion() { _cargo() { COMPREPLY=(own); }; complete -o nosort -F _cargo \"$1\"; }\n";
    let look = "tab cargo xtask logs b; echo ${COMPREPLY[@]}; tab cargo b; echo ${COMPREPLY[@]}; complete -p cargo";
    let printed = bash(&format!("{loader}{{script}}\n{look}"));
    assert_eq!(printed, "backend\nown\ncomplete -o nosort -F _cargo_xtask cargo\n");
}

#[test]
fn lines_of_cargo_that_only_speak_of_xtask_are_not_ours() {
    for line in ["cargo build xtask ", "cargo xtas", "cargo --config xtask "] {
        assert!(offered(line).is_empty(), "{line}");
    }
}

#[test]
fn zsh_and_fish_know_the_same_words() {
    let (zsh, fish) = (script("zsh"), script("fish"));
    for command in commands() {
        assert!(zsh.contains(&format!("        '{command}')\n")), "{command}");
        assert!(fish.contains(&format!("-n '__cargo_xtask_at ' -a {command} -d ")), "{command}");
    }
    assert!(zsh.contains(":value:(auto plain)'\n"), "{zsh}");
    assert!(fish.contains("-n '__cargo_xtask_at up' -l progress -x -a 'auto plain' -d "), "{fish}");
    for text in [zsh, fish, script("bash")] {
        assert!(!text.contains("version of this program"), "a hidden command: {text}");
    }
}

#[test]
fn the_script_is_the_same_whatever_is_set() {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).env("IMAGE_TAG", "odd").env("COLUMNS", "40").env("CLICOLOR_FORCE", "1");
    fixture.xtask(["completions", "zsh"]).run().exits(0).prints(&script("zsh"));
}

#[test]
fn another_shell_is_a_usage_error() {
    let workspace = Workspace::new();
    let run = |words: &[&str]| Fixture::new(&workspace).xtask(words).run();
    run(&["completions", "tcsh"]).exits(2).prints("").says("[possible values: bash, zsh, fish]");
    run(&["completions"]).exits(2).prints("").says("<SHELL>");
    run(&["completions", "bash", "--json"]).exits(2).prints("").says("'completions', which prints no result");
}
