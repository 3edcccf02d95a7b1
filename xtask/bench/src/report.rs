//! What the user sees on stderr while the benchmark runs.

use std::fmt::Display;
use std::io::Write;
use std::time::Instant;

use anstyle::AnsiColor;

pub(crate) fn info(text: impl Display) {
    lines("INFO", AnsiColor::Green, &text.to_string());
}

pub(crate) fn warning(text: impl Display) {
    lines("WARNING", AnsiColor::Yellow, &text.to_string());
}

pub(crate) fn error(text: impl Display) {
    lines("ERROR", AnsiColor::Red, &text.to_string());
}

/// Runs one step and says when it begins and how it ended.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    info(format!("{name} …"));
    let started = Instant::now();
    let outcome = work();
    let took = started.elapsed().as_secs_f64();
    match &outcome {
        Ok(_) => info(format!("{name}: ok ({took:.1} s)")),
        Err(_) => error(format!("{name}: failed after {took:.1} s")),
    }
    outcome
}

/// Coloured where the terminal and NO_COLOR allow it.
fn lines(word: &str, colour: AnsiColor, text: &str) {
    let style = colour.on_default();
    let mut stderr = anstream::stderr().lock();
    for line in text.lines() {
        // A closed stderr leaves nowhere to complain to; the exit code still tells.
        if writeln!(stderr, "{style}[{word}]{style:#} {line}").is_err() {
            return;
        }
    }
}
