//! Texts as the words of a Dockerfile. Pure.

use serde_json::json;

/// A value of ENV, that means itself: a Dockerfile would put variables into it.
pub(super) fn value(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        if "\\\"$".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted + "\""
}

/// A command in the form that needs no shell.
pub(super) fn command(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| json!(word).to_string()).collect();
    format!("[{}]", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_means_itself_whatever_is_in_it() {
        assert_eq!(value("0.0.0.0"), "0.0.0.0");
        assert_eq!(value(""), "\"\"");
        assert_eq!(value("a b"), "\"a b\"");
        assert_eq!(value("$HOME \"x\" \\"), "\"\\$HOME \\\"x\\\" \\\\\"");
    }

    #[test]
    fn a_command_is_a_list_of_texts() {
        assert_eq!(command(&["/a".to_owned(), "b \"c\"".to_owned()]), r#"["/a", "b \"c\""]"#);
    }
}
