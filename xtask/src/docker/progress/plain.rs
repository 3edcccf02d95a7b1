//! The whole build line by line, in the form of `docker buildx build --progress=plain`.

use std::io::Write;

use crate::docker::progress::build_log::Event;

#[derive(Debug)]
pub(crate) struct Plain;

impl Plain {
    pub(crate) fn show(&self, event: &Event) {
        let Some(line) = line(event) else { return };
        // A closed stderr leaves nowhere to complain to; the exit code still tells.
        drop(writeln!(std::io::stderr().lock(), "{line}"));
    }
}

/// `None` for what makes no line of its own.
pub(super) fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Started { number, name } => format!("#{number} {name}"),
        Event::Line { number, millis, text } => format!("#{number} {} {text}", seconds(*millis, 3)),
        Event::Moved { number, id, current, total } if *total > 0 && current == total => {
            format!("#{number} {id} {:.2}MB done", megabytes(*total))
        }
        Event::Moved { .. } => return None,
        Event::Cached { number } => format!("#{number} CACHED"),
        Event::Done { number, millis } => format!("#{number} DONE {}s", seconds(*millis, 1)),
        Event::Failed { number, error } => format!("#{number} ERROR: {error}"),
        Event::Text(text) => text.clone(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
fn seconds(millis: u64, digits: usize) -> String {
    format!("{:.digits$}", millis as f64 / 1e3)
}

#[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_those_of_buildkits_plain_display() {
        let said = |event: Event| line(&event).expect("a line");
        assert_eq!(said(Event::Started { number: 7, name: "[base 1/2] FROM x".to_owned() }), "#7 [base 1/2] FROM x");
        assert_eq!(
            said(Event::Line { number: 7, millis: 953, text: "Compiling x".to_owned() }),
            "#7 0.953 Compiling x"
        );
        assert_eq!(said(Event::Done { number: 7, millis: 1234 }), "#7 DONE 1.2s");
        assert_eq!(said(Event::Cached { number: 7 }), "#7 CACHED");
        assert_eq!(said(Event::Failed { number: 7, error: "exit code: 1".to_owned() }), "#7 ERROR: exit code: 1");
    }

    #[test]
    fn only_a_finished_transfer_of_known_size_makes_a_line() {
        let moved = |current, total| line(&Event::Moved { number: 3, id: "sha256:1".to_owned(), current, total });
        assert_eq!(moved(5_000_000, 5_000_000).as_deref(), Some("#3 sha256:1 5.00MB done"));
        assert_eq!((moved(1, 5), moved(5, 0)), (None, None));
    }
}
