//! Where the time of a run went, as a chart: our steps, what BuildKit did inside of them, and when cargo began with each
//! crate. A page of HTML that needs nothing besides.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use time::OffsetDateTime;

use crate::context::Ctx;
use crate::report::{Report, Step, seconds};
use crate::staging::tree;

/// Where the charts lie, in the folder that is ours.
const TIMINGS: &str = "timings";

/// Of the page, in pixels.
const WIDTH: f64 = 1200.0;
/// To the left of the bars, for the names.
const NAMES: f64 = 430.0;
/// Behind the bars, for the durations.
const REST: f64 = 80.0;
const ROW: f64 = 19.0;
/// How many characters of a name have room.
const LETTERS: usize = 60;
/// As many lines as may stand below the bars.
const LINES: f64 = 10.0;

/// What somebody else did inside of one of our steps, by a clock of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inner {
    pub(crate) name: String,
    pub(crate) from: OffsetDateTime,
    pub(crate) to: OffsetDateTime,
    pub(crate) is_cached: bool,
    /// When cargo said in it that it begins with a crate.
    pub(crate) crates: Vec<(OffsetDateTime, String)>,
}

/// One bar, in seconds since the report began.
#[derive(Debug, PartialEq)]
struct Bar {
    name: String,
    class: &'static str,
    from: f64,
    took: f64,
}

/// Writes the chart of this run to `target/xtask/timings/<name>.html` and says where.
pub(crate) fn write(ctx: &Ctx, name: &str) -> anyhow::Result<()> {
    let written = || {
        let path = ctx.state_dir()?.join(TIMINGS).join(format!("{name}.html"));
        tree::put(&path, page(&format!("{name} image"), &bars(&ctx.report)).as_bytes())?;
        anyhow::Ok::<PathBuf>(path)
    };
    let path = written().context("write the chart of the timings")?;
    ctx.report.info(format!("where the time went: {}", ctx.relative(&path).display()));
    Ok(())
}

fn bars(report: &Report) -> Vec<Bar> {
    let steps = report.steps();
    let mut bars: Vec<Bar> = steps.iter().map(Bar::of_step).collect();
    for inner in report.inner() {
        let Some(step) = steps.iter().find(|step| step.name == inner.step) else { continue };
        bars.extend(inside(step, report.began(), &inner.done));
    }
    bars
}

impl Bar {
    fn of_step(step: &Step) -> Self {
        Self { name: step.name.clone(), class: "step", from: step.start.as_secs_f64(), took: step.took.as_secs_f64() }
    }
}

/// The bars of what was done inside of a step. The clock that told of it may go wrong against ours, so all are moved
/// together as far as it takes for them to lie inside.
fn inside(step: &Step, began: OffsetDateTime, done: &[Inner]) -> Vec<Bar> {
    let since = |time: OffsetDateTime| (time - began).as_seconds_f64();
    let first = done.iter().map(|inner| since(inner.from)).fold(f64::INFINITY, f64::min);
    let last = done.iter().map(|inner| since(inner.to)).fold(f64::NEG_INFINITY, f64::max);
    let (start, end) = (step.start.as_secs_f64(), (step.start + step.took).as_secs_f64());
    // Where both ends cannot be right, the first is.
    let shift = if last > end { end - last } else { 0.0 };
    let shift = if first + shift < start { start - first } else { shift };
    let mut bars = Vec::new();
    let mut sorted: Vec<&Inner> = done.iter().collect();
    sorted.sort_by_key(|inner| inner.from);
    for Inner { name, from, to, is_cached, crates } in sorted {
        let class = if *is_cached { "cached" } else { "inner" };
        // What came from the cache may have ended before it began.
        let took = (*to - *from).as_seconds_f64().max(0.0);
        bars.push(Bar { name: name.clone(), class, from: since(*from) + shift, took });
        // Cargo says when it begins with a crate, and not when it is done.
        let begun = crates.iter().map(|(time, name)| (since(*time) + shift, name));
        bars.extend(begun.map(|(from, name)| Bar { name: name.clone(), class: "crate", from, took: 0.0 }));
    }
    bars
}

fn page(title: &str, bars: &[Bar]) -> String {
    let total = bars.iter().map(|bar| bar.from + bar.took).fold(0.001, f64::max);
    let scale = (WIDTH - NAMES - REST) / total;
    let height = ROW * (bars.len() as f64 + 2.0);
    let title = escaped(title);
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>\n\
         body {{ font: 13px system-ui, sans-serif; margin: 2em }}\n\
         .step {{ fill: #0969da }} .inner {{ fill: #54aeff }} .cached {{ fill: #d0d7de }} .crate {{ fill: #bf8700 }}\n\
         line {{ stroke: #d0d7de }} text {{ font-size: 12px }} .name {{ text-anchor: end }}\n\
         </style>\n\
         <h1>{title}: {}</h1>\n\
         <p>Dark: our steps. Light: what BuildKit did inside; grey came from its cache. A yellow mark is where cargo began \
         with a crate.</p>\n\
         <svg width=\"{WIDTH}\" height=\"{height:.0}\">\n",
        seconds(Duration::from_secs_f64(total)),
    );
    let every = interval(total);
    for number in 0.. {
        let at = every * f64::from(number);
        if at > total {
            break;
        }
        let x = NAMES + at * scale;
        let end = height - ROW;
        line(&mut text, &format!("<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{end:.0}\"/>"));
        line(&mut text, &format!("<text x=\"{x:.1}\" y=\"{:.0}\">{} s</text>", end + 13.0, short_number(at)));
    }
    for (bar, row) in bars.iter().zip(0_u32..) {
        let Bar { name, class, from, took } = bar;
        let (x, y) = (NAMES + from * scale, ROW * f64::from(row));
        // What takes no time can be seen too.
        let width = (took * scale).max(2.0);
        let said = if *class == "crate" { String::new() } else { seconds(Duration::from_secs_f64(*took)) };
        let (full, short) = (escaped(name), escaped(&short(name)));
        line(&mut text, &format!("<g><title>{full}: {said} from {:.2} s</title>", from));
        line(&mut text, &format!("<text class=\"name\" x=\"{:.0}\" y=\"{:.0}\">{short}</text>", NAMES - 8.0, y + 13.0));
        line(
            &mut text,
            &format!(
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.0}\" width=\"{width:.1}\" height=\"{:.0}\"/>",
                y + 3.0,
                ROW - 5.0
            ),
        );
        line(&mut text, &format!("<text x=\"{:.1}\" y=\"{:.0}\">{said}</text></g>", x + width + 4.0, y + 13.0));
    }
    text += "</svg></html>\n";
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes everything");
}

/// One, two or five of some power of ten, so that at most ten lines fit.
fn interval(total: f64) -> f64 {
    let power = 10_f64.powf((total / LINES).log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| total / step <= LINES).unwrap_or(total)
}

fn short_number(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Without flags, and cut at the end.
fn short(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().filter(|word| !word.starts_with("--")).collect();
    let name = words.join(" ");
    match name.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(millis)
    }

    fn inner(name: &str, from: i64, to: i64) -> Inner {
        Inner { name: name.to_owned(), from: at(from), to: at(to), is_cached: false, crates: Vec::new() }
    }

    fn step(start: u64, took: u64) -> Step {
        let [start, took] = [start, took].map(Duration::from_millis);
        Step { name: "build".to_owned(), start, took }
    }

    fn times(bars: &[Bar]) -> Vec<(i64, i64)> {
        #[expect(clippy::cast_possible_truncation, reason = "small whole numbers")]
        let millis = |seconds: f64| (seconds * 1000.0).round() as i64;
        bars.iter().map(|bar| (millis(bar.from), millis(bar.took))).collect()
    }

    #[test]
    fn what_lies_inside_of_a_step_stays_where_it_is_and_the_rest_is_moved_there() {
        let done = |by: i64| [inner("b", 1500 + by, 1600 + by), inner("a", 1200 + by, 1400 + by)];
        let of = |by| times(&inside(&step(1000, 1000), at(0), &done(by)));
        assert_eq!(of(0), [(1200, 200), (1500, 100)]);
        // A clock that is slow, and one that is fast.
        assert_eq!(of(-5000), [(1000, 200), (1300, 100)]);
        assert_eq!(of(90_000), [(1600, 200), (1900, 100)]);
    }

    #[test]
    fn what_ended_before_it_began_took_no_time() {
        let bars = inside(&step(1000, 1000), at(0), &[Inner { is_cached: true, ..inner("a", 1400, 1399) }]);
        assert_eq!(times(&bars), [(1400, 0)]);
        assert!(page("x", &bars).contains("class=\"cached\""));
    }

    #[test]
    fn a_crate_is_marked_where_cargo_began_with_it() {
        let compile = Inner { crates: vec![(at(1300), "serde v1.0.1".to_owned())], ..inner("compile", 1200, 1900) };
        let bars = inside(&step(1000, 1000), at(0), &[compile]);
        assert_eq!((bars[1].name.as_str(), bars[1].class), ("serde v1.0.1", "crate"));
        assert_eq!(times(&bars), [(1200, 700), (1300, 0)]);
    }

    #[test]
    fn every_bar_has_its_name_and_its_time_and_none_breaks_the_markup() {
        let bar = |name: &str, class, took| Bar { name: name.to_owned(), class, from: 0.5, took };
        let page = page("colony image", &[bar("plan", "step", 0.25), bar("RUN --x=y a && b <c>", "cached", 0.0)]);
        assert_eq!(page.matches("<rect").count(), 2, "{page}");
        assert!(page.contains(">RUN a &amp;&amp; b &lt;c&gt;</text>") && page.contains(">250 ms</text>"), "{page}");
        assert!(page.contains("<h1>colony image: 750 ms</h1>"), "{page}");
    }

    #[test]
    fn at_most_ten_lines_are_drawn_at_round_times() {
        let near = |total: f64, step: f64| (interval(total) - step).abs() < 1e-9;
        assert!(near(0.75, 0.1) && near(1.0, 0.1) && near(1.1, 0.2) && near(42.0, 5.0) && near(300.0, 50.0));
        assert_eq!((short_number(0.1 * 3.0), short_number(10.0)), ("0.3".to_owned(), "10".to_owned()));
    }
}
