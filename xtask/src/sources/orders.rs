//! What the build is to do with the sources: lists that `Docker/compile.sh` reads line by line. Pure.

use crate::workspace::Workspace;
use crate::workspace::images::Binary;

/// What cargo is to build, as arguments of it.
pub(super) fn flags(workspace: &Workspace) -> String {
    let binaries = workspace.binaries.iter().flat_map(|name| ["--bin", name]);
    let features = workspace.images.feature_flags();
    binaries.chain(features.iter().map(String::as_str)).map(|flag| format!("{flag}\n")).collect()
}

/// Of each binary that has to answer one line with its name, and one with name, blank and argument for each argument.
pub(super) fn verify(binaries: &[Binary]) -> String {
    let mut lines = String::new();
    for Binary { name, verify } in binaries {
        let Some(arguments) = verify else { continue };
        lines += &format!("{name}\n");
        lines.extend(arguments.iter().map(|argument| format!("{name} {argument}\n")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_that_is_not_started_has_no_line_and_an_empty_word_is_one() {
        let binary = |name: &str, verify: Option<&[&str]>| Binary {
            name: name.to_owned(),
            verify: verify.map(|words| words.iter().map(|word| (*word).to_owned()).collect()),
        };
        let all = [binary("a", Some(&["-V", "", "b c"])), binary("b", None), binary("c", Some(&[]))];
        assert_eq!(verify(&all), "a\na -V\na \na b c\nc\n");
    }
}
