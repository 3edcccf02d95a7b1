//! Editors write in bursts: a new file beside the old one, a rename, a change of mode. Which events count, and when it is
//! over. Pure.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind};

/// For so long nothing may have happened.
const QUIET: Duration = Duration::from_millis(100);

/// A burst that goes on for longer is taken as it is, or something that writes all the time would keep us waiting.
const LIMIT: Duration = Duration::from_secs(2);

/// Events that belong together.
#[derive(Clone, Debug, Default)]
pub(super) struct Burst {
    paths: BTreeSet<PathBuf>,
    /// When the first and the last of them came.
    times: Option<(Instant, Instant)>,
}

impl Burst {
    /// Takes an event in, if it counts.
    pub(super) fn take(&mut self, event: Event, now: Instant) {
        if counts(&event) {
            let first = self.times.map_or(now, |(first, _)| first);
            self.times = Some((first, now));
            self.paths.extend(event.paths);
        }
    }

    /// Whether something happened, and it has been quiet since.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.times.is_some_and(|(first, last)| now - last >= QUIET || now - first >= LIMIT)
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().map(PathBuf::as_path)
    }
}

/// Whoever only looks changes nothing, and that includes ourselves. That events were lost counts.
fn counts(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, Flag, MetadataKind, ModifyKind, RemoveKind, RenameMode};

    use super::*;

    fn event(kind: EventKind) -> Event {
        Event::new(kind).add_path("/w/a".into())
    }

    /// Whether it is over so many milliseconds after its only event.
    fn is_over_after(kind: EventKind, millis: u64) -> bool {
        let (mut burst, now) = (Burst::default(), Instant::now());
        burst.take(event(kind), now);
        burst.is_over(now + Duration::from_millis(millis))
    }

    #[test]
    fn nothing_is_never_over() {
        assert!(!Burst::default().is_over(Instant::now() + LIMIT));
    }

    #[test]
    fn to_open_read_or_close_a_file_is_no_event() {
        for kind in [AccessKind::Open(AccessMode::Any), AccessKind::Read, AccessKind::Close(AccessMode::Read)] {
            assert!(!is_over_after(EventKind::Access(kind), 5_000), "{kind:?}");
        }
    }

    #[test]
    fn whatever_may_be_a_save_counts() {
        for kind in [
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
            EventKind::Create(CreateKind::File),
            EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)),
            EventKind::Modify(ModifyKind::Name(RenameMode::To)),
            EventKind::Remove(RemoveKind::File),
        ] {
            assert!(is_over_after(kind, 100), "{kind:?}");
        }
        let (mut burst, now) = (Burst::default(), Instant::now());
        burst.take(Event::new(EventKind::Other).set_flag(Flag::Rescan), now);
        assert!(burst.is_over(now + QUIET), "events were lost");
    }

    #[test]
    fn every_further_event_prolongs_it_but_not_for_ever() {
        let (mut burst, start) = (Burst::default(), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        for millis in (0..=1950).step_by(50) {
            burst.take(event(EventKind::Create(CreateKind::File)), at(millis));
            assert!(!burst.is_over(at(millis + 49)), "{millis}");
        }
        assert!(burst.is_over(at(2_000)));
        // What does not count prolongs nothing.
        let mut burst = Burst::default();
        burst.take(event(EventKind::Create(CreateKind::File)), at(0));
        burst.take(event(EventKind::Access(AccessKind::Open(AccessMode::Any))), at(90));
        assert!(!burst.is_over(at(99)));
        assert!(burst.is_over(at(100)));
    }
}
