//! The end of what a program printed: what comes before it is usage hints and progress. Pure.

/// How many lines of a failed program's stderr are shown.
const STDERR_LINES: usize = 20;

/// The last lines, at most `count`.
pub(crate) fn last_lines(text: &str, count: usize) -> impl Iterator<Item = &str> {
    let text = text.trim_end();
    text.lines().skip(text.lines().count().saturating_sub(count))
}

/// The last line that says something.
pub(crate) fn last_line(text: &str) -> String {
    last_lines(text, 1).next().map_or("no reason given", str::trim).to_owned()
}

/// The end of a program's stderr for an error message, each line on an indented line of its own.
pub(crate) fn tail(stderr: &str) -> String {
    last_lines(stderr, STDERR_LINES).map(|line| format!("\n  {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_is_shown() {
        assert_eq!(last_lines("a\nb\nc\n\n", 2).collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(last_lines("a", 2).collect::<Vec<_>>(), ["a"]);
        assert_eq!(tail("a\nb\n"), "\n  a\n  b");
    }

    #[test]
    fn the_reason_is_the_last_line_that_says_something() {
        assert_eq!(last_line("Unable to locate\n\n  Try again\n \n"), "Try again");
        assert_eq!(last_line(""), "no reason given");
    }
}
