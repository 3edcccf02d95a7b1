//! What all questions to this machine have in common.

use std::time::Duration;

/// A client or a registry that takes longer than this is taken for dead.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn on_path(program: &str) -> bool {
    which::which(program).is_ok()
}

/// The last line that says something: what programs print before it are usage hints and progress.
pub(crate) fn last_line(text: &str) -> String {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_last_line_that_says_something() {
        assert_eq!(last_line("Unable to locate\n\nTry again\n\n"), "Try again");
        assert_eq!(last_line(""), "no reason given");
    }
}
