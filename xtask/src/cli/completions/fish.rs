//! For fish: one `complete` for each flag of each place, on a condition of the glue.

use crate::cli::completions::place::{Flag, Place};

const GLUE: &str = include_str!("cargo.fish");

pub(super) fn script(places: &[Place]) -> String {
    let lines: String = places.iter().map(lines).collect();
    format!("# Completes `cargo xtask` in fish. Printed by `cargo xtask completions fish`.\n\n{GLUE}\n{lines}")
}

fn lines(place: &Place) -> String {
    let line = |rest: String| format!("complete -c cargo -n '__cargo_xtask_at {}' {rest}\n", place.command);
    // No names of files.
    let none = line("-f".to_owned());
    let flags = place.flags.iter().map(|flag| line(options(flag)));
    let arguments =
        place.arguments.iter().map(|argument| line(format!("-a {}{}", argument.word, about(&argument.about))));
    [none].into_iter().chain(flags).chain(arguments).collect()
}

fn options(flag: &Flag) -> String {
    let short = flag.short.map(|short| format!("-s {short}"));
    let long = flag.long.as_ref().map(|long| format!("-l {long}"));
    let values = flag
        .values
        .as_ref()
        .map(|values| if values.is_empty() { "-x".to_owned() } else { format!("-x -a {}", quoted(&values.join(" "))) });
    let words: Vec<String> = [short, long, values].into_iter().flatten().collect();
    words.join(" ") + &about(&flag.about)
}

fn about(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" -d {}", quoted(text)) }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::completions::place::tests::example;

    #[test]
    fn each_flag_and_argument_of_a_place_has_a_line() {
        let script = script(&example());
        let lines = r"complete -c cargo -n '__cargo_xtask_at logs' -f
complete -c cargo -n '__cargo_xtask_at logs' -l name -x -d 'It\'s a name[a]: or \\'
complete -c cargo -n '__cargo_xtask_at logs' -s l -l loud -d 'Speaks up'
complete -c cargo -n '__cargo_xtask_at logs' -l colour -x -a 'red blue'
complete -c cargo -n '__cargo_xtask_at logs' -a one
complete -c cargo -n '__cargo_xtask_at logs' -a two
";
        assert!(script.ends_with(lines), "{script}");
        assert!(script.contains("complete -c cargo -n '__cargo_xtask_at ' -a logs -d 'Prints logs'\n"), "{script}");
    }
}
