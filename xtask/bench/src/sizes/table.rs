//! What was measured at each size, and the same as tables. Pure.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::outcome::median;
use crate::sizes::size::Size;
use crate::tables::{aligned, piped, seconds};

const HEAD: [&str; 6] = ["case", "members", "files", "cargo s", "ours s", "overhead s"];

/// What happens before a build, in the order of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Step {
    /// A line of a binary changes.
    Leaf,
    /// A line of a library that both binaries need changes.
    Library,
    /// Nothing changes.
    Unchanged,
    /// Nothing changes, and only the base is asked for.
    CheckBase,
}

impl Step {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Leaf => "leaf edit",
            Self::Library => "edit in a library",
            Self::Unchanged => "no change",
            Self::CheckBase => "check-base",
        }
    }
}

/// All times of one step at one size, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) size: Size,
    pub(crate) step: Step,
    /// None where cargo has nothing to do with it.
    pub(crate) cargo: Vec<f64>,
    pub(crate) ours: Vec<f64>,
}

impl Row {
    /// Median of ours less that of cargo.
    pub(crate) fn overhead(&self) -> f64 {
        median(self.ours.clone()).unwrap_or(0.0) - median(self.cargo.clone()).unwrap_or(0.0)
    }
}

/// A finished run.
pub(crate) struct Run {
    /// UTC.
    pub(crate) date: String,
    pub(crate) machine: Machine,
    pub(crate) rounds: u16,
    pub(crate) rows: Vec<Row>,
}

impl Run {
    pub(crate) fn terminal(&self) -> String {
        let rows: Vec<Vec<String>> = [HEAD.map(str::to_owned).into()].into_iter().chain(self.cells()).collect();
        aligned(&rows)
    }

    pub(crate) fn markdown(&self) -> String {
        let Self { date, machine, rounds, .. } = self;
        format!(
            "# Overhead against size\n\nMade by `cargo xtask bench` on {}: {}. Median of {rounds} {}, cargo alone on this \
             machine and ours in turn on the same made-up workspace without dependencies, by the same profile.\n\n{}\n\
             ![The same as a chart](sizes.svg)\n",
            date.split('T').next().unwrap_or(date),
            machine.describe(),
            if *rounds == 1 { "round" } else { "rounds" },
            piped(&HEAD.map(str::to_owned), &self.cells().collect::<Vec<_>>()),
        )
    }

    /// Every single time.
    pub(crate) fn to_json(&self) -> Value {
        let row = |row: &Row| {
            let Row { size: Size { members, files }, step, cargo, ours } = row;
            json!({ "members": members, "files": files, "step": step.title(), "cargo": cargo, "ours": ours })
        };
        let rows: Vec<Value> = self.rows.iter().map(row).collect();
        json!({ "date": self.date, "machine": self.machine.describe(), "rounds": self.rounds, "rows": rows })
    }

    fn cells(&self) -> impl Iterator<Item = Vec<String>> {
        let time = |times: &Vec<f64>| median(times.clone()).map_or_else(|| "–".to_owned(), seconds);
        self.rows.iter().map(move |row| {
            let Size { members, files } = row.size;
            let (cargo, ours) = (time(&row.cargo), time(&row.ours));
            vec![
                row.step.title().to_owned(),
                members.to_string(),
                files.to_string(),
                cargo,
                ours,
                seconds(row.overhead()),
            ]
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::record::tests::run as other_run;

    /// Two sizes.
    pub(crate) fn run() -> Run {
        let row = |members, step, cargo: &[f64], ours: &[f64]| {
            let size = Size { members, files: 20 * members };
            Row { size, step, cargo: cargo.to_vec(), ours: ours.to_vec() }
        };
        let other = other_run();
        Run {
            date: other.date,
            machine: other.machine,
            rounds: 3,
            rows: vec![
                row(5, Step::Leaf, &[0.5, 0.3, 0.4], &[1.4, 9.0, 1.2]),
                row(5, Step::CheckBase, &[], &[0.1]),
                row(50, Step::Leaf, &[0.5], &[2.5]),
                row(50, Step::CheckBase, &[], &[0.3]),
            ],
        }
    }

    #[test]
    fn the_overhead_is_that_of_the_medians() {
        let text = run().terminal();
        let table = "  case        members  files  cargo s  ours s  overhead s
  leaf edit         5    100     0.40    1.40        1.00
  check-base        5    100        –    0.10        0.10
  leaf edit        50   1000     0.50    2.50        2.00
  check-base       50   1000        –    0.30        0.30
";
        assert_eq!(text, table);
        assert!(run().markdown().contains("| leaf edit | 50 | 1000 | 0.50 | 2.50 | 2.00 |"), "{}", run().markdown());
    }

    #[test]
    fn every_time_stands_in_the_record() {
        let json = run().to_json();
        assert_eq!(json["rows"][0]["ours"], json!([1.4, 9.0, 1.2]));
        assert_eq!((&json["rows"][1]["step"], &json["rows"][1]["files"]), (&json!("check-base"), &json!(100)));
    }
}
