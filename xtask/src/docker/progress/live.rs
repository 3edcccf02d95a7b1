//! One line at the bottom of a terminal that says what the build is at; the details only when it fails.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use crate::docker::progress::FOR_PROGRAMS;
use crate::docker::progress::build_log::{BuildLog, Event};
use crate::docker::progress::warnings::{cargo_errors, compiler_warnings};
use crate::terminal::colour;

/// Quick enough to look alive, slow enough to cost nothing.
const FRAME: Duration = Duration::from_millis(100);

/// Back to the first column, clear the line, and cut at the edge of the terminal what is longer than it.
const BEGIN: &str = "\r\x1b[2K\x1b[?7l";
/// Longer lines wrap again.
const END: &str = "\x1b[?7h";

#[derive(Debug, Default)]
pub(crate) struct Live {
    /// Number of each step that runs -> when it began, what it is, what it said last.
    running: BTreeMap<usize, (Instant, String, String)>,
    drawn: Option<Instant>,
    is_quiet: bool,
    /// What buildx said besides.
    texts: Vec<String>,
}

impl Live {
    /// Draws nothing; only a failure is told.
    pub(crate) fn quiet() -> Self {
        Self { is_quiet: true, ..Self::default() }
    }

    pub(crate) fn note(&mut self, event: &Event) {
        match event {
            Event::Started { number, name } => {
                self.running.insert(*number, (Instant::now(), short(name), String::new()));
            }
            Event::Line { number, text, .. } => self.said(*number, colour::without(text).trim()),
            Event::Moved { number, current, total, .. } if *total > 0 => {
                self.said(*number, &format!("{} of {} MB", current / 1_000_000, total / 1_000_000));
            }
            Event::Moved { .. } => {}
            Event::Cached { number } | Event::Done { number, .. } | Event::Failed { number, .. } => {
                self.running.remove(number);
            }
            Event::Text(text) => self.texts.push(text.clone()),
        }
    }

    fn said(&mut self, number: usize, text: &str) {
        if let Some((.., last)) = self.running.get_mut(&number).filter(|_| !text.is_empty()) {
            text.clone_into(last);
        }
    }

    /// Draws the line anew, if it is time.
    pub(crate) fn draw(&mut self) {
        if self.is_quiet || self.drawn.is_some_and(|drawn| drawn.elapsed() < FRAME) {
            return;
        }
        self.drawn = Some(Instant::now());
        write(&format!("{BEGIN}{}{END}", self.text()));
    }

    /// The step that runs longest is the one that is waited for.
    fn text(&self) -> String {
        let Some((began, name, said)) = self.running.values().next() else { return String::new() };
        let more = match self.running.len() {
            1 => String::new(),
            count => format!(" (+{})", count - 1),
        };
        format!("       {:.1} s {name}{more}  {said}", began.elapsed().as_secs_f64())
    }

    /// Clears the line. Returns what is to be told after it: the compiler's warnings, or after a failure all that the
    /// failed steps wrote.
    pub(crate) fn finish(&mut self, log: &BuildLog, failed: bool) -> String {
        if !self.is_quiet {
            write(&format!("{BEGIN}{END}"));
        }
        match (failed, self.is_quiet) {
            (false, true) => String::new(),
            (false, false) => {
                let warnings = log.steps().flat_map(|step| compiler_warnings(&String::from_utf8_lossy(&step.stderr)));
                warnings.map(|warning| format!("{warning}\n\n")).collect()
            }
            (true, _) => self.story(log),
        }
    }

    fn story(&self, log: &BuildLog) -> String {
        let mut story = String::new();
        for step in log.failed() {
            story += &format!("{}\n{}", step.name, String::from_utf8_lossy(&step.stderr));
            let stdout = String::from_utf8_lossy(&step.stdout);
            let lines = stdout.lines().filter(|line| !line.starts_with(FOR_PROGRAMS));
            story.extend(lines.map(|line| format!("{line}\n")));
        }
        // What buildx says besides shows the Dockerfile, which is not where a compiler's error is.
        if !log.failed().any(|step| !cargo_errors(&String::from_utf8_lossy(&step.stderr)).is_empty()) {
            story.extend(self.texts.iter().map(|text| format!("{text}\n")));
        }
        story
    }
}

/// `[stage 2/3] RUN` says enough.
fn short(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().filter(|word| !word.starts_with("--")).take(4).collect();
    words.join(" ")
}

pub(super) fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // A closed stderr leaves nowhere to complain to; the exit code still tells.
    drop(stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_the_step_that_runs_longest_and_what_it_said_last() {
        let mut live = Live::default();
        let started = |number, name: &str| Event::Started { number, name: name.to_owned() };
        live.note(&started(4, "[builder 3/3] RUN --network=none --mount=type=cache,id=x sh /run/compile.sh /out"));
        live.note(&started(5, "[runtime 1/2] FROM x"));
        live.note(&Event::Line { number: 4, millis: 1, text: "   Compiling backend v0.1.0".to_owned() });
        let text = live.text();
        assert!(text.ends_with(" s [builder 3/3] RUN sh (+1)  Compiling backend v0.1.0"), "{text}");
        live.note(&Event::Done { number: 4, millis: 2 });
        assert!(live.text().contains("[runtime 1/2] FROM x"), "{}", live.text());
    }
}
