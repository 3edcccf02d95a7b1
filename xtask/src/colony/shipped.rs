//! Whether the colony's Dockerfile ships exactly the binaries of `[workspace.metadata.images]`. Pure.

use std::collections::BTreeSet;

use crate::colony::DOCKERFILE;
use crate::failure::{ExitCode, Failure};

/// Where the Dockerfile has the binaries put, each into a folder of its own.
const OUT: &str = "/out/";

/// Refuses a Dockerfile whose last stage copies other binaries than those: a binary that is compiled and not copied
/// would silently be missing from the image.
pub(crate) fn require(dockerfile: &str, binaries: &[String]) -> Result<(), Failure> {
    let copied = copied(dockerfile);
    let wanted: BTreeSet<&str> = binaries.iter().map(String::as_str).collect();
    if copied == wanted {
        return Ok(());
    }
    let words = |names: &BTreeSet<&str>| names.iter().copied().collect::<Vec<_>>().join(", ");
    let mut failure = Failure::new(
        ExitCode::Usage,
        format!(
            "{DOCKERFILE} ships {}, and [workspace.metadata.images] in Cargo.toml wants {}",
            words(&copied),
            words(&wanted)
        ),
    );
    for name in wanted.difference(&copied) {
        failure = failure.hint(format!("Give `{name}` a COPY in {DOCKERFILE}, like those of the others"));
    }
    for name in copied.difference(&wanted) {
        failure = failure.hint(format!("Take `{name}` out of {DOCKERFILE}, or add it to `binaries` in Cargo.toml"));
    }
    Err(failure)
}

/// What the last stage copies, each binary from the folder after which it is called.
fn copied(dockerfile: &str) -> BTreeSet<&str> {
    let lines: Vec<&str> = dockerfile.lines().map(str::trim).collect();
    let keyword =
        |line: &str, word: &str| line.split_whitespace().next().is_some_and(|first| first.eq_ignore_ascii_case(word));
    let last = lines.iter().rposition(|line| keyword(line, "FROM")).map_or(&lines[..0], |from| &lines[from..]);
    last.iter()
        .filter(|line| keyword(line, "COPY"))
        .flat_map(|line| line.split_whitespace())
        .filter_map(|word| word.strip_prefix(OUT)?.strip_suffix('/'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCKERFILE: &str = "FROM base AS builder\nCOPY --from=source /out/c/ .\nFROM x AS runtime\n\
                              # COPY --from=builder /out/c/ /\nCOPY --link --from=builder /out/a/ /\n\
                              copy --from=builder /out/b/ /\n";

    fn binaries(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_same_binaries_in_any_order_are_right() {
        assert!(require(DOCKERFILE, &binaries(&["b", "a"])).is_ok());
    }

    #[test]
    fn a_binary_that_one_of_them_lacks_is_named() {
        let failure = require(DOCKERFILE, &binaries(&["a", "b", "extra"])).expect_err("extra is not copied");
        assert_eq!(failure.code, ExitCode::Usage);
        assert!(failure.message.contains("ships a, b, and") && failure.message.ends_with("wants a, b, extra"));
        assert!(failure.hints[0].contains("`extra`"), "{:?}", failure.hints);
        let failure = require(DOCKERFILE, &binaries(&["a"])).expect_err("b is not in the table");
        assert!(failure.hints[0].contains("`b`"), "{:?}", failure.hints);
    }
}
