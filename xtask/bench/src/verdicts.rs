//! What was expected of our builds, and whether the measurements bear it out. Pure.

use crate::args::{Alternative, Case};
use crate::compiled::Compiled;
use crate::outcome::{Cell, Results};

/// How much longer than cargo alone a leaf edit may take.
const MOST_TO_LIMIT: f64 = 1.25;
/// How much faster than the specification's form it has to be.
const LEAST_FASTER: f64 = 4.0;

/// One sentence for each expectation that the run can answer.
pub(crate) fn verdicts(results: &Results) -> Vec<String> {
    let cell = |case, alternative| results.cell(case, alternative);
    let mut lines = Vec::new();
    if let Some(ours) = cell(Case::Leaf, Alternative::Ours) {
        lines.extend(leaf(&ours));
    }
    let undone = [Alternative::Ours, Alternative::CacheMounts].map(|who| cell(Case::Undone, who));
    if let [Some(ours), Some(mounts)] = undone {
        let word = |cell: &Cell| if cell.is_right() { "right" } else { "WRONG" };
        let met = met(ours.is_right() && !mounts.is_right());
        lines.push(format!("Edit undone: ours is {}, (c) is {}; {met}.", word(&ours), word(&mounts)));
    }
    for case in [Case::GuiDependency, Case::VersionBump] {
        lines.extend(cell(case, Alternative::Ours).map(|ours| no_rebuild(results, case, &ours)));
    }
    lines
}

fn leaf(ours: &Cell) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(ratio) = ours.to_limit {
        let met = met(ratio <= MOST_TO_LIMIT);
        let steps =
            if ours.steps.is_empty() { String::new() } else { format!(" Its steps: {}.", ours.steps.join(", ")) };
        lines.push(format!(
            "Leaf edit: ours takes {ratio:.2} x the time of cargo alone, at most {MOST_TO_LIMIT} expected; {met}.{steps}"
        ));
    }
    if let Some(ratio) = ours.to_spec {
        let faster = 1.0 / ratio;
        let met = met(faster >= LEAST_FASTER);
        lines.push(format!(
            "Leaf edit: ours is {faster:.1} x faster than (a), at least {LEAST_FASTER} expected; {met}."
        ));
    }
    lines
}

/// Whether ours compiled no dependency, and how long those took that are expected to compile all of them.
fn no_rebuild(results: &Results, case: Case, ours: &Cell) -> String {
    let said = ours.compiled.as_ref().map_or_else(|| "nothing told of compiling".to_owned(), Compiled::describe);
    let rivals = [Alternative::Spec, Alternative::CargoChef, Alternative::CopyAll];
    let described: Vec<String> = rivals
        .into_iter()
        .filter_map(|rival| Some((rival, results.cell(case, rival)?)))
        .map(|(rival, cell)| format!("({}) {:.1} s", rival.letter(), cell.seconds))
        .collect();
    let met = met(ours.is_right() && ours.compiled.as_ref().is_some_and(Compiled::kept_dependencies));
    let mut line =
        format!("{}: ours takes {:.1} s ({said}), no dependency compiled expected; {met}.", case.title(), ours.seconds);
    if !described.is_empty() {
        line += &format!(" The others: {}.", described.join(", "));
    }
    line
}

fn met(met: bool) -> &'static str {
    if met { "met" } else { "NOT met" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiled::tests::ran;
    use crate::outcome::Sample;
    use crate::outcome::tests::{results, sample};

    #[test]
    fn expectations_are_answered_with_the_numbers() {
        assert_eq!(
            verdicts(&results()),
            [
                "Leaf edit: ours takes 1.25 x the time of cargo alone, at most 1.25 expected; met. Its steps: plan (0.03 s).",
                "Leaf edit: ours is 16.0 x faster than (a), at least 4 expected; met.",
                "Edit undone: ours is right, (c) is WRONG; met.",
            ]
        );
    }

    #[test]
    fn a_recompiled_dependency_breaks_the_promise() {
        let line = |compiled: Option<Compiled>| {
            let mut results = Results::new(vec![Case::VersionBump], vec![Alternative::Ours, Alternative::CopyAll]);
            for who in [Alternative::Ours, Alternative::CopyAll] {
                let compiled = compiled.clone();
                results.add(Case::VersionBump, who, sample(30.0, true).map(|sample| Sample { compiled, ..sample }));
            }
            verdicts(&results).join("\n")
        };
        assert_eq!(
            line(Some(ran(0))),
            "member version bump: ours takes 30.0 s (0 of 96 dependencies recompiled), no dependency compiled expected; \
             met. The others: (d) 30.0 s."
        );
        assert!(line(Some(ran(96))).contains("NOT met"));
        assert!(line(None).contains("NOT met"));
    }

    #[test]
    fn a_missed_expectation_is_said_plainly() {
        let mut results = results();
        for _ in 0..2 {
            results.add(Case::Leaf, Alternative::Ours, sample(60.0, true));
        }
        let lines = verdicts(&results);
        assert!(lines[0].contains("15.00 x") && lines[0].contains("NOT met"), "{}", lines[0]);
        assert!(lines[1].contains("NOT met"), "{}", lines[1]);
    }
}
