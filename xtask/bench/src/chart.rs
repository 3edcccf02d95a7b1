//! The medians as a bar chart in SVG. Pure.

use plotters::prelude::*;

use crate::args::Alternative;
use crate::outcome::Results;
use crate::record::Run;
use crate::tables::{label, seconds};

const WIDTH: u32 = 900;
/// Of a bar with its distance to the next one, in pixels.
const ROW: u32 = 20;
/// Above the bars for the title, and below them for the axis.
const FRAME: u32 = 110;
/// To the left of the bars, for the names.
const NAMES: u32 = 250;
pub(crate) const FONT: &str = "system-ui, sans-serif";

const OTHER: RGBColor = RGBColor(0x8c, 0x95, 0x9f);
const LIMIT: RGBColor = RGBColor(0xbf, 0x87, 0x00);
const OURS: RGBColor = RGBColor(0x09, 0x69, 0xda);
const WRONG: RGBColor = RGBColor(0xcf, 0x22, 0x2e);

/// One row of the chart.
struct Row {
    name: String,
    /// 0 where there is no bar.
    seconds: f64,
    /// Stands behind the bar.
    words: String,
    colour: RGBColor,
}

/// One group of bars for each case, its name in a row above them.
pub(crate) fn svg(run: &Run) -> anyhow::Result<String> {
    let rows = rows(&run.results);
    let mut svg = String::new();
    draw(run, &rows, SVGBackend::with_string(&mut svg, (WIDTH, ROW * rows.len() as u32 + FRAME)))?;
    Ok(svg)
}

fn draw(run: &Run, rows: &[Row], backend: SVGBackend<'_>) -> anyhow::Result<()> {
    let ground = backend.into_drawing_area();
    ground.fill(&WHITE)?;
    let longest = rows.iter().map(|row| row.seconds).fold(0.1, f64::max);
    let mut chart = ChartBuilder::on(&ground)
        .caption("Seconds from an edit to the image (shorter is better)", (FONT, 17))
        .margin(10)
        .margin_right(30)
        .x_label_area_size(45)
        .y_label_area_size(NAMES)
        // Room for the words behind the longest bar.
        .build_cartesian_2d(0.0..longest * 1.25, (0..rows.len().saturating_sub(1)).into_segmented())?;
    let name = |row: &SegmentValue<usize>| match row {
        SegmentValue::CenterOf(row) => rows.get(*row).map_or_else(String::new, |row| row.name.clone()),
        SegmentValue::Exact(_) | SegmentValue::Last => String::new(),
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(TRANSPARENT)
        .label_style((FONT, 13))
        .y_labels(rows.len())
        .y_label_formatter(&name)
        .x_desc(format!("{}; {} cores; {}", day(&run.date), run.machine.cores, run.machine.cpu))
        .draw()?;
    chart.draw_series(rows.iter().enumerate().filter(|(_, row)| row.seconds > 0.0).map(|(number, row)| {
        let corners = [(0.0, SegmentValue::Exact(number)), (row.seconds, SegmentValue::Exact(number + 1))];
        let mut bar = Rectangle::new(corners, row.colour.filled());
        bar.set_margin(2, 2, 0, 0);
        bar
    }))?;
    chart.draw_series(rows.iter().enumerate().map(|(number, row)| {
        let words = Text::new(row.words.clone(), (6, -6), (FONT, 13).into_font());
        EmptyElement::at((row.seconds, SegmentValue::CenterOf(number))) + words
    }))?;
    ground.present()?;
    Ok(())
}

/// From the lowest one, where the axis begins, upwards.
fn rows(results: &Results) -> Vec<Row> {
    let mut rows = Vec::new();
    for &case in &results.cases {
        rows.push(Row { name: format!("{}:", case.title()), seconds: 0.0, words: String::new(), colour: OTHER });
        for &alternative in results.alternatives.iter().filter(|who| who.takes_part(case)) {
            let (took, words, colour) = match results.cell(case, alternative) {
                Some(cell) if cell.is_right() => {
                    (cell.seconds, format!("{} s", seconds(cell.seconds)), colour(alternative))
                }
                Some(cell) => (cell.seconds, format!("{} s, wrong code", seconds(cell.seconds)), WRONG),
                None => (0.0, "failed".to_owned(), WRONG),
            };
            rows.push(Row { name: label(alternative), seconds: took, words, colour });
        }
    }
    rows.reverse();
    rows
}

fn colour(alternative: Alternative) -> RGBColor {
    match alternative {
        Alternative::Ours => OURS,
        Alternative::Limit => LIMIT,
        _ => OTHER,
    }
}

pub(crate) fn day(date: &str) -> &str {
    date.split('T').next().unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;
    use crate::args::Case;
    use crate::record::tests::run;

    fn drawn(run: &Run) -> String {
        svg(run).expect("memory takes every chart")
    }

    #[test]
    fn there_is_one_bar_for_each_number_and_wrong_code_stands_out() {
        let svg = drawn(&run());
        let bars = |colour: &str| svg.matches(&format!("fill=\"{colour}\"")).count();
        assert_eq!(["#0969DA", "#BF8700", "#CF222E", "#8C959F"].map(bars), [2, 2, 2, 2], "{svg}");
        assert_eq!(svg.matches(", wrong code").count(), 2, "{svg}");
    }

    #[test]
    fn every_row_has_its_name_and_its_number() {
        let svg = drawn(&run());
        for (words, count) in [("(f) ours", 2), ("edit undone:", 1), ("5.00 s", 2), ("2.50 s", 2), ("80.0 s", 1)] {
            assert!(svg.matches(&format!("\n{words}")).count() >= count, "{count} times `{words}` in {svg}");
        }
    }

    #[test]
    fn a_case_without_a_build_says_so() {
        let mut run = run();
        run.results.cases.push(Case::Shared);
        assert_eq!(drawn(&run).matches("\nfailed").count(), run.results.alternatives.len());
    }

    #[test]
    fn words_cannot_break_the_markup() {
        let mut run = run();
        run.machine.cpu = "A & B <fast>".to_owned();
        run.results.cases = Case::value_variants().to_vec();
        run.results.alternatives = Alternative::value_variants().to_vec();
        let svg = drawn(&run);
        assert!(svg.contains("; A &amp; B &lt;fast&gt;"), "{svg}");
        assert_eq!(svg.matches("COPY . . &amp;&amp; cargo build").count(), run.results.cases.len(), "{svg}");
    }
}
