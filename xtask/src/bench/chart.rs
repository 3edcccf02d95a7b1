//! The medians as a bar chart in SVG, written by hand. Pure.

use std::fmt::Write;

use super::args::{Alternative, Case};
use super::outcome::{Cell, Results};
use super::record::Run;
use super::tables::{label, seconds};

const WIDTH: f64 = 900.0;
/// Where the bars begin; to the left stand the names.
const LEFT: f64 = 250.0;
/// Where the longest bar ends; to the right stands its number.
const RIGHT: f64 = 760.0;
const BAR: f64 = 16.0;
const BAR_STEP: f64 = 20.0;
const GROUP_HEAD: f64 = 34.0;
const TOP: f64 = 64.0;

/// Both colour schemes, each with its own ground, so that it can be read on any page.
const STYLE: &str = "\
text{font:13px system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-size:17px;font-weight:600}.group{font-weight:600}.small,.tick{fill:#59636e;font-size:12px}
.ground{fill:#ffffff}.grid{stroke:#d1d9e0;stroke-width:1}.other{fill:#8c959f}.limit{fill:#bf8700}
.ours{fill:#0969da}.wrong{fill:url(#stripes);stroke:#cf222e;stroke-width:1}.stripe{stroke:#cf222e;stroke-width:3}
.bad{fill:#cf222e;font-weight:600}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.small,.tick{fill:#9198a1}.ground{fill:#0d1117}
.grid{stroke:#3d444d}.other{fill:#656c76}.limit{fill:#d29922}.ours{fill:#4493f8}
.wrong,.stripe{stroke:#f85149}.bad{fill:#f85149}}
";

/// One group of bars for each case.
pub(crate) fn svg(run: &Run) -> String {
    let results = &run.results;
    let bars = results.alternatives.len() as f64;
    let height = TOP + results.cases.len() as f64 * (GROUP_HEAD + bars * BAR_STEP) + 40.0;
    let longest = longest(results);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-label=\"Seconds from an edit to the image\">\n<style>\n{STYLE}</style>\n\
         <defs><pattern id=\"stripes\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><line class=\"stripe\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern></defs>\n\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\"/>\n"
    );
    svg += &text(20.0, 30.0, "title", "Seconds from an edit to the image (shorter is better)");
    let below = format!("{}; {} cores; {}", day(&run.date), run.machine.cores, run.machine.cpu);
    svg += &text(20.0, 50.0, "small", &below);
    svg += &grid(longest, height);
    for (number, &case) in results.cases.iter().enumerate() {
        svg += &group(results, case, TOP + number as f64 * (GROUP_HEAD + bars * BAR_STEP), longest);
    }
    svg + "</svg>\n"
}

fn longest(results: &Results) -> f64 {
    let cells = results
        .cases
        .iter()
        .flat_map(|&case| results.alternatives.iter().filter_map(move |&alternative| results.cell(case, alternative)));
    cells.map(|cell| cell.seconds).fold(0.1, f64::max)
}

/// Vertical lines at round numbers of seconds.
fn grid(longest: f64, height: f64) -> String {
    let step = tick_step(longest);
    let mut svg = String::new();
    let mut tick = 0.0;
    while tick <= longest {
        let x = LEFT + (RIGHT - LEFT) * tick / longest;
        let (top, bottom) = (TOP + 6.0, height - 32.0);
        writeln!(svg, "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>")
            .expect("a string takes everything");
        svg += &anchored(x, height - 16.0, &format!("{tick} s"));
        tick += step;
    }
    svg
}

/// 1, 2 or 5 times a power of ten, so that there are at most six steps.
fn tick_step(longest: f64) -> f64 {
    let power = 10_f64.powf((longest / 6.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| longest / step <= 6.0).unwrap_or(longest)
}

fn group(results: &Results, case: Case, top: f64, longest: f64) -> String {
    let mut svg = text(20.0, top + 24.0, "group", case.title());
    for (number, &alternative) in results.alternatives.iter().enumerate() {
        let y = top + GROUP_HEAD + number as f64 * BAR_STEP;
        svg += &text(34.0, y + 12.5, "", &label(alternative));
        svg += &match results.cell(case, alternative) {
            Some(cell) => bar(alternative, &cell, y, longest),
            None => text(LEFT + 6.0, y + 12.5, "bad", "failed"),
        };
    }
    svg
}

fn bar(alternative: Alternative, cell: &Cell, y: f64, longest: f64) -> String {
    let class = match alternative {
        _ if !cell.is_right() => "wrong",
        Alternative::Ours => "ours",
        Alternative::Limit => "limit",
        _ => "other",
    };
    let width = ((RIGHT - LEFT) * cell.seconds / longest).max(1.0);
    let mut svg =
        format!("<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>\n");
    let number = format!("{} s", seconds(cell.seconds));
    if cell.is_right() {
        svg += &text(LEFT + width + 6.0, y + 12.5, "", &number);
    } else {
        svg += &text(LEFT + width + 6.0, y + 12.5, "bad", &format!("{number}, wrong code"));
    }
    svg
}

fn day(date: &str) -> &str {
    date.split('T').next().unwrap_or(date)
}

fn text(x: f64, y: f64, class: &str, words: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<text{class} x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n", escape(words))
}

fn anchored(x: f64, y: f64, words: &str) -> String {
    format!("<text class=\"tick\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>\n", escape(words))
}

fn escape(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::run;
    use super::*;

    #[test]
    fn there_is_one_bar_for_each_number_and_wrong_code_stands_out() {
        let svg = svg(&run());
        let count = |what: &str| svg.matches(what).count();
        assert_eq!((count("<rect class=\"ours\""), count("<rect class=\"limit\"")), (2, 2));
        assert_eq!((count("<rect class=\"wrong\""), count(", wrong code</text>")), (2, 2), "{svg}");
        assert_eq!(count("<rect class=\"other\""), 2);
    }

    #[test]
    fn the_longest_bar_fills_the_width() {
        let longest = format!("width=\"{:.1}\" height=\"{BAR}\"", RIGHT - LEFT);
        assert_eq!(svg(&run()).matches(&longest).count(), 1);
    }

    #[test]
    fn words_cannot_break_the_markup() {
        let mut run = run();
        run.machine.cpu = "A & B <fast>".to_owned();
        run.results.alternatives.push(Alternative::CopyAll);
        let svg = svg(&run);
        assert!(svg.contains("; A &amp; B &lt;fast&gt;</text>"), "{svg}");
        assert_eq!(svg.matches("COPY . . &amp;&amp; cargo build</text>").count(), run.results.cases.len());
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!([0.5, 7.0, 80.0, 130.0].map(tick_step), [0.1, 2.0, 20.0, 50.0]);
    }
}
