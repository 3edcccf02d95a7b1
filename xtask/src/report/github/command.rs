//! Workflow commands: lines that GitHub's runner takes for its own. It reads stderr as well as stdout (`ScriptHandler` of
//! actions/runner hands both to the same reader), so they go where all talk goes, and stdout stays the result.

use std::hash::{BuildHasher, RandomState};
use std::io::Write;

/// Tells of a failure, on the page of the run: the first line is the title, the rest and the cures are what stands below.
pub(super) fn annotation(message: &str, cures: &[String]) -> String {
    let (title, rest) = message.split_once('\n').unwrap_or((message, ""));
    let below: Vec<&str> =
        [rest].into_iter().filter(|rest| !rest.is_empty()).chain(cures.iter().map(String::as_str)).collect();
    let below = if below.is_empty() { title.to_owned() } else { below.join("\n") };
    command("error", &[("title", title)], &below)
}

/// Tells of a failure that has a place in a file, from the root of the repository on.
pub(super) fn annotation_at(title: &str, file: &str, line: &str, column: &str) -> String {
    command("error", &[("title", title), ("file", file), ("line", line), ("col", column)], title)
}

/// A part of the log that is shown folded until the value goes. What stands in it is no command, whatever a compiler, or a
/// build script of somebody else's, prints there.
#[derive(Debug)]
pub(crate) struct Fold {
    /// The word that makes lines commands again.
    word: String,
}

impl Fold {
    pub(super) fn begin(title: &str) -> Self {
        let word = unknown_word();
        say(&command("group", &[], title));
        say(&command("stop-commands", &[], &word));
        Self { word }
    }
}

impl Drop for Fold {
    fn drop(&mut self) {
        say(&command(&self.word, &[], ""));
        say(&command("endgroup", &[], ""));
    }
}

/// One that nobody who writes to the log can know.
fn unknown_word() -> String {
    let random = || RandomState::new().hash_one("");
    format!("{:016x}{:016x}", random(), random())
}

pub(super) fn say(line: &str) {
    // A closed stderr leaves nowhere to complain to; the exit code still tells.
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// `::name key=value,key=value::text`, in one line.
fn command(name: &str, properties: &[(&str, &str)], text: &str) -> String {
    let properties: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    let blank = if properties.is_empty() { "" } else { " " };
    format!("::{name}{blank}{}::{}", properties.join(","), data(text))
}

/// The runner turns `%25` into `%` last, so here it comes first.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_a_command_is_escaped() {
        assert_eq!(command("group", &[], "100%\r\nof a: b, c"), "::group::100%25%0D%0Aof a: b, c");
        assert_eq!(command("error", &[("title", "a: 1%, b\n")], "%0A"), "::error title=a%3A 1%25%2C b%0A::%250A");
    }

    #[test]
    fn a_failure_has_its_first_line_as_title_and_its_cures_below() {
        let cures = ["Please run: aws configure".to_owned()];
        assert_eq!(annotation("no: credentials", &cures), "::error title=no%3A credentials::Please run: aws configure");
        assert_eq!(annotation("one\ntwo\nthree", &cures[..0]), "::error title=one::two%0Athree");
        assert_eq!(annotation("alone", &[]), "::error title=alone::alone");
    }

    #[test]
    fn no_two_folds_have_the_same_word() {
        let words = [unknown_word(), unknown_word()];
        assert_ne!(words[0], words[1]);
        assert!(words.iter().all(|word| word.len() == 32), "{words:?}");
    }
}
