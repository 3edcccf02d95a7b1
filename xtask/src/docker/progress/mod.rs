//! What BuildKit tells of a build while it runs (`--progress=rawjson`, buildx 0.12 and later): read, kept and shown.
//!
//! `record.rs` is the format, `reader.rs` finds the records in the stream, `build_log.rs` keeps what the build did so
//! far and says what is new, `plain.rs` and `live.rs` show it, `waiting.rs` knows a build
//! that waits for another, `warnings.rs` and `places.rs` find in it what the compiler said.

mod build_log;
mod live;
mod places;
mod plain;
mod reader;
mod record;
mod waiting;
mod warnings;

use std::io::IsTerminal;
use std::time::Instant;

pub(crate) use crate::docker::progress::build_log::BuildLog;
pub(crate) use crate::docker::progress::places::error_places;
pub(crate) use crate::docker::progress::warnings::{cargo_errors, compiler_warnings, last_words};

use crate::docker::progress::build_log::Event;
use crate::docker::progress::live::Live;
use crate::docker::progress::plain::Plain;
use crate::docker::progress::reader::{Piece, Reader};
use crate::docker::progress::waiting::Waiting;
use crate::process::runner::Watcher;
use crate::terminal::colour;
use crate::terminal::manner::{self, Manner};

/// Begins a line of a step's stdout that is for programs and not shown to people.
pub(crate) const FOR_PROGRAMS: &str = "colony-report: ";

/// What tells the step that compiles the colony from the others.
pub(crate) const COMPILE_STEP: &str = "sh /run/colony/compile.sh";

/// Shows a running build on stderr and keeps what it did.
pub(crate) struct Progress {
    reader: Reader,
    log: BuildLog,
    /// All of it line by line, whatever is shown.
    transcript: String,
    display: Display,
    waiting: Waiting,
    is_coloured: bool,
}

enum Display {
    /// Everything, line by line.
    Plain(Plain),
    /// A few lines that move, or not even that; the details only when the build fails.
    Live(Live),
}

impl Progress {
    /// Moving lines on a terminal (unless it is a dumb one, or that of a CI service), plain lines elsewhere and where the user
    /// asks for them, by flag or as with buildx itself. `crates`: at most so many are compiled, where that is known.
    pub(crate) fn new(manner: Manner, crates: Option<usize>) -> Self {
        let is_plain = manner.is_plain
            || manner::is_dumb()
            || manner::is_ci()
            || std::env::var_os("BUILDKIT_PROGRESS").is_some_and(|set| set == "plain");
        let display = if manner.is_quiet() {
            Display::Live(Live::quiet())
        } else if std::io::stderr().is_terminal() && !is_plain {
            Display::Live(Live::new(crates))
        } else {
            Display::Plain(Plain)
        };
        let is_coloured = manner.is_coloured();
        Self {
            reader: Reader::default(),
            log: BuildLog::default(),
            transcript: String::new(),
            display,
            waiting: Waiting::default(),
            is_coloured,
        }
    }

    /// What the build did, once it is over, and all that was told of it, line by line and without colours. `failed`: the
    /// moving lines make way for the whole story.
    pub(crate) fn finish(self, failed: bool) -> (BuildLog, String) {
        let Self { log, transcript, mut display, is_coloured, .. } = self;
        if let Display::Live(live) = &mut display {
            let rest = live.finish(&log, failed);
            live::write(&if is_coloured { rest } else { colour::without(&rest) });
        }
        (log, transcript)
    }

    /// The compiler is told to colour, since it cannot see where its words end up.
    fn show(&mut self, event: &Event) {
        self.waiting.note(event, Instant::now());
        if let Some(line) = plain::line(event) {
            self.transcript.push_str(&colour::without(&line));
            self.transcript.push('\n');
        }
        let plain;
        let event = match event {
            Event::Line { number, millis, text } if !self.is_coloured => {
                plain = Event::Line { number: *number, millis: *millis, text: colour::without(text) };
                &plain
            }
            event => event,
        };
        if matches!(event, Event::Line { text, .. } if text.starts_with(FOR_PROGRAMS)) {
            return;
        }
        match &mut self.display {
            Display::Plain(plain) => plain.show(event),
            Display::Live(live) => live.note(event),
        }
    }
}

impl Watcher for Progress {
    fn line(&mut self, line: &str) {
        match self.reader.take(line) {
            Some(Piece::Record(status)) => {
                for event in self.log.apply(&status) {
                    self.show(&event);
                }
            }
            Some(Piece::Text(text)) => {
                // What buildx has to say besides, its errors first of all.
                self.show(&Event::Text(text));
            }
            None => {}
        }
    }

    fn tick(&mut self) {
        if let Some(event) = self.waiting.told(Instant::now()) {
            self.show(&event);
        }
        if let Display::Live(live) = &mut self.display {
            live.draw();
        }
    }
}
