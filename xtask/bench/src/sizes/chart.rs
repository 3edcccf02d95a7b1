//! Overhead against size as a chart in SVG. Pure.

use std::collections::BTreeSet;

use clap::ValueEnum;
use plotters::prelude::*;

use crate::chart::{FONT, day};
use crate::sizes::size::Size;
use crate::sizes::table::{Row, Run, Step};

const PIXELS: (u32, u32) = (900, 420);

/// One for each step.
const COLOURS: [RGBColor; 4] =
    [RGBColor(0x09, 0x69, 0xda), RGBColor(0xcf, 0x22, 0x2e), RGBColor(0xbf, 0x87, 0x00), RGBColor(0x8c, 0x95, 0x9f)];

/// One line for each step, over the number of files, of which each size has many times that of the one before it.
pub(crate) fn svg(run: &Run) -> anyhow::Result<String> {
    let mut svg = String::new();
    draw(run, SVGBackend::with_string(&mut svg, PIXELS))?;
    Ok(svg)
}

fn draw(run: &Run, backend: SVGBackend<'_>) -> anyhow::Result<()> {
    let ground = backend.into_drawing_area();
    ground.fill(&WHITE)?;
    let files = |row: &Row| row.size.files as f64;
    let most = run.rows.iter().map(files).fold(1.0, f64::max);
    let fewest = run.rows.iter().map(files).fold(most, f64::min);
    let sizes: BTreeSet<Size> = run.rows.iter().map(|row| row.size).collect();
    let name = |files: &f64| {
        let size = sizes.iter().find(|size| size.files as f64 == files.round());
        size.map_or_else(String::new, |size| format!("{} × {}", size.members, size.files))
    };
    let highest = run.rows.iter().map(Row::overhead).fold(0.1, f64::max);
    let mut chart = ChartBuilder::on(&ground)
        .caption("Seconds on top of cargo's own (lower is better)", (FONT, 17))
        .margin(10)
        // Room for the names behind the last points.
        .margin_right(130)
        .x_label_area_size(45)
        .y_label_area_size(45)
        .build_cartesian_2d(
            (fewest * 0.8..most * 1.25)
                .log_scale()
                .with_key_points(sizes.iter().map(|size| size.files as f64).collect()),
            0.0..highest * 1.1,
        )?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .label_style((FONT, 13))
        .x_labels(sizes.len())
        .x_label_formatter(&name)
        .y_label_formatter(&|seconds| format!("{seconds:.1}"))
        .x_desc(format!("members × source files; {}; {} cores; {}", day(&run.date), run.machine.cores, run.machine.cpu))
        .draw()?;
    for (index, step) in Step::value_variants().iter().enumerate() {
        let mut points: Vec<(f64, f64)> =
            run.rows.iter().filter(|row| row.step == *step).map(|row| (files(row), row.overhead())).collect();
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        let Some(&last) = points.last() else { continue };
        let colour = COLOURS[index];
        let line = PathElement::new(points.clone(), colour.stroke_width(2));
        chart.draw_series([line])?;
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 4, colour.filled())))?;
        let name = Text::new(step.title(), (9, -6), (FONT, 13).into_font());
        chart.draw_series([EmptyElement::at(last) + name])?;
    }
    ground.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sizes::table::tests::run;

    #[test]
    fn each_step_has_its_line_and_a_point_for_each_size() {
        let svg = svg(&run()).expect("memory takes every chart");
        assert_eq!((svg.matches("<circle").count(), svg.matches("stroke-width=\"2\"").count()), (4, 2), "{svg}");
        for name in ["leaf edit", "check-base", "5 × 100", "50 × 1000"] {
            assert_eq!(svg.matches(&format!("\n{name}")).count(), 1, "{svg}");
        }
        assert!(!svg.contains("no change"), "{svg}");
    }

    #[test]
    fn one_size_is_a_chart_too() {
        let run = run();
        let alone = Run { rows: run.rows[..1].to_vec(), ..run };
        assert_eq!(svg(&alone).expect("memory takes every chart").matches("<circle").count(), 1);
    }
}
