//! What was measured, and what follows from it. Pure.

use std::collections::BTreeMap;

use crate::args::{Alternative, Case};
use crate::compiled::Compiled;

/// What a build tells of itself.
#[derive(Debug, Default)]
pub(crate) struct Built {
    /// Where it says so.
    pub(crate) compiled: Option<Compiled>,
    /// Its steps with their times, as far as they are known.
    pub(crate) steps: Vec<String>,
}

/// One measured build.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) seconds: f64,
    /// Whether the image held the code that the sources had.
    pub(crate) right: bool,
    /// Size of the final image; cargo alone makes none.
    pub(crate) bytes: Option<u64>,
    /// What was compiled, where the build tells it.
    pub(crate) compiled: Option<Compiled>,
    /// Steps with their times, where the build tells them.
    pub(crate) steps: Vec<String>,
}

/// A measured build, or why there is none.
pub(crate) type Outcome = Result<Sample, String>;

/// All outcomes of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results {
    pub(crate) cases: Vec<Case>,
    pub(crate) alternatives: Vec<Alternative>,
    /// Seconds of each alternative's first build.
    pub(crate) warm_ups: BTreeMap<Alternative, f64>,
    outcomes: BTreeMap<(Case, Alternative), Vec<Outcome>>,
}

/// What the tables show of one alternative in one case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    /// Median of the builds that succeeded.
    pub(crate) seconds: f64,
    pub(crate) fastest: f64,
    pub(crate) slowest: f64,
    pub(crate) to_limit: Option<f64>,
    pub(crate) to_spec: Option<f64>,
    /// Of the last build.
    pub(crate) bytes: Option<u64>,
    pub(crate) right: usize,
    pub(crate) built: usize,
    pub(crate) failed: usize,
    /// Of the last build.
    pub(crate) compiled: Option<Compiled>,
    /// Of the last build.
    pub(crate) steps: Vec<String>,
}

impl Cell {
    /// Whether every build succeeded and held the right code.
    pub(crate) fn is_right(&self) -> bool {
        self.failed == 0 && self.right == self.built
    }
}

impl Results {
    pub(crate) fn new(cases: Vec<Case>, alternatives: Vec<Alternative>) -> Self {
        Self { cases, alternatives, ..Self::default() }
    }

    pub(crate) fn add(&mut self, case: Case, alternative: Alternative, outcome: Outcome) {
        self.outcomes.entry((case, alternative)).or_default().push(outcome);
    }

    pub(crate) fn outcomes(&self, case: Case, alternative: Alternative) -> &[Outcome] {
        self.outcomes.get(&(case, alternative)).map_or(&[], Vec::as_slice)
    }

    /// `None` where no build succeeded.
    pub(crate) fn cell(&self, case: Case, alternative: Alternative) -> Option<Cell> {
        let outcomes = self.outcomes(case, alternative);
        let samples: Vec<&Sample> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
        let seconds = self.median(case, alternative)?;
        let ratio = |to| self.median(case, to).filter(|other| *other > 0.0).map(|other| seconds / other);
        Some(Cell {
            seconds,
            fastest: samples.iter().map(|sample| sample.seconds).fold(f64::INFINITY, f64::min),
            slowest: samples.iter().map(|sample| sample.seconds).fold(0.0, f64::max),
            to_limit: ratio(Alternative::Limit),
            to_spec: ratio(Alternative::Spec),
            bytes: samples.last()?.bytes,
            right: samples.iter().filter(|sample| sample.right).count(),
            built: samples.len(),
            failed: outcomes.len() - samples.len(),
            compiled: samples.last()?.compiled.clone(),
            steps: samples.last()?.steps.clone(),
        })
    }

    fn median(&self, case: Case, alternative: Alternative) -> Option<f64> {
        let outcomes = self.outcomes(case, alternative).iter();
        median(outcomes.filter_map(|outcome| outcome.as_ref().ok()).map(|sample| sample.seconds).collect())
    }
}

/// The middle value, of an even number the mean of the two in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(seconds: f64, right: bool) -> Outcome {
        let steps = vec!["plan (0.03 s)".to_owned()];
        Ok(Sample { seconds, right, bytes: Some(13_100_000), compiled: None, steps })
    }

    /// Two cases of three alternatives, (c) wrong in one of them and (a) once broken.
    pub(crate) fn results() -> Results {
        let (a, e, f) = (Alternative::Spec, Alternative::Limit, Alternative::Ours);
        let mut results = Results::new(vec![Case::Leaf, Case::Undone], vec![a, Alternative::CacheMounts, e, f]);
        for (alternative, seconds) in [(a, 80.0), (Alternative::CacheMounts, 5.0), (e, 4.0), (f, 5.0)] {
            results.add(Case::Leaf, alternative, sample(seconds, true));
            results.add(Case::Undone, alternative, sample(seconds / 2.0, alternative != Alternative::CacheMounts));
            results.warm_ups.insert(alternative, 100.0);
        }
        results.add(Case::Undone, a, Err("build x: docker ended with exit code 1\n  no space left".to_owned()));
        results
    }

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), Some(3.0));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn ratios_are_those_of_the_medians() {
        let cell = results().cell(Case::Leaf, Alternative::Ours).expect("measured");
        assert_eq!((cell.to_limit, cell.to_spec), (Some(1.25), Some(5.0 / 80.0)));
    }

    #[test]
    fn one_wrong_or_failed_build_is_enough_not_to_be_right() {
        let results = results();
        let is_right = |alternative| results.cell(Case::Undone, alternative).expect("measured").is_right();
        assert_eq!(
            [Alternative::Spec, Alternative::CacheMounts, Alternative::Ours].map(is_right),
            [false, false, true]
        );
    }

    #[test]
    fn without_a_build_there_is_no_cell() {
        assert_eq!(results().cell(Case::Shared, Alternative::Ours), None);
    }
}
