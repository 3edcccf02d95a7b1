//! The errors of the compiler with their places, found in what cargo wrote to stderr. Pure.

use crate::terminal::colour;

/// An error and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Such as ``error[E0425]: cannot find value `y` in this scope``.
    pub(crate) error: String,
    /// From the root of the workspace on.
    pub(crate) file: String,
    pub(crate) line: String,
    pub(crate) column: String,
}

/// Of each error that has a place the first one.
pub(crate) fn error_places(stderr: &str) -> Vec<Place> {
    let plain = colour::without(stderr);
    let mut found = Vec::new();
    let mut error = None;
    for line in plain.lines() {
        if line.starts_with("error: ") || line.starts_with("error[") {
            error = Some(line);
        } else if line.trim().is_empty() {
            error = None;
        } else if let Some((file, line, column)) = place(line) {
            let at = |error: &str| Place {
                error: error.to_owned(),
                file: file.to_owned(),
                line: line.to_owned(),
                column: column.to_owned(),
            };
            found.extend(error.take().map(at));
        }
    }
    found
}

/// `  --> crates/backend/src/cli.rs:3:5`
fn place(line: &str) -> Option<(&str, &str, &str)> {
    let (rest, column) = line.trim_start().strip_prefix("--> ")?.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(line) && is_number(column)).then_some((file, line, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_is_found_with_its_first_place_and_no_warning_is() {
        let stderr = "   Compiling backend v0.1.0 (/app/crates/backend)\n\
                      warning: unused variable: `x`\n --> crates/backend/src/main.rs:3:9\n  |\n\n\
                      \u{1b}[1merror[E0425]\u{1b}[0m: cannot find value `y`\n  \u{1b}[94m--> \u{1b}[0mcrates/backend/src/cli.rs:7:5\n  |\n\
                      7 |     y\n  |\n  --> elsewhere.rs:1:1\n\n\
                      error: aborting due to 1 previous error\n\n\
                      error: could not compile `backend` (bin \"backend\") due to 1 previous error\n";
        let expected = Place {
            error: "error[E0425]: cannot find value `y`".to_owned(),
            file: "crates/backend/src/cli.rs".to_owned(),
            line: "7".to_owned(),
            column: "5".to_owned(),
        };
        assert_eq!(error_places(stderr), [expected]);
        assert!(error_places("error: x\n --> nowhere\n").is_empty());
    }
}
