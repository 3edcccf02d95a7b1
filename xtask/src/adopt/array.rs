//! One more item in a list of a TOML file, laid out as those before it. Pure.

use toml_edit::{Array, Decor, RawString, Value};

/// Nothing else changes: comments keep their lines, a list over several lines stays one.
pub(super) fn push(array: &mut Array, text: &str) {
    let mut item = Value::from(text);
    let Some(last) = array.len().checked_sub(1).and_then(|last| array.get_mut(last)) else {
        array.push_formatted(item);
        return;
    };
    let prefix = raw(last.decor().prefix());
    let Some((_, indent)) = prefix.rsplit_once('\n') else {
        let suffix = raw(last.decor().suffix());
        last.decor_mut().set_suffix("");
        *item.decor_mut() = Decor::new(" ", suffix);
        array.push_formatted(item);
        return;
    };
    // What stands between the last item and the bracket: a comment on the item, and the end of its line.
    let has_comma = array.trailing_comma();
    let rest = if has_comma { raw(Some(array.trailing())) } else { take_suffix(array) };
    let (comments, end) = rest.rsplit_once('\n').unwrap_or(("", ""));
    let end = if rest.contains('\n') { format!("\n{end}") } else { String::new() };
    let prefix = format!("{}\n{indent}", comments.trim_end());
    if has_comma {
        *item.decor_mut() = Decor::new(prefix, "");
        array.set_trailing(end);
    } else {
        *item.decor_mut() = Decor::new(prefix, end);
    }
    array.push_formatted(item);
}

/// A new list, in one line where that is not too long.
pub(super) fn of(texts: &[String]) -> Array {
    let mut array: Array = texts.iter().map(String::as_str).collect();
    if texts.iter().map(|text| text.len() + 4).sum::<usize>() > 90 {
        for item in array.iter_mut() {
            *item.decor_mut() = Decor::new("\n    ", "");
        }
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    array
}

fn take_suffix(array: &mut Array) -> String {
    let last = array.len().checked_sub(1).and_then(|last| array.get_mut(last));
    last.map(|last| {
        let suffix = raw(last.decor().suffix());
        last.decor_mut().set_suffix("");
        suffix
    })
    .unwrap_or_default()
}

fn raw(text: Option<&RawString>) -> String {
    text.and_then(RawString::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use toml_edit::DocumentMut;

    use super::*;

    fn pushed(list: &str) -> String {
        let mut document: DocumentMut = format!("a = {list}\n").parse().expect("TOML");
        push(document["a"].as_array_mut().expect("a list"), "x");
        let text = document.to_string();
        let read: DocumentMut = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read["a"].as_array().expect("a list").iter().last().and_then(Value::as_str), Some("x"));
        text.trim_end().trim_start_matches("a = ").to_owned()
    }

    #[test]
    fn in_one_line() {
        assert_eq!(pushed("[]"), r#"["x"]"#);
        assert_eq!(pushed(r#"["a", "b"]"#), r#"["a", "b", "x"]"#);
        assert_eq!(pushed(r#"[ "a" ]"#), r#"[ "a", "x" ]"#);
    }

    #[test]
    fn over_several_lines() {
        assert_eq!(pushed("[\n  \"a\",\n  \"b\",\n]"), "[\n  \"a\",\n  \"b\",\n  \"x\",\n]");
        assert_eq!(pushed("[\n    \"a\",\n    \"b\"\n]"), "[\n    \"a\",\n    \"b\",\n    \"x\"\n]");
        assert_eq!(pushed("[\n\t\"a\"]"), "[\n\t\"a\",\n\t\"x\"]");
    }

    #[test]
    fn comments_stay_in_their_lines() {
        assert_eq!(
            pushed("[\n  # first\n  \"a\", # one\n  \"b\", # two\n  # end\n]"),
            "[\n  # first\n  \"a\", # one\n  \"b\", # two\n  # end\n  \"x\",\n]"
        );
        assert_eq!(pushed("[\n  \"a\" # one\n]"), "[\n  \"a\", # one\n  \"x\"\n]");
    }

    #[test]
    fn a_long_list_has_a_line_for_each() {
        let long: Vec<String> = (0..9).map(|number| format!("crates/number-{number}")).collect();
        let text = of(&long).to_string();
        assert!(text.starts_with("[\n    \"crates/number-0\",\n") && text.ends_with("-8\",\n]"), "{text}");
        assert_eq!(of(&long[..2]).to_string(), r#"["crates/number-0", "crates/number-1"]"#);
    }
}
