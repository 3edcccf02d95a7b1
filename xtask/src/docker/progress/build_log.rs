//! What a build did so far. Pure: records in, events out.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::docker::progress::record::{Log, SolveStatus, Transfer, Vertex};
use crate::report::timings::Inner;
use crate::terminal::colour;

/// All steps of a build, in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct BuildLog {
    steps: Vec<Step>,
    /// Digest of the vertex -> place in `steps`.
    places: BTreeMap<String, usize>,
}

/// One step.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// What the Dockerfile says, or what BuildKit calls it.
    pub(crate) name: String,
    /// Whether its result came from BuildKit's cache.
    pub(crate) cached: bool,
    /// What its program wrote to stdout.
    pub(crate) stdout: Vec<u8>,
    /// What its program wrote to stderr.
    pub(crate) stderr: Vec<u8>,
    /// Why it failed.
    pub(crate) error: Option<String>,
    started: Option<OffsetDateTime>,
    ended: Option<OffsetDateTime>,
    is_over: bool,
    /// When cargo said that it begins with a crate.
    crates: Vec<(OffsetDateTime, String)>,
    /// The begun last line of stdout and stderr.
    begun: [Vec<u8>; 2],
}

/// Something to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// `number` counts from 1, as in BuildKit's own display.
    Started {
        number: usize,
        name: String,
    },
    /// A whole line of a program's stdout or stderr.
    Line {
        number: usize,
        millis: u64,
        text: String,
    },
    /// Bytes that were moved, of so many; zero where nobody knows.
    Moved {
        number: usize,
        id: String,
        current: u64,
        total: u64,
    },
    Cached {
        number: usize,
    },
    Done {
        number: usize,
        millis: u64,
    },
    Failed {
        number: usize,
        error: String,
    },
    /// Not of a step: what buildx itself says.
    Text(String),
}

impl BuildLog {
    /// The step whose name holds this text.
    pub(crate) fn step(&self, text: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name.contains(text))
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter()
    }

    /// Those that failed.
    pub(crate) fn failed(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.error.is_some())
    }

    /// The steps with their times, as far as those are known.
    pub(crate) fn timings(&self) -> Vec<Inner> {
        let inner = |step: &Step| {
            let (from, to) = step.started.zip(step.ended)?;
            Some(Inner { name: step.name.clone(), from, to, is_cached: step.cached, crates: step.crates.clone() })
        };
        self.steps.iter().filter_map(inner).collect()
    }

    /// Takes in a record and says what is new.
    pub(crate) fn apply(&mut self, status: &SolveStatus) -> Vec<Event> {
        let mut events = Vec::new();
        // The lines of a step come before its end.
        let (ended, open): (Vec<_>, Vec<_>) = status.vertexes.iter().partition(|vertex| vertex.completed.is_some());
        open.iter().for_each(|vertex| self.vertex(vertex, &mut events));
        for log in &status.logs {
            self.log(log, &mut events);
        }
        for transfer in &status.statuses {
            self.transfer(transfer, &mut events);
        }
        ended.iter().for_each(|vertex| self.vertex(vertex, &mut events));
        events
    }

    fn vertex(&mut self, vertex: &Vertex, events: &mut Vec<Event>) {
        let Some(began) = &vertex.started else { return };
        let index = *self.places.entry(vertex.digest.clone()).or_insert_with(|| {
            self.steps.push(Step { name: vertex.name.clone(), started: instant(began), ..Step::default() });
            events.push(Event::Started { number: self.steps.len(), name: vertex.name.clone() });
            self.steps.len() - 1
        });
        let (step, number) = (&mut self.steps[index], index + 1);
        let Some(completed) = &vertex.completed else { return };
        // A step that BuildKit asks for twice ends twice.
        if step.is_over {
            return;
        }
        step.is_over = true;
        step.ended = instant(completed);
        step.cached = vertex.cached;
        let millis = step.since_start(completed);
        for rest in std::mem::take(&mut step.begun).iter().filter(|rest| !rest.is_empty()) {
            events.push(Event::Line { number, millis, text: String::from_utf8_lossy(rest).into_owned() });
        }
        if !vertex.error.is_empty() {
            step.error = Some(vertex.error.clone());
            events.push(Event::Failed { number, error: vertex.error.clone() });
        } else if vertex.cached {
            events.push(Event::Cached { number });
        } else {
            events.push(Event::Done { number, millis });
        }
    }

    fn log(&mut self, log: &Log, events: &mut Vec<Event>) {
        let Some(&index) = self.places.get(&log.vertex) else { return };
        let step = &mut self.steps[index];
        let is_stdout = log.stream == 1;
        if is_stdout { &mut step.stdout } else { &mut step.stderr }.extend_from_slice(&log.data);
        let millis = step.since_start(&log.timestamp);
        let begun = &mut step.begun[usize::from(!is_stdout)];
        begun.extend_from_slice(&log.data);
        while let Some(end) = begun.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = begun.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line[..end]).trim_end_matches('\r').to_owned();
            step.crates.extend(instant(&log.timestamp).zip(compiling(&text)));
            events.push(Event::Line { number: index + 1, millis, text });
        }
    }

    fn transfer(&self, transfer: &Transfer, events: &mut Vec<Event>) {
        let Some(&index) = self.places.get(&transfer.vertex) else { return };
        let [current, total] = [transfer.current, transfer.total].map(|bytes| u64::try_from(bytes).unwrap_or(0));
        events.push(Event::Moved { number: index + 1, id: transfer.id.clone(), current, total });
    }
}

impl Step {
    fn since_start(&self, time: &str) -> u64 {
        let took = self.started.zip(instant(time)).map(|(started, time)| (time - started).whole_milliseconds());
        took.and_then(|millis| u64::try_from(millis).ok()).unwrap_or(0)
    }
}

/// The crate that cargo says it begins with, such as `serde v1.0.1`.
pub(super) fn compiling(line: &str) -> Option<String> {
    let plain = colour::without(line);
    let mut words = plain.trim_start().strip_prefix("Compiling ")?.split_whitespace();
    let (name, version) = (words.next()?, words.next()?);
    version.starts_with('v').then(|| format!("{name} {version}"))
}

/// A time that cannot be read costs nothing but a duration on the display.
fn instant(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(records: &[&str]) -> (BuildLog, Vec<Event>) {
        let mut log = BuildLog::default();
        let events =
            records.iter().flat_map(|record| log.apply(&serde_json::from_str(record).expect("a record"))).collect();
        (log, events)
    }

    const STARTED: &str = r#"{"vertexes":[{"digest":"a","name":"RUN x","started":"2026-11-25T02:02:09.5Z"}]}"#;

    #[test]
    fn a_step_that_runs_tells_its_lines_and_its_time() {
        let (log, events) = applied(&[
            STARTED,
            r#"{"logs":[{"vertex":"a","stream":1,"data":"b25lCnR3","timestamp":"2026-11-25T02:02:09.6Z"}]}"#,
            r#"{"logs":[{"vertex":"a","stream":2,"data":"ZXJyCg==","timestamp":"2026-11-25T02:02:09.7Z"}]}"#,
            r#"{"vertexes":[{"digest":"a","name":"RUN x","started":"2026-11-25T02:02:09.5Z",
                "completed":"2026-11-25T02:02:10.5Z"}]}"#,
        ]);
        let line = |millis, text: &str| Event::Line { number: 1, millis, text: text.to_owned() };
        assert_eq!(
            events,
            [
                Event::Started { number: 1, name: "RUN x".to_owned() },
                line(100, "one"),
                line(200, "err"),
                line(1000, "tw"),
                Event::Done { number: 1, millis: 1000 }
            ]
        );
        let step = log.step("RUN x").expect("it ran");
        assert_eq!(
            (step.stdout.as_slice(), step.stderr.as_slice(), step.cached),
            (&b"one\ntw"[..], &b"err\n"[..], false)
        );
    }

    #[test]
    fn a_step_from_the_cache_is_told_apart() {
        let cached = r#"{"vertexes":[{"digest":"a","name":"RUN x","started":"2026-11-25T02:02:09.5Z",
            "completed":"2026-11-25T02:02:09.5Z","cached":true}]}"#;
        let (log, events) = applied(&[cached, cached]);
        assert_eq!(events.last(), Some(&Event::Cached { number: 1 }));
        assert_eq!(events.len(), 2, "it ends once");
        assert!(log.step("RUN x").expect("it is there").cached);
    }

    #[test]
    fn a_step_that_fails_is_kept_with_its_reason() {
        let (log, events) = applied(&[
            STARTED,
            r#"{"vertexes":[{"digest":"a","name":"RUN x","started":"2026-11-25T02:02:09.5Z",
                "completed":"2026-11-25T02:02:10Z","error":"exit code: 1"}]}"#,
        ]);
        assert_eq!(events.last(), Some(&Event::Failed { number: 1, error: "exit code: 1".to_owned() }));
        assert_eq!(log.failed().count(), 1);
    }

    #[test]
    fn the_times_of_the_steps_and_of_the_crates_are_kept() {
        let cargo = "\x1b[1m\x1b[92m   Compiling\x1b[0m serde v1.0.1\n   Compiling app v0.1.0 (/app/crates/app)\n";
        let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, cargo);
        let (log, _) = applied(&[
            STARTED,
            &format!(
                r#"{{"logs":[{{"vertex":"a","stream":2,"data":"{data}","timestamp":"2026-11-25T02:02:09.7Z"}}]}}"#
            ),
            r#"{"vertexes":[{"digest":"a","name":"RUN x","started":"2026-11-25T02:02:09.5Z",
                "completed":"2026-11-25T02:02:10.5Z"}]}"#,
        ]);
        let [inner] = &log.timings()[..] else { panic!("one step") };
        assert_eq!((inner.name.as_str(), (inner.to - inner.from).whole_milliseconds()), ("RUN x", 1000));
        let crates: Vec<_> = inner
            .crates
            .iter()
            .map(|(time, name)| ((*time - inner.from).whole_milliseconds(), name.as_str()))
            .collect();
        assert_eq!(crates, [(200, "serde v1.0.1"), (200, "app v0.1.0")]);
        assert!(applied(&[STARTED]).0.timings().is_empty(), "it has not ended");
        assert_eq!(compiling("Compiling is hard"), None);
    }

    #[test]
    fn what_only_waits_is_not_begun() {
        assert!(applied(&[r#"{"vertexes":[{"digest":"a","name":"RUN x"}]}"#]).1.is_empty());
    }
}
