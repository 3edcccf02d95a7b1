//! The whole run as JSON: every single time, so that others can calculate for themselves. Pure.

use serde_json::{Value, json};

use crate::args::{Alternative, Case};
use crate::machine::Machine;
use crate::outcome::{Outcome, Results};
use crate::verdicts::verdicts;

/// A finished run.
pub(crate) struct Run {
    /// UTC.
    pub(crate) date: String,
    pub(crate) machine: Machine,
    pub(crate) rounds: u16,
    pub(crate) results: Results,
}

impl Run {
    pub(crate) fn to_json(&self) -> Value {
        let Self { date, machine, rounds, results } = self;
        let cases: Vec<Value> = results.cases.iter().map(|case| case_json(results, *case)).collect();
        let warm_ups: serde_json::Map<String, Value> =
            results.warm_ups.iter().map(|(alternative, seconds)| (alternative.name(), rounded(*seconds))).collect();
        json!({
            "date": date,
            "machine": {
                "cpu": machine.cpu,
                "cores": machine.cores,
                "memory": machine.memory,
                "engine": machine.engine,
                "buildx": machine.buildx,
                "rust": machine.rust,
            },
            "rounds": rounds,
            "first_build_seconds": warm_ups,
            "cases": cases,
            "expectations": verdicts(results),
        })
    }
}

fn case_json(results: &Results, case: Case) -> Value {
    let alternatives: Vec<Value> =
        results.alternatives.iter().map(|alternative| alternative_json(results, case, *alternative)).collect();
    json!({ "case": case.title(), "alternatives": alternatives })
}

fn alternative_json(results: &Results, case: Case, alternative: Alternative) -> Value {
    let outcomes = results.outcomes(case, alternative);
    let cell = results.cell(case, alternative);
    let cell = cell.as_ref();
    json!({
        "alternative": alternative.name(),
        "letter": alternative.letter().to_string(),
        "median_seconds": cell.map(|cell| rounded(cell.seconds)),
        "ratio_to_cargo_alone": cell.and_then(|cell| cell.to_limit).map(rounded),
        "ratio_to_spec": cell.and_then(|cell| cell.to_spec).map(rounded),
        "image_bytes": cell.and_then(|cell| cell.bytes),
        "right_code": cell.map(|cell| cell.is_right()),
        "builds": outcomes.iter().map(outcome_json).collect::<Vec<Value>>(),
    })
}

fn outcome_json(outcome: &Outcome) -> Value {
    match outcome {
        Ok(sample) => {
            json!({
                "seconds": rounded(sample.seconds),
                "right_code": sample.right,
                "compiled": sample.compiled,
                "steps": sample.steps,
            })
        }
        Err(error) => json!({ "error": error }),
    }
}

/// Milliseconds are more than the clock is good for.
fn rounded(number: f64) -> Value {
    json!((number * 1000.0).round() / 1000.0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::outcome::tests::results;

    pub(crate) fn run() -> Run {
        let text = str::to_owned;
        Run {
            date: text("2026-11-22T18:05:11Z"),
            machine: Machine {
                cpu: text("Some CPU"),
                cores: 2,
                memory: text("23 GiB"),
                engine: text("26.1.5"),
                buildx: text("0.13.1"),
                rust: text("rustc 1.87.0"),
            },
            rounds: 1,
            results: results(),
        }
    }

    #[test]
    fn every_build_stands_in_the_record() {
        let json = run().to_json();
        let undone = &json["cases"][1]["alternatives"];
        assert_eq!(undone[0]["builds"][0]["seconds"], 40.0);
        assert_eq!(undone[0]["builds"][1]["error"], "build x: docker ended with exit code 1\n  no space left");
        assert_eq!((&undone[0]["right_code"], &undone[3]["right_code"]), (&json!(false), &json!(true)));
        assert_eq!(json["first_build_seconds"]["ours"], 100.0);
    }

    #[test]
    fn numbers_are_rounded_to_milliseconds() {
        assert_eq!(rounded(1.234_567), json!(1.235));
    }
}
