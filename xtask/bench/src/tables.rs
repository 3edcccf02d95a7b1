//! The results as tables for the terminal and as Markdown. Pure.

use std::fmt::Write;

use crate::args::{Alternative, Case};
use crate::outcome::{Cell, Results};
use crate::record::Run;
use crate::verdicts::verdicts;

const HEAD: [&str; 7] = ["alternative", "median", "range", "x (e)", "x (a)", "image", "right code"];

/// What a reader has to know beside the numbers.
const NOTES: &str = "\
Seconds are wall time from the start of the build to the image in the local engine; for (e) it is cargo's own time in \
a container that stays, so (e) makes no image. (f) is the whole command, the verification of both binaries included. \
\"Right code\" means that both binaries in the finished image say the marks and the version that the sources had. \
The size of an image is what the engine says. \
The dependencies come from the crates registry; an alternative downloads them again only where its form does. \
In (a) the base is built again whenever Cargo.toml or Cargo.lock changed, as the specification says; in (f) when the \
program says that it is stale. \
A version bump compiles no dependency in (b), since cargo-chef masks the \
members' versions; in (a) it does, since the lock file names members that are no part of the recipe, and theirs are not \
masked. The colony build of (a) compiles every dependency on every edit, since `strip` without -p makes them look \
changed. A dependency update is one version of one crate that the binaries need and few other crates do; (e), which has \
no network, cannot build it. BUILD_VERSION is another one in each build; only in (c) does it stand before the compilation.
";

/// All cases with all numbers, for the terminal.
pub(crate) fn terminal(run: &Run) -> String {
    let mut text = String::new();
    for &case in &run.results.cases {
        let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
        rows.extend(rows_of(&run.results, case));
        text += &format!("{}\n{}\n", case.title(), aligned(&rows));
    }
    for verdict in verdicts(&run.results) {
        text += &format!("{verdict}\n");
    }
    text
}

/// The report: one table over all cases, one for each case, the expectations.
pub(crate) fn markdown(run: &Run) -> String {
    let Run { date, machine, rounds, results } = run;
    let mut text = format!(
        "# Benchmark\n\nMade by `cargo xtask bench` on {}: {}. Median of {rounds} {}, all alternatives interleaved.\n\n",
        date.split('T').next().unwrap_or(date),
        machine.describe(),
        if *rounds == 1 { "round" } else { "rounds" },
    );
    text += "Seconds for each edit; ✗ means that the image did not hold the code that the sources had.\n\n";
    text += &overview(results);
    text += "\n![The same as bars](chart.svg)\n\n";
    text += &verdicts(results).iter().map(|verdict| format!("- {verdict}\n")).collect::<String>();
    for &case in &results.cases {
        text += &format!("\n## {}\n\n", capital(case.title()));
        text += &piped(&HEAD.map(str::to_owned), &rows_of(results, case));
    }
    text += &format!("\n## How it is measured\n\n{NOTES}");
    text
}

/// One row for each alternative, one column for each case.
fn overview(results: &Results) -> String {
    let head: Vec<String> =
        ["".to_owned()].into_iter().chain(results.cases.iter().map(|c| c.title().to_owned())).collect();
    let rows: Vec<Vec<String>> = results
        .alternatives
        .iter()
        .map(|&alternative| {
            let cells = results.cases.iter().map(|&case| match results.cell(case, alternative) {
                Some(cell) => format!("{}{}", seconds(cell.seconds), if cell.is_right() { "" } else { " ✗" }),
                None => missing(alternative, case).to_owned(),
            });
            [label(alternative)].into_iter().chain(cells).collect()
        })
        .collect();
    piped(&head, &rows)
}

/// `(f) ours`.
pub(crate) fn label(alternative: Alternative) -> String {
    format!("({}) {}", alternative.letter(), alternative.title())
}

fn rows_of(results: &Results, case: Case) -> Vec<Vec<String>> {
    let row = |&alternative: &Alternative| {
        let mut row = vec![label(alternative)];
        match results.cell(case, alternative) {
            Some(cell) => row.extend(columns(&cell)),
            None => row.extend([missing(alternative, case), "", "", "", "", ""].map(str::to_owned)),
        }
        row
    };
    results.alternatives.iter().map(row).collect()
}

/// What stands where no build succeeded.
fn missing(alternative: Alternative, case: Case) -> &'static str {
    if alternative.takes_part(case) { "failed" } else { "–" }
}

fn columns(cell: &Cell) -> [String; 6] {
    let ratio = |ratio: Option<f64>| ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
    let right = match (cell.is_right(), cell.failed) {
        (true, _) => "yes".to_owned(),
        (false, 0) if cell.right == 0 => "NO".to_owned(),
        (false, 0) => format!("NO, in {} of {}", cell.built - cell.right, cell.built),
        (false, failed) => format!("{} of {}, {failed} failed", cell.right, cell.built + failed),
    };
    [
        format!("{} s", seconds(cell.seconds)),
        format!("{} to {}", seconds(cell.fastest), seconds(cell.slowest)),
        ratio(cell.to_limit),
        ratio(cell.to_spec),
        cell.bytes.map_or_else(|| "–".to_owned(), megabytes),
        right,
    ]
}

/// Two decimals where they say something.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.2}") } else { format!("{seconds:.1}") }
}

/// A step with its time, such as `plan (0.03 s)`.
pub(crate) fn timed(step: &str, took: f64) -> String {
    format!("{step} ({} s)", seconds(took))
}

/// In decimal megabytes, as `docker images` prints it.
fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.1} MB")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The first column to the left, the others to the right.
pub(crate) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = format!("  {:width$}", row[0], width = widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            write!(line, "  {cell:>width$}").expect("a string takes everything");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

pub(crate) fn piped(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = format!("|---|{}\n", "---:|".repeat(head.len() - 1));
    [line(head), rule].into_iter().chain(rows.iter().map(|row| line(row))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::run;

    #[test]
    fn the_terminal_shows_every_number_in_its_column() {
        let text = terminal(&run());
        let table = "\
edit undone
  alternative                     median         range  x (e)  x (a)    image        right code
  (a) the spec's two Dockerfiles  40.0 s  40.0 to 40.0  20.00   1.00  13.1 MB  1 of 2, 1 failed
  (c) plain cache mounts          2.50 s  2.50 to 2.50   1.25   0.06  13.1 MB                NO
  (e) cargo alone (the limit)     2.00 s  2.00 to 2.00   1.00   0.05  13.1 MB               yes
  (f) ours                        2.50 s  2.50 to 2.50   1.25   0.06  13.1 MB               yes
";
        assert!(text.contains(table), "{text}");
    }

    #[test]
    fn the_overview_marks_wrong_code() {
        let text = markdown(&run());
        assert!(text.contains("| (c) plain cache mounts | 5.00 | 2.50 ✗ |"), "{text}");
        assert!(text.contains("on 2026-11-22: Some CPU, 2 cores"), "{text}");
        assert!(text.contains("\n|---|---:|---:|\n"), "{text}");
    }

    #[test]
    fn a_case_without_a_build_is_a_failed_one() {
        let mut run = run();
        run.results.cases.push(Case::Shared);
        assert!(markdown(&run).contains("| (f) ours | 5.00 | 2.50 | failed |"), "{}", markdown(&run));
    }
}
