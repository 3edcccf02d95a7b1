//! The step that compiles says at once that it has begun. One that does not waits for another build, which holds the
//! target directory; BuildKit says nothing of that.

use std::time::{Duration, Instant};

use crate::docker::progress::COMPILE_STEP;
use crate::docker::progress::build_log::Event;

/// Far longer than a container takes to start, and as long as people like to see nothing.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Number of the step, and when it began.
    since: Option<(usize, Instant)>,
}

impl Waiting {
    pub(super) fn note(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Started { number, name } if name.contains(COMPILE_STEP) => self.since = Some((*number, now)),
            Event::Line { number, .. }
            | Event::Cached { number }
            | Event::Done { number, .. }
            | Event::Failed { number, .. }
                if self.since.is_some_and(|(waiting, _)| waiting == *number) =>
            {
                self.since = None;
            }
            _ => {}
        }
    }

    /// What is to be said, once.
    pub(super) fn told(&mut self, now: Instant) -> Option<Event> {
        let (number, waited) = self.since.map(|(number, since)| (number, now.duration_since(since)))?;
        if waited < PATIENCE {
            return None;
        }
        self.since = None;
        let millis = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        Some(Event::Line { number, millis, text: "waiting for another build of this image".to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(name: &str) -> Event {
        Event::Started { number: 3, name: name.to_owned() }
    }

    fn line() -> Event {
        Event::Line { number: 3, millis: 1, text: "colony-report: begin".to_owned() }
    }

    #[test]
    fn a_step_that_says_nothing_waits_and_that_is_told_once() {
        let (mut waiting, begun) = (Waiting::default(), Instant::now());
        waiting.note(&started("[builder 3/3] RUN --network=none sh /run/colony/compile.sh /out"), begun);
        assert_eq!(waiting.told(begun + PATIENCE / 2), None);
        let Some(Event::Line { number: 3, millis: 2000, text }) = waiting.told(begun + PATIENCE) else {
            panic!("it waits")
        };
        assert_eq!(text, "waiting for another build of this image");
        assert_eq!(waiting.told(begun + 2 * PATIENCE), None);
    }

    #[test]
    fn a_step_that_begins_in_time_and_any_other_step_does_not_wait() {
        let begun = Instant::now();
        for events in [vec![started("RUN sh /run/colony/compile.sh /out"), line()], vec![started("[base 1/2] FROM x")]]
        {
            let mut waiting = Waiting::default();
            events.iter().for_each(|event| waiting.note(event, begun));
            assert_eq!(waiting.told(begun + PATIENCE), None);
        }
    }
}
