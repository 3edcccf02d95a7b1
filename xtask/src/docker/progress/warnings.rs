//! The warnings of the compiler and the last words of cargo, found in what cargo wrote to stderr. Pure.

use crate::terminal::colour;

/// Each warning with all its lines and colours, without cargo's own count at the end of a crate
/// (``warning: `backend` (bin "backend") generated 1 warning``).
pub(crate) fn compiler_warnings(stderr: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_inside = false;
    for line in stderr.lines() {
        let plain = colour::without(line);
        if plain.starts_with("warning: ") || plain.starts_with("warning[") {
            is_inside = !is_count(&plain);
            if is_inside {
                found.push(line.to_owned());
            }
        } else if plain.trim().is_empty() {
            is_inside = false;
        } else if let Some(warning) = found.last_mut().filter(|_| is_inside) {
            warning.push('\n');
            warning.push_str(line);
        }
    }
    found
}

/// What cargo says at the end where it fails, such as ``could not compile `backend` (bin "backend") due to 2 previous
/// errors``, without colours.
pub(crate) fn cargo_errors(stderr: &str) -> Vec<String> {
    const BEGIN: [&str; 2] = ["could not compile ", "failed to "];
    let plain = colour::without(stderr);
    let errors = plain.lines().filter_map(|line| line.strip_prefix("error: "));
    errors.filter(|error| BEGIN.iter().any(|begin| error.starts_with(begin))).map(str::to_owned).collect()
}

/// What the script around cargo says once cargo is done, which is then why its step failed; without colours.
pub(crate) fn last_words(stderr: &str) -> Option<String> {
    let plain = colour::without(stderr);
    let (_, rest) = plain.rsplit_once("    Finished `")?;
    let words: Vec<&str> = rest.lines().skip(1).filter(|line| !line.trim().is_empty()).collect();
    (!words.is_empty()).then(|| words.join("\n"))
}

fn is_count(line: &str) -> bool {
    let rest = line.strip_prefix("warning: `").and_then(|rest| rest.split_once(" generated ")).map(|(_, rest)| rest);
    rest.is_some_and(|rest| rest.contains(" warning"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_after_cargo_is_why_a_step_fails() {
        let stderr = "   Compiling a v1\n\u{1b}[32m    Finished\u{1b}[0m `release` profile in 1s\n`a` lacks x.so\nlink it in\n\n";
        assert_eq!(last_words(stderr).as_deref(), Some("`a` lacks x.so\nlink it in"));
        assert_eq!(last_words("   Compiling a v1\nerror: x\n"), None);
        assert_eq!(last_words("    Finished `release` profile in 1s\n"), None);
    }

    #[test]
    fn each_warning_is_found_with_its_lines_and_cargos_counts_are_not() {
        let stderr = "   Compiling backend v0.1.0 (/app/crates/backend)\n\
                      warning: unused variable: `x`\n --> crates/backend/src/main.rs:3:9\n  |\n3 |     let x = 1;\n\n\
                      warning: function `f` is never used\n --> crates/backend/src/main.rs:9:4\n\n\
                      warning: `backend` (bin \"backend\") generated 2 warnings (run `cargo fix`)\n\
                      \x20   Finished `release` profile [optimized] target(s) in 0.75s\n";
        let found = compiler_warnings(stderr);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("warning: unused variable") && found[0].ends_with("let x = 1;"), "{}", found[0]);
        assert_eq!(found[1].lines().count(), 2);
        assert!(compiler_warnings("    Finished `release` profile\n").is_empty());
    }

    #[test]
    fn colours_hide_no_warning_and_stay() {
        let stderr = "\x1b[1m\x1b[33mwarning\x1b[0m\x1b[1m: unused variable: `x`\x1b[0m\n  \x1b[1m-->\x1b[0m a.rs\n\x1b[0m\n\
                      \x1b[1m\x1b[33mwarning\x1b[0m: `backend` (bin \"backend\") generated 1 warning\n";
        let found = compiler_warnings(stderr);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("\x1b[1m") && found[0].ends_with("a.rs"), "{found:?}");
    }

    #[test]
    fn cargos_last_words_are_found_among_the_compilers() {
        let stderr = "\x1b[1m\x1b[91merror[E0425]\x1b[0m: cannot find value `y`\nerror: aborting due to 1 previous error\n\
                      \x1b[1m\x1b[91merror\x1b[0m: could not compile `backend` (bin \"backend\") due to 1 previous error\n";
        assert_eq!(cargo_errors(stderr), ["could not compile `backend` (bin \"backend\") due to 1 previous error"]);
    }
}
