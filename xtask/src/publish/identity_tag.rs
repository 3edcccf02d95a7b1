//! The tag by which every machine finds a base image: it is made of what the base was built from. Pure.

use anyhow::Context;

use crate::docker::name::Tag;
use crate::publish::permanent::tag_of;

const PREFIX: &str = "base-";

/// What all of them match, in the patterns of ECR.
pub(super) const PATTERN: &str = "base-*";

/// How many hexadecimal digits of an identity are enough: as many as a commit has.
const DIGITS: usize = 40;

/// `base-` and the first digits of `identity`, which is `sha256:` and its digits. A base that is built again from the same
/// inputs takes the tag over: either is as good.
pub(crate) fn identity_tag(identity: &str) -> anyhow::Result<Tag> {
    let digits = identity.strip_prefix("sha256:").unwrap_or(identity);
    let text = format!("{PREFIX}{}", digits.chars().take(DIGITS).collect::<String>());
    text.parse::<Tag>().map_err(anyhow::Error::msg).with_context(|| format!("name the tag {text}"))
}

/// Whether the name ends with such a tag, and so can never come to mean a base of other inputs.
pub(super) fn is_identity_name(name: &str) -> bool {
    let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let digits = tag_of(name).and_then(|tag| tag.strip_prefix(PREFIX));
    digits.is_some_and(|digits| digits.len() == DIGITS && digits.chars().all(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_tagged_by_its_identity_and_known_by_that() {
        let tag = identity_tag(&format!("sha256:{}", "0a".repeat(32))).expect("a good tag").to_string();
        assert_eq!(tag, format!("base-{}", "0a".repeat(20)));
        assert!(is_identity_name(&format!("host.example:5000/team/app-base:{tag}")));
        for name in ["a:base-0a", "host.example:5000/base-0a", "a:latest", &format!("a:x{tag}"), &format!("a/{tag}")] {
            assert!(!is_identity_name(name), "{name}");
        }
    }
}
