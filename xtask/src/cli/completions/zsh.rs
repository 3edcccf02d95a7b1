//! For zsh: the specifications of `_arguments`, which the glue hands over.

use crate::cli::completions::place::{Flag, Place};

const GLUE: &str = include_str!("cargo.zsh");

pub(super) fn script(places: &[Place]) -> String {
    let arms: String = places.iter().map(arm).collect();
    format!(
        "# Completes `cargo xtask` in zsh. Printed by `cargo xtask completions zsh`.\n\n\
         # Sets what may stand behind a command, or with '' before it: flags for _arguments, words for _describe.\n\
         __cargo_xtask_place() {{\n    \
             flags=() arguments=()\n    \
             case $1 in\n{arms}    \
             esac\n\
         }}\n\n{GLUE}"
    )
}

fn arm(place: &Place) -> String {
    let line = |spec: String| format!("                {spec}\n");
    let flags: String = place.flags.iter().map(|flag| line(spec(flag))).collect();
    let described =
        |word: &str, about: &str| if about.is_empty() { word.to_owned() } else { format!("{word}:{about}") };
    let arguments = place.arguments.iter().map(|argument| quoted(&described(&argument.word, &argument.about)));
    let arguments: String = arguments.map(line).collect();
    let command = &place.command;
    format!(
        "        '{command}')\n            flags=(\n{flags}            )\n            \
         arguments=(\n{arguments}            )\n            ;;\n"
    )
}

/// Where a flag has two names, one of them excludes the other.
fn spec(flag: &Flag) -> String {
    let names = flag.names();
    let value = flag.values.as_ref().map(|values| {
        let action = if values.is_empty() { " ".to_owned() } else { format!("({})", values.join(" ")) };
        format!(":value:{action}")
    });
    let about = format!("[{}]{}", escaped(&flag.about), value.unwrap_or_default());
    match (&names[..], flag.values.is_some()) {
        ([short, long], false) => format!("'({short} {long})'{{{short},{long}}}{}", quoted(&about)),
        ([short, long], true) => format!("'({short} {long})'{{{short},{long}=}}{}", quoted(&about)),
        (_, true) => quoted(&format!("{}={about}", names.concat())),
        (_, false) => quoted(&format!("{}{about}", names.concat())),
    }
}

/// Within the brackets of a specification.
fn escaped(about: &str) -> String {
    about.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]").replace(':', "\\:")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::completions::place::tests::example;

    #[test]
    fn the_table_has_an_arm_for_each_place() {
        let script = script(&example());
        let arms = r"        'logs')
            flags=(
                '--name=[It'\''s a name\[a\]\: or \\]:value: '
                '(-l --loud)'{-l,--loud}'[Speaks up]'
                '--colour=[]:value:(red blue)'
            )
            arguments=(
                'one'
                'two'
            )
            ;;
";
        assert!(script.contains(arms), "{script}");
        assert!(script.contains("'logs:Prints logs'\n"), "{script}");
    }
}
