//! A few lines at the bottom of a terminal that say what the build is at; the details only when it fails.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use crate::docker::progress::FOR_PROGRAMS;
use crate::docker::progress::build_log::{BuildLog, Event, compiling};
use crate::docker::progress::warnings::{cargo_errors, compiler_warnings};
use crate::terminal::colour;

/// Quick enough to look alive, slow enough to cost nothing.
const FRAME: Duration = Duration::from_millis(100);

/// A step that took so long leaves a line behind.
const LONG: Duration = Duration::from_secs(1);

/// How many running steps are shown.
const SHOWN: usize = 4;

/// How many letters wide a bar is.
const BAR: usize = 24;

/// Cut at the edge of the terminal what is longer than it: each line is one.
const NO_WRAP: &str = "\x1b[?7l";
/// Longer lines wrap again.
const WRAP: &str = "\x1b[?7h";

#[derive(Debug, Default)]
pub(crate) struct Live {
    /// By its number.
    running: BTreeMap<usize, Running>,
    /// Lines that stay: of the steps that took long and are done.
    done: Vec<String>,
    /// At most so many crates are compiled, where that is known.
    crates: Option<usize>,
    /// How many lines stand there.
    drawn_lines: usize,
    drawn: Option<Instant>,
    is_quiet: bool,
    /// What buildx said besides.
    texts: Vec<String>,
}

/// A step at work.
#[derive(Debug)]
struct Running {
    began: Instant,
    name: String,
    /// The last line that its program wrote.
    said: String,
    /// How many crates cargo has begun with.
    crates: usize,
    /// Of each thing that is moved: bytes, and of how many.
    moved: BTreeMap<String, (u64, u64)>,
}

impl Running {
    fn new(name: &str) -> Self {
        let (said, moved) = (String::new(), BTreeMap::new());
        Self { began: Instant::now(), name: short(name), said, crates: 0, moved }
    }

    /// `crates`: at most so many are compiled.
    fn line(&self, crates: Option<usize>) -> String {
        let [current, total] = self.moved.values().fold([0, 0], |sum, moved| [sum[0] + moved.0, sum[1] + moved.1]);
        let progress = match (self.crates, crates) {
            (0, _) if total > 0 => {
                let megabytes = format!("{} of {} MB", current / 1_000_000, total / 1_000_000);
                format!("  {} {megabytes}", bar(current, total))
            }
            (0, _) => String::new(),
            // Cargo says when it begins with one; so the last but one is done.
            (begun, Some(most)) if begun <= most => {
                format!("  {} crate {begun} of at most {most}", bar(begun as u64 - 1, most as u64))
            }
            (begun, _) => format!("  crate {begun}"),
        };
        let seconds = self.began.elapsed().as_secs_f64();
        format!("{seconds:7.1} s  {}{progress}  {}", self.name, self.said).trim_end().to_owned()
    }
}

/// How much of all is done.
fn bar(done: u64, all: u64) -> String {
    let full = usize::try_from(done.min(all) * BAR as u64 / all.max(1)).unwrap_or(BAR);
    format!("{}{}", "━".repeat(full), "─".repeat(BAR - full))
}

/// Back to the first column of the first of so many lines, and clear them.
fn cleared(lines: usize) -> String {
    match lines {
        0 | 1 => "\r\x1b[J".to_owned(),
        lines => format!("\r\x1b[{}A\x1b[J", lines - 1),
    }
}

impl Live {
    /// `crates`: at most so many are compiled, where that is known.
    pub(crate) fn new(crates: Option<usize>) -> Self {
        Self { crates, ..Self::default() }
    }

    /// Draws nothing; only a failure is told.
    pub(crate) fn quiet() -> Self {
        Self { is_quiet: true, ..Self::default() }
    }

    pub(crate) fn note(&mut self, event: &Event) {
        match event {
            Event::Started { number, name } => drop(self.running.insert(*number, Running::new(name))),
            Event::Line { number, text, .. } => {
                let Some(running) = self.running.get_mut(number) else { return };
                let plain = colour::without(text);
                if let Some(begun) = compiling(&plain) {
                    running.crates += 1;
                    running.said = begun;
                } else if !plain.trim().is_empty() {
                    plain.trim().clone_into(&mut running.said);
                }
            }
            Event::Moved { number, id, current, total } if *total > 0 => {
                if let Some(running) = self.running.get_mut(number) {
                    running.moved.insert(id.clone(), (*current, *total));
                }
            }
            Event::Moved { .. } => {}
            Event::Done { number, millis } => {
                let running = self.running.remove(number);
                let took = Duration::from_millis(*millis);
                if let Some(Running { name, .. }) = running.filter(|_| took >= LONG) {
                    self.done.push(format!("{:7.1} s  {name}: done", took.as_secs_f64()));
                }
            }
            Event::Cached { number } | Event::Failed { number, .. } => drop(self.running.remove(number)),
            Event::Text(text) => self.texts.push(text.clone()),
        }
    }

    /// Draws the lines anew, if it is time.
    pub(crate) fn draw(&mut self) {
        if self.is_quiet || self.drawn.is_some_and(|drawn| drawn.elapsed() < FRAME) {
            return;
        }
        self.drawn = Some(Instant::now());
        let frame = self.frame();
        write(&frame);
    }

    /// In place of what stands there: what stays, then what moves.
    fn frame(&mut self) -> String {
        let before = cleared(self.drawn_lines);
        let stays: String = self.done.drain(..).map(|line| format!("{line}\n")).collect();
        let moves = self.moving();
        self.drawn_lines = moves.len();
        format!("{before}{NO_WRAP}{stays}{}{WRAP}", moves.join("\n"))
    }

    /// The steps that run longest come first: they are what is waited for.
    fn moving(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.running.values().take(SHOWN).map(|running| running.line(self.crates)).collect();
        let more = self.running.len().saturating_sub(SHOWN);
        if more > 0 {
            lines.push(format!("           and {more} more"));
        }
        lines
    }

    /// Clears what moves. Returns what is to be told after it: the compiler's warnings, or after a failure all that the
    /// failed steps wrote.
    pub(crate) fn finish(&mut self, log: &BuildLog, failed: bool) -> String {
        if !self.is_quiet {
            self.running.clear();
            let frame = self.frame();
            write(&frame);
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
    let words: Vec<&str> = name.split_whitespace().filter(|word| !word.starts_with("--")).take(5).collect();
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

    fn live(crates: Option<usize>, events: &[Event]) -> Live {
        let mut live = Live::new(crates);
        events.iter().for_each(|event| live.note(event));
        live
    }

    fn started(number: usize, name: &str) -> Event {
        Event::Started { number, name: name.to_owned() }
    }

    fn line(number: usize, text: &str) -> Event {
        Event::Line { number, millis: 1, text: text.to_owned() }
    }

    /// Without the time, which is short.
    fn shown(live: &Live) -> Vec<String> {
        live.moving().iter().map(|line| line.replacen("    0.0 s  ", "", 1)).collect()
    }

    #[test]
    fn each_step_that_runs_has_a_line_with_what_it_said_last() {
        let mut live = live(
            None,
            &[
                started(4, "[builder 3/3] RUN --network=none --mount=type=cache,id=x sh /run/colony/compile.sh /out"),
                started(5, "[runtime 1/2] FROM x"),
                line(4, "    Finished `release` profile"),
            ],
        );
        assert_eq!(
            shown(&live),
            ["[builder 3/3] RUN sh /run/colony/compile.sh  Finished `release` profile", "[runtime 1/2] FROM x"]
        );
        live.note(&Event::Done { number: 4, millis: 2 });
        assert_eq!(shown(&live), ["[runtime 1/2] FROM x"]);
        (6..12).for_each(|number| live.note(&started(number, "FROM y")));
        assert_eq!(shown(&live).last().map(String::as_str), Some("           and 3 more"));
    }

    #[test]
    fn crates_are_counted_against_all_that_there_may_be() {
        let events = [
            started(1, "RUN cook"),
            line(1, "\x1b[1m   Compiling\x1b[0m serde v1.0.1"),
            line(1, "   Compiling leaf v2.0.0"),
            line(1, "   Compiling last v3.0.0"),
        ];
        let of = |crates| shown(&live(crates, &events)).concat();
        let half = format!("{}{}", "━".repeat(12), "─".repeat(12));
        assert_eq!(of(Some(4)), format!("RUN cook  {half} crate 3 of at most 4  last v3.0.0"));
        // Nobody knows, or knew too little.
        assert_eq!(of(None), "RUN cook  crate 3  last v3.0.0");
        assert_eq!(of(Some(2)), of(None));
    }

    #[test]
    fn what_is_moved_is_added_up() {
        let moved = |id: &str, current, total| Event::Moved { number: 1, id: id.to_owned(), current, total };
        let live = live(
            None,
            &[
                started(1, "FROM x"),
                moved("a", 1, 2_000_000),
                moved("a", 2_000_000, 2_000_000),
                moved("b", 0, 6_000_000),
            ],
        );
        assert_eq!(shown(&live), [format!("FROM x  {}{} 2 of 8 MB", "━".repeat(6), "─".repeat(18))]);
    }

    #[test]
    fn a_step_that_took_long_leaves_a_line_above_what_moves() {
        let mut live = live(None, &[started(1, "RUN a"), started(2, "RUN b"), started(3, "RUN c")]);
        assert!(live.frame().starts_with("\r\x1b[J"), "nothing stands there yet");
        live.note(&Event::Done { number: 1, millis: 2_300 });
        live.note(&Event::Done { number: 2, millis: 300 });
        let frame = live.frame();
        let expected = "\r\x1b[2A\x1b[J\x1b[?7l    2.3 s  RUN a: done\n    0.0 s  RUN c\x1b[?7h";
        assert_eq!(frame, expected);
        assert!(!live.frame().contains("RUN a"), "it is told once");
    }
}
