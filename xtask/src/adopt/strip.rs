//! Leaves marked items out of Rust code. Works by lines, as rustfmt lays them out, so that a copy stays as readable as what
//! it was made of. Pure.

/// What marks an item, in a line of its own above it: unit tests, and what is of use in this repository alone.
const MARKS: [&str; 2] = ["#[cfg(test)]", "#[cfg(feature = \"home\")]"];

/// Code without the marked items.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stripped {
    pub(super) text: String,
    /// The modules among them whose code stands in other files.
    pub(super) modules: Vec<String>,
}

pub(super) fn strip(code: &str) -> Stripped {
    let mut kept: Vec<&str> = Vec::new();
    let mut modules = Vec::new();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        if MARKS.contains(&line.trim()) {
            // What is said of the item stands above its mark.
            while kept.last().is_some_and(|line| is_about_an_item(line)) {
                kept.pop();
            }
            modules.extend(skip_item(indent(line), &mut lines));
            continue;
        }
        let is_blank = line.is_empty();
        if is_blank && kept.last().is_none_or(|last| last.is_empty() || last.ends_with('{')) {
            continue;
        }
        if line.trim_start().starts_with('}') && kept.last().is_some_and(|last| last.is_empty()) {
            kept.pop();
        }
        kept.push(line);
    }
    while kept.last().is_some_and(|last| last.is_empty()) {
        kept.pop();
    }
    Stripped { text: kept.iter().flat_map(|line| [line, "\n"]).collect(), modules }
}

/// Reads up to the end of the item that comes next. Returns its name where it is a module in a file of its own.
fn skip_item<'a>(indent: usize, lines: &mut impl Iterator<Item = &'a str>) -> Option<String> {
    let first = lines.find(|line| !is_about_an_item(line))?;
    if first.ends_with(';') || first.ends_with(',') {
        let module = first.trim_end_matches(';').split_once("mod ").map(|(_, name)| name.to_owned());
        return module.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    }
    // The line that closes it has its indentation, which no other line that begins so has.
    lines.find(|line| line.trim_start().starts_with('}') && self::indent(line) == indent);
    None
}

/// A comment or an attribute.
fn is_about_an_item(line: &str) -> bool {
    let line = line.trim_start();
    (line.starts_with("//") && !line.starts_with("//!")) || line.starts_with("#[")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(code: &str) -> String {
        strip(code).text
    }

    #[test]
    fn an_item_goes_with_its_mark_and_all_that_is_said_of_it() {
        let code = "//! Module.\n\nuse a;\n\n/// Doc.\n#[derive(Debug)]\n#[cfg(feature = \"home\")]\n// Why.\nfn f(\n    \
                    a: A,\n) -> B {\n    if x {\n    }\n}\n\nfn g() {}\n";
        assert_eq!(text(code), "//! Module.\n\nuse a;\n\nfn g() {}\n");
    }

    #[test]
    fn the_rest_is_laid_out_as_if_the_item_had_never_been_there() {
        let code = "impl A {\n    #[cfg(test)]\n    fn f() {\n    }\n\n    fn g() {}\n\n    #[cfg(test)]\n    fn h() {\n    \
                    }\n}\n\n#[cfg(test)]\nmod tests {\n    const A: &str = \"\n  }\n\";\n}\n";
        assert_eq!(text(code), "impl A {\n    fn g() {}\n}\n");
    }

    #[test]
    fn a_variant_or_an_arm_is_one_line() {
        let code = "enum A {\n    B(B),\n    #[cfg(feature = \"home\")]\n    C(C),\n    D,\n}\n";
        assert_eq!(text(code), "enum A {\n    B(B),\n    D,\n}\n");
    }

    #[test]
    fn modules_in_files_are_named() {
        let code = "#[cfg(test)]\npub(crate) mod tests;\n#[cfg(feature = \"home\")]\nmod bench;\nmod up;\n#[cfg(test)]\nuse \
                    a::mod_b;\n";
        assert_eq!(
            strip(code),
            Stripped { text: "mod up;\n".to_owned(), modules: vec!["tests".into(), "bench".into()] }
        );
    }

    #[test]
    fn code_without_marks_is_left_as_it_is() {
        let code = include_str!("name.rs");
        assert_eq!(text(code), code);
    }
}
