//! What cosign says of an image that is not good, or when it cannot tell, and the cure. Pure.
//!
//! Its exit codes say less than its words, and cosign 3 gives none for signatures of its own kind.

use crate::docker::error::{self, Known, find};
use crate::process::last_lines::tail;

const SIGN: &str = "Sign it: cargo xtask build-colony --sign, from the sources that it is of";
const WHOSE: &str = "Name the key that signs your images; if that is the one, do not deploy the image";
const DO_NOT: &str = "Do not deploy it: find out who writes to the repository, and sign the image again";

/// Of an image that is not good. The first match counts: what is worse comes first, since an image may bear several
/// signatures, each with its fault.
const REFUSALS: [Known; 10] = [
    ("invalid or missing digest in claim", OF_ANOTHER_IMAGE, DO_NOT),
    ("any digest in statement", OF_ANOTHER_IMAGE, DO_NOT),
    ("none of the expected identities matched", "is signed by another identity", "Compare it with the one you named"),
    (
        "no certificate found on signature",
        "is signed by a key, and not by an identity",
        "Name the key: --key cosign.pub",
    ),
    ("invalid signature when validating", ANOTHER_KEY, WHOSE),
    ("do not match threshold", ANOTHER_KEY, WHOSE),
    ("no signatures found", "is not signed", SIGN),
    ("signature layer", NO_SIGNATURE, DO_NOT),
    ("no matching signatures", NO_SIGNATURE, DO_NOT),
    ("no matching attestations", NO_SIGNATURE, DO_NOT),
];

const OF_ANOTHER_IMAGE: &str = "bears a signature that was made for another image";
const ANOTHER_KEY: &str = "is not signed by this key: its signature is another key's, or was changed";
const NO_SIGNATURE: &str = "has something in the place of its signature that is none";

/// Of a key or a registry.
const TROUBLES: [Known; 6] = [
    (
        "decryption failed",
        "the password of the key is wrong, or missing",
        "Set COSIGN_PASSWORD; no flag and no file takes it",
    ),
    (
        "immutable",
        "the tags of the repository are immutable, those of signatures too",
        "Exclude sha256-* from immutability: Docker/README.md",
    ),
    ("kms", "the key cannot be used", "Allow kms:Sign, kms:GetPublicKey and kms:DescribeKey, and compare its name"),
    ("tuf-repo", "Sigstore does not answer", "Check the network; where a key signs, nothing is asked of Sigstore"),
    ("fulcio", "Sigstore does not certify the identity", "Compare the token's audience (sigstore), or name a key"),
    ("getting signer", "the key cannot be used", "Compare it with what cosign says of it"),
];

/// What is wrong with the image and what to do, where these are words about an image.
pub(super) fn refusal(words: &str) -> Option<(&'static str, &'static str)> {
    find(&REFUSALS, words)
}

/// What is wrong with anything else and what to do.
pub(super) fn trouble(words: &str) -> Option<(&'static str, &'static str)> {
    find(&TROUBLES, words).or_else(|| error::known(words))
}

/// The end of what it said, each line on an indented line of its own: without what it says twice, and without its opinion
/// of signatures that are in no public log.
pub(super) fn said(stderr: &str) -> String {
    let is_worth = |line: &&str| {
        !line.starts_with("WARNING: Skipping tlog verification") && !line.contains("error during command execution: ")
    };
    let lines: Vec<&str> = stderr.lines().filter(is_worth).collect();
    tail(if lines.is_empty() { stderr.to_owned() } else { lines.join("\n") }.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_own_words() {
        let what = |words: &str| refusal(words).map(|(what, _)| what);
        assert_eq!(
            what("Error: no signatures found\nmain.go:69: error during command execution"),
            Some("is not signed")
        );
        let foreign = "no matching signatures: invalid signature when validating ASN.1 encoded signature";
        assert_eq!(what(foreign), Some(ANOTHER_KEY));
        let copied = "no matching signatures: invalid or missing digest in claim: sha256:4444";
        assert_eq!(what(copied), Some(OF_ANOTHER_IMAGE));
        // In the words of cosign 3.
        let statement = "no matching attestations: failed to verify signature: ";
        let foreign_too = format!("{statement}could not verify envelope: accepted signatures do not match threshold");
        assert_eq!(what(&foreign_too), Some(ANOTHER_KEY));
        let copied_too = format!("{statement}provided artifact digest does not match any digest in statement");
        assert_eq!(what(&copied_too), Some(OF_ANOTHER_IMAGE));
        // Of two signatures.
        assert_eq!(what(&format!("{foreign}\n {copied}")), Some(OF_ANOTHER_IMAGE));
        assert_eq!(what("dial tcp 127.0.0.1:5000: connect: connection refused"), None);
    }

    #[test]
    fn a_registry_that_is_gone_says_nothing_of_the_image() {
        let what = |words: &str| trouble(words).map(|(what, _)| what);
        let gone = "Get \"http://127.0.0.1:5000/v2/\": dial tcp 127.0.0.1:5000: connect: connection refused";
        assert_eq!(what(gone), Some("the registry does not answer"));
        let password = "reading key: decrypt: encrypted: decryption failed";
        assert_eq!(what(password), Some("the password of the key is wrong, or missing"));
        assert_eq!(what("the moon is full"), None);
    }

    #[test]
    fn what_it_says_twice_is_told_once() {
        let stderr = "WARNING: Skipping tlog verification is an insecure practice.\nError: no signatures found\n\
                      main.go:69: error during command execution: no signatures found";
        assert_eq!(said(stderr), "\n  Error: no signatures found");
        assert_eq!(said("error during command execution: x"), "\n  error during command execution: x");
    }
}
