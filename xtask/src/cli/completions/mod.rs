//! Scripts that complete `cargo xtask …` in a shell: what may stand where, read from clap's tree (`place.rs`), written
//! down for each shell (`bash.rs`, `zsh.rs`, `fish.rs`), and the glue of that shell below it (`cargo.*`). Pure.
//!
//! Not clap_complete: its scripts complete a command of one word and register themselves for that, so all of the glue
//! would still be ours, on top of names that it does not promise to keep; and its other way, to ask the program at each
//! TAB, means to start cargo and to wait for its lock.

mod bash;
mod fish;
mod place;
mod zsh;

use clap::{Command, ValueEnum};

/// The shells that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// The script for that shell; the same text each time.
pub(super) fn script(shell: Shell, command: Command) -> String {
    let places = place::all(command);
    match shell {
        Shell::Bash => bash::script(&places),
        Shell::Zsh => zsh::script(&places),
        Shell::Fish => fish::script(&places),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::cli::Cli;
    use crate::cli::completions::place::{self, Flag, Place};

    /// The tables hold words bare, or between blanks and commas.
    #[test]
    fn no_word_of_our_command_line_has_a_meaning_to_a_shell() {
        let words = |place: Place| {
            let values = place.flags.iter().filter_map(|flag| flag.values.clone()).flatten();
            let names = place.flags.iter().flat_map(Flag::names);
            let arguments = place.arguments.iter().map(|argument| argument.word.clone());
            values.chain(names).chain(arguments).collect::<Vec<_>>()
        };
        let all: Vec<String> = place::all(Cli::command()).into_iter().flat_map(words).collect();
        assert!(all.len() > 100, "{all:?}");
        let is_plain = |word: &String| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        assert!(all.iter().all(is_plain), "{all:?}");
    }
}
