//! Edits of a text that keep how its lines end. Pure.

/// What `edit` makes of a text, whose lines it sees without carriage returns; they come back. What it leaves as it is stays so
/// to the byte.
pub(super) fn edited(text: &str, edit: impl FnOnce(&str) -> anyhow::Result<String>) -> anyhow::Result<String> {
    let plain = text.replace("\r\n", "\n");
    let after = edit(&plain)?;
    Ok(match (after == plain, plain.len() == text.len()) {
        (true, _) => text.to_owned(),
        (false, true) => after,
        (false, false) => after.replace('\n', "\r\n"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_they_did() {
        let added = |text: &str| edited(text, |text| Ok(format!("{text}b\n"))).expect("nothing fails");
        assert_eq!([added("a\n"), added("a\r\n"), added("")], ["a\nb\n", "a\r\nb\r\n", "b\n"]);
        assert_eq!(edited("a\r\nb\n", |text| Ok(text.to_owned())).expect("nothing fails"), "a\r\nb\n");
    }
}
