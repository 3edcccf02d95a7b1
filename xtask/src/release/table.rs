//! What a repository holds, for people. Pure.

use crate::release::stock::Stored;
use crate::report::megabytes;

/// Where there is nothing to say.
const NOTHING: &str = "-";

/// A line for each image below a head; the tags come last, since there may be many.
pub(crate) fn of_images(images: &[Stored]) -> String {
    let head = ["DIGEST", "PUSHED", "SIZE", "VERSION", "COMMIT", "SIGNED", "TAGS"].map(str::to_owned);
    lined_up(&std::iter::once(head).chain(images.iter().map(row)).collect::<Vec<_>>())
}

fn row(image: &Stored) -> [String; 7] {
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| NOTHING.to_owned());
    [
        image.digest.clone(),
        known(&image.pushed_at),
        image.bytes.map_or_else(|| NOTHING.to_owned(), megabytes),
        known(&image.version),
        known(&image.commit),
        if image.signed { "yes" } else { NOTHING }.to_owned(),
        listed(&image.tags),
    ]
}

/// The tags with commas between.
pub(crate) fn listed(tags: &[String]) -> String {
    if tags.is_empty() { NOTHING.to_owned() } else { tags.join(", ") }
}

/// Columns two blanks apart.
pub(crate) fn lined_up<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_image_is_a_line_below_the_head() {
        let image = Stored {
            digest: "sha256:a".to_owned(),
            tags: vec!["1.4.2".to_owned(), "latest".to_owned()],
            pushed_at: Some("2026-11-25T01:02:09Z".to_owned()),
            bytes: Some(18_800_000),
            version: Some("1.4.2".to_owned()),
            commit: None,
            signed: true,
            latest: true,
        };
        let lines = [
            "DIGEST    PUSHED                SIZE     VERSION  COMMIT  SIGNED  TAGS",
            "sha256:a  2026-11-25T01:02:09Z  18.8 MB  1.4.2    -       yes     1.4.2, latest",
        ];
        assert_eq!(of_images(&[image]), lines.join("\n"));
    }
}
