//! The part of a job's page that tells of one image, as Markdown. Pure.

use crate::report::step::{Step, seconds};

/// `rows` are labels and values, as in the summary of the terminal.
pub(super) fn of(title: &str, rows: &[(String, String)], steps: &[Step]) -> String {
    let mut lines = vec![format!("### {}", plain(title)), String::new()];
    lines.extend(table(["", ""], rows.iter().map(|(label, value)| [plain(label), plain(value)])));
    lines.push(String::new());
    let timed = |step: &Step| [plain(&step.name), seconds(step.took), seconds(step.start)];
    lines.extend(table(["step", "time", "from"], steps.iter().map(timed)));
    lines.push(String::new());
    lines.into_iter().map(|line| line + "\n").collect()
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Vec<String> {
    let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head = [row(&head.map(str::to_owned)), row(&["---"; N].map(str::to_owned))];
    head.into_iter().chain(rows.map(|cells| row(&cells))).collect()
}

/// A text that means itself, in one line: a file may be called as it likes.
fn plain(text: &str) -> String {
    const MARKS: &str = "\\`*_~[]<>|&$#";
    let escaped = |c: char| if MARKS.contains(c) { vec!['\\', c] } else { vec![if c.is_control() { ' ' } else { c }] };
    text.chars().flat_map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_image_has_a_table_of_what_it_is_and_one_of_the_times() {
        let rows = [
            ("image".to_owned(), "colony:latest".to_owned()),
            ("backend".to_owned(), "compiled, a|b.rs changed".to_owned()),
        ];
        let steps = [Step { name: "plan".to_owned(), start: Duration::ZERO, took: Duration::from_millis(70) }];
        let expected = "### colony image\n\n|  |  |\n| --- | --- |\n| image | colony:latest |\n\
                        | backend | compiled, a\\|b.rs changed |\n\n\
                        | step | time | from |\n| --- | --- | --- |\n| plan | 70 ms | 0 ms |\n\n";
        assert_eq!(of("colony image", &rows, &steps), expected);
    }

    #[test]
    fn a_value_is_text_whatever_it_looks_like() {
        assert_eq!(plain("<b>_x_</b>\n[a](b) `c`"), "\\<b\\>\\_x\\_\\</b\\> \\[a\\](b) \\`c\\`");
    }
}
