//! What docker says when a login, a push or a pull fails, and the cure.

use crate::failure::{ExitCode, Failure};
use crate::process::last_lines::tail;

/// Part of a program's words (lower case), what they mean, and what to do.
pub(crate) type Known = (&'static str, &'static str, &'static str);

/// The first match counts.
const KNOWN: [Known; 22] = [
    ("no basic auth credentials", "docker is not logged in to that registry", LOGIN_AGAIN),
    ("authorization token has expired", "the registry login has expired", LOGIN_AGAIN),
    (
        "not authorized to perform: ",
        "the identity lacks a permission of the registry",
        "Allow the ecr: action that docker names, in IAM",
    ),
    ("manifest unknown", "the image vanished from the registry", "Run the same command again: it looks what is there"),
    ("name unknown", "the repository vanished", "Run the same command again: it creates the repository"),
    (IMMUTABLE, "the tag exists and the repository is immutable", "Push another tag: --tag"),
    ("tag invalid", "the registry refuses the tag", "Push another tag: --tag"),
    ("toomanyrequests", "the registry throttles our calls", "Run the same command again in a minute"),
    ("no space left on device", "the disk is full", "Free some: cargo xtask clean; see cargo xtask doctor"),
    ("cannot connect to the docker daemon", GONE, START),
    // The same since docker 29.
    ("failed to connect to the docker api", GONE, START),
    (
        "executable file not found",
        "the credential helper that docker's configuration names is not installed",
        "Install it, or take credsStore and credHelpers out of ~/.docker/config.json",
    ),
    ("error storing credentials", "docker could not store the login", "Mend credsStore in ~/.docker/config.json"),
    ("unauthorized", "the registry refuses the login", LOGIN_AGAIN),
    ("403 forbidden", "the registry refuses the login", LOGIN_AGAIN),
    ("connection refused", "the registry does not answer", NETWORK),
    ("no such host", "the registry's host name is not known", NETWORK),
    ("connection reset", "the network was lost", NETWORK),
    ("broken pipe", "the network was lost", NETWORK),
    ("timeout", "the network was lost", NETWORK),
    ("network is unreachable", "the network was lost", NETWORK),
    ("eof", "the network was lost", NETWORK),
];

const IMMUTABLE: &str = "cannot be overwritten because the repository is immutable";

const GONE: &str = "the docker engine is gone";
const START: &str = "Start it: cargo xtask doctor says how";

const LOGIN_AGAIN: &str = "Run the same command again: it logs in anew; then compare --account and --region";
const NETWORK: &str = "Check the network and run the same command again; layers that arrived are not sent twice";

/// The failed step with docker's own words, after what we know of them.
pub(crate) fn explain(step: &str, stderr: &str) -> Failure {
    let Some((what, cure)) = known(stderr) else {
        return Failure::new(ExitCode::Failed, format!("{step}: docker failed{}", tail(stderr)));
    };
    Failure::new(ExitCode::Failed, format!("{step}: {what}{}", tail(stderr))).hint(cure)
}

/// Whether a registry refused a tag that is there, by docker's words.
pub(crate) fn is_taken(stderr: &str) -> bool {
    stderr.to_lowercase().contains(IMMUTABLE)
}

/// An error of docker's with its cause and cure, where its words are known.
pub(crate) fn explained(error: anyhow::Error) -> anyhow::Error {
    match known(&format!("{error:#}")) {
        Some((what, cure)) => Failure::of(ExitCode::Failed, &error.context(what)).hint(cure).into(),
        None => error,
    }
}

/// What happened and what to do, by the words of docker or of another client of a registry.
pub(crate) fn known(words: &str) -> Option<(&'static str, &'static str)> {
    find(&KNOWN, words)
}

/// What the first of these that is among the words means, and what to do.
pub(crate) fn find(known: &[Known], words: &str) -> Option<(&'static str, &'static str)> {
    let words = words.to_lowercase();
    known.iter().find(|(part, ..)| words.contains(part)).map(|&(_, what, cure)| (what, cure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_failure_has_a_cure_and_dockers_own_words() {
        let failure =
            explain("push a:b", "denied: Your authorization token has expired. Reauthenticate and try again.");
        assert!(failure.message.starts_with("push a:b: the registry login has expired\n  denied: "), "{failure}");
        assert_eq!(failure.hints, [LOGIN_AGAIN]);
    }

    #[test]
    fn an_unknown_failure_is_told_in_dockers_words_alone() {
        let failure = explain("push a:b", "the moon is full");
        assert_eq!(failure.message, "push a:b: docker failed\n  the moon is full");
        assert!(failure.hints.is_empty());
    }
}
