//! What may stand where in a command line.

use clap::{Arg, Command};

/// Before the command, or behind one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Empty for the place before it.
    pub(super) command: String,
    pub(super) flags: Vec<Flag>,
    /// What is known of the words that are no flags.
    pub(super) arguments: Vec<Argument>,
}

/// A flag with its long and its short name, one of which may be missing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flag {
    pub(super) long: Option<String>,
    pub(super) short: Option<char>,
    pub(super) about: String,
    /// The values that it takes: empty if they are not known, nothing if it takes none.
    pub(super) values: Option<Vec<String>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Argument {
    pub(super) word: String,
    /// Empty where nothing is said.
    pub(super) about: String,
}

impl Flag {
    /// As it is typed, the short one first.
    pub(super) fn names(&self) -> Vec<String> {
        let short = self.short.map(|short| format!("-{short}"));
        short.into_iter().chain(self.long.as_ref().map(|long| format!("--{long}"))).collect()
    }
}

/// The place before the command and then that of each command, as the help has them; what is hidden is left out.
pub(super) fn all(mut command: Command) -> Vec<Place> {
    // Hands the global flags on, and adds clap's own `help`.
    command.build();
    let before = Place { command: String::new(), ..place(&command) };
    [before].into_iter().chain(command.get_subcommands().filter(|command| !command.is_hide_set()).map(place)).collect()
}

fn place(command: &Command) -> Place {
    let shown: Vec<&Arg> = command.get_arguments().filter(|arg| !arg.is_hide_set()).collect();
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
    let commands = commands.map(|command| Argument {
        word: command.get_name().to_owned(),
        about: brief(command.get_about().map(ToString::to_string)),
    });
    let positional = shown.iter().filter(|arg| arg.is_positional()).flat_map(|arg| values(arg));
    let positional = positional.map(|word| Argument { word, about: String::new() });
    Place {
        command: command.get_name().to_owned(),
        flags: shown.iter().filter(|arg| !arg.is_positional()).map(|arg| flag(arg)).collect(),
        arguments: commands.chain(positional).collect(),
    }
}

fn flag(arg: &Arg) -> Flag {
    Flag {
        long: arg.get_long().map(str::to_owned),
        short: arg.get_short(),
        about: brief(arg.get_help().map(ToString::to_string)),
        values: arg.get_action().takes_values().then(|| values(arg)),
    }
}

fn values(arg: &Arg) -> Vec<String> {
    let shown = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    shown.map(|value| value.get_name().to_owned()).collect()
}

/// A line of a menu: without the notes on defaults and variables, which the help is for.
fn brief(help: Option<String>) -> String {
    let help = help.unwrap_or_default().replace('\n', " ");
    let sentence = help.split_once(" [").map_or(help.as_str(), |(sentence, _)| sentence);
    sentence.trim_end_matches('.').to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use clap::{ArgAction, Command};

    use super::*;

    /// A small program with all that the scripts know of, and with words that a shell could misread.
    pub(in crate::cli::completions) fn example() -> Vec<Place> {
        let loud = Arg::new("loud").short('l').long("loud").global(true).action(ArgAction::SetTrue);
        let colour = Arg::new("colour").long("colour").global(true).value_parser(["red", "blue"]);
        let name = Arg::new("name").long("name").help("It's a name[a]: or \\ [default: none]");
        let service = Arg::new("service").num_args(0..).value_parser(["one", "two"]);
        let secret = Arg::new("secret").long("secret").hide(true);
        let logs = Command::new("logs").about("Prints logs.").args([name, service, secret]);
        let version = Command::new("version").hide(true);
        let root = Command::new("tool").disable_help_subcommand(true).disable_help_flag(true);
        all(root.args([loud.help("Speaks up."), colour]).subcommands([logs.disable_help_flag(true), version]))
    }

    #[test]
    fn each_command_that_is_shown_is_a_place_with_its_own_flags_and_the_global_ones() {
        let places = example();
        let [before, logs] = &places[..] else { panic!("{places:?}") };
        let names = |place: &Place| place.flags.iter().flat_map(Flag::names).collect::<Vec<_>>();
        assert_eq!((before.command.as_str(), logs.command.as_str()), ("", "logs"));
        assert_eq!(names(before), ["-l", "--loud", "--colour"]);
        assert_eq!(names(logs), ["--name", "-l", "--loud", "--colour"]);
        let words = |place: &Place| place.arguments.iter().map(|argument| argument.word.clone()).collect::<Vec<_>>();
        assert_eq!(words(before), ["logs"]);
        assert_eq!(words(logs), ["one", "two"]);
    }

    #[test]
    fn a_flag_says_what_it_takes() {
        let [_, logs] = &example()[..] else { panic!("two places") };
        let values: Vec<_> =
            logs.flags.iter().map(|flag| flag.values.as_ref().map(|values| values.join(" "))).collect();
        assert_eq!(values, [Some(String::new()), None, Some("red blue".to_owned())]);
    }

    #[test]
    fn a_description_is_short() {
        let brief = |help: &str| super::brief(Some(help.to_owned()));
        assert_eq!(brief("Tag of the image [default: none]."), "Tag of the image");
        assert_eq!(brief("Slow. Rare."), "Slow. Rare");
    }
}
