//! A finished step, and how long things took.

use std::time::Duration;

/// One finished step, in durations since the report began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) start: Duration,
    pub(crate) took: Duration,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well_at_every_size() {
        assert_eq!(seconds(Duration::from_millis(70)), "70 ms");
        assert_eq!(seconds(Duration::from_millis(4520)), "4.5 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 5 s");
    }
}
