//! What the user sees on stderr: status lines, the time of each step, the summary. Results go to stdout elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Prints status lines and remembers how long each step took. Shared by threads.
pub(crate) struct Report {
    colour: bool,
    steps: Mutex<Vec<(String, Duration)>>,
    started: Instant,
}

impl Report {
    /// Coloured when stderr is a terminal, unless NO_COLOR is set (<https://no-color.org>) or TERM is dumb.
    pub(crate) fn new() -> Self {
        let set = |key: &str| std::env::var_os(key).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        Self {
            colour: std::io::stderr().is_terminal() && set("NO_COLOR").is_none() && !dumb,
            steps: Mutex::new(Vec::new()),
            started: Instant::now(),
        }
    }

    pub(crate) fn info(&self, text: impl AsRef<str>) {
        self.lines("INFO", "32", text.as_ref());
    }

    pub(crate) fn warning(&self, text: impl AsRef<str>) {
        self.lines("WARNING", "33", text.as_ref());
    }

    pub(crate) fn error(&self, text: impl AsRef<str>) {
        self.lines("ERROR", "31", text.as_ref());
    }

    /// Runs one step, says when it begins and how it ended, and keeps its time for the summary.
    pub(crate) fn step<T>(&self, name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        self.info(format!("{name} …"));
        let started = Instant::now();
        let outcome = work();
        let took = started.elapsed();
        match &outcome {
            Ok(_) => self.info(format!("{name}: ok ({})", seconds(took))),
            Err(_) => self.error(format!("{name}: failed after {}", seconds(took))),
        }
        self.steps.lock().expect("no thread panics while it holds the lock").push((name.to_owned(), took));
        outcome
    }

    /// The steps so far, in the order in which they ended.
    pub(crate) fn steps(&self) -> Vec<(String, Duration)> {
        self.steps.lock().expect("no thread panics while it holds the lock").clone()
    }

    /// Prints `rows` (label and value), then the time of each step and the total.
    pub(crate) fn summary(&self, title: &str, rows: &[(&str, String)]) {
        self.info(format!("---- {title} ----"));
        let steps = self.steps();
        let width = rows
            .iter()
            .map(|(label, _)| label.len())
            .chain(steps.iter().map(|(name, _)| name.chars().count()))
            .max()
            .unwrap_or(0);
        for (label, value) in rows {
            self.info(format!("{label:width$}  {value}"));
        }
        for (name, took) in &steps {
            self.info(format!("{name:width$}  {}", seconds(*took)));
        }
        self.info(format!("{:width$}  {}", "total", seconds(self.started.elapsed())));
    }

    fn lines(&self, level: &str, colour: &str, text: &str) {
        let mut stderr = std::io::stderr().lock();
        for line in text.lines() {
            let written = if self.colour {
                writeln!(stderr, "\x1b[{colour}m[{level}]\x1b[0m {line}")
            } else {
                writeln!(stderr, "[{level}] {line}")
            };
            // A closed stderr leaves nowhere to complain to; the exit code still tells.
            if written.is_err() {
                return;
            }
        }
    }
}

/// A duration for people: milliseconds below one second, minutes from one minute on.
pub(crate) fn seconds(took: Duration) -> String {
    let secs = took.as_secs();
    match secs {
        0 => format!("{} ms", took.as_millis()),
        1..60 => format!("{:.1} s", took.as_secs_f64()),
        _ => format!("{} min {} s", secs / 60, secs % 60),
    }
}

/// A size for people, in decimal megabytes as `docker images` prints it.
pub(crate) fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.1} MB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well_at_every_size() {
        assert_eq!(seconds(Duration::from_millis(70)), "70 ms");
        assert_eq!(seconds(Duration::from_millis(4520)), "4.5 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn sizes_are_decimal_megabytes() {
        assert_eq!(megabytes(48_250_000), "48.2 MB");
    }
}
