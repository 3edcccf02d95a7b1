//! For bash: a table of words, which the glue reads.

use crate::cli::completions::place::{Flag, Place};

const GLUE: &str = include_str!("cargo.bash");

pub(super) fn script(places: &[Place]) -> String {
    let arms: String = places.iter().map(arm).collect();
    format!(
        "# Completes `cargo xtask` in bash. Printed by `cargo xtask completions bash`.\n\n\
         # Sets what may stand behind a command, or with '' before it. `--flag=` takes a value, `--flag=a,b` one of these.\n\
         __cargo_xtask_place() {{\n    \
             flags='' arguments=''\n    \
             case $1 in\n{arms}    \
             esac\n\
         }}\n\n{GLUE}"
    )
}

fn arm(place: &Place) -> String {
    let flags: Vec<String> = place.flags.iter().flat_map(words).collect();
    let arguments: Vec<&str> = place.arguments.iter().map(|argument| argument.word.as_str()).collect();
    format!(
        "        '{}')\n            flags='{}'\n            arguments='{}'\n            ;;\n",
        place.command,
        flags.join(" "),
        arguments.join(" ")
    )
}

fn words(flag: &Flag) -> Vec<String> {
    let values = flag.values.as_ref().map_or_else(String::new, |values| format!("={}", values.join(",")));
    flag.names().into_iter().map(|name| name + &values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::completions::place::tests::example;

    #[test]
    fn the_table_has_an_arm_for_each_place() {
        let script = script(&example());
        let arms = "    case $1 in
        '')
            flags='-l --loud --colour=red,blue'
            arguments='logs'
            ;;
        'logs')
            flags='--name= -l --loud --colour=red,blue'
            arguments='one two'
            ;;
    esac\n";
        assert!(script.contains(arms), "{script}");
    }
}
