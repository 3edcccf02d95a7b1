//! The search for secrets in everything that a run leaves behind.

use std::{fs, io};

use crate::outcome::{Call, Outcome};
use crate::workspace::Workspace;

/// What the fake aws gives out. No other text has it in it, which is true of the next two as well.
pub(crate) const PASSWORD: &str = "the-registry-password-1f6b0c";

/// What is secret of a key that signs.
pub(crate) const PRIVATE_KEY: &str = "the-text-of-the-private-key-5c1d9e";
pub(crate) const KEY_PASSWORD: &str = "the-password-of-the-private-key-77ab20";

/// A text that must not be seen.
struct Secret {
    text: &'static str,
    /// The call that gets it through its stdin.
    piped_to: Option<[&'static str; 2]>,
    /// The variable that the user has it in; every program inherits that.
    variable: Option<&'static str>,
}

const SECRETS: [Secret; 3] = [
    Secret { text: PASSWORD, piped_to: Some(["docker", "login"]), variable: None },
    Secret { text: PRIVATE_KEY, piped_to: None, variable: Some("COSIGN_PRIVATE_KEY") },
    Secret { text: KEY_PASSWORD, piped_to: None, variable: Some("COSIGN_PASSWORD") },
];

/// Which secret can be seen, and where.
pub(crate) fn leak(outcome: &Outcome, workspace: &Workspace) -> Option<String> {
    SECRETS.iter().find_map(|secret| {
        let calls = outcome.calls.iter().find_map(|call| secret.in_call(call));
        let place = calls.or_else(|| secret.in_output(outcome)).or_else(|| secret.in_files(workspace))?;
        Some(format!("{} in {place}", secret.text))
    })
}

impl Secret {
    fn in_call(&self, call: &Call) -> Option<String> {
        let name = format!("{} {:?}", call.program, call.args);
        if call.args.iter().any(|arg| arg.contains(self.text)) {
            return Some(format!("the arguments of {name}"));
        }
        let is_seen = |(key, value): &(&String, &String)| {
            value.contains(self.text) && self.variable.is_none_or(|variable| variable != *key)
        };
        if let Some((key, _)) = call.env.iter().find(is_seen) {
            return Some(format!("{key} of {name}"));
        }
        if call.stdin.contains(self.text) && !self.piped_to.is_some_and(|words| call.begins(&words)) {
            return Some(format!("what is piped to {name}"));
        }
        None
    }

    fn in_output(&self, outcome: &Outcome) -> Option<String> {
        let outputs = [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)];
        outputs.iter().find(|(_, text)| text.contains(self.text)).map(|(name, _)| (*name).to_owned())
    }

    fn in_files(&self, workspace: &Workspace) -> Option<String> {
        let mut open = vec![workspace.beside("")];
        while let Some(folder) = open.pop() {
            for entry in unless_gone(fs::read_dir(folder)).into_iter().flatten() {
                let path = entry.expect("list a folder").path();
                // What the fakes write down for us is no part of the run.
                let ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("fake-"));
                if path.is_symlink() || ours {
                    continue;
                }
                if path.is_dir() {
                    open.push(path);
                } else {
                    let content = unless_gone(fs::read(&path)).unwrap_or_default();
                    if content.windows(self.text.len()).any(|window| window == self.text.as_bytes()) {
                        return Some(path.display().to_string());
                    }
                }
            }
        }
        None
    }
}

/// Runs at the same time remove what is theirs.
fn unless_gone<T>(outcome: io::Result<T>) -> Option<T> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        outcome => Some(outcome.expect("read what the run left")),
    }
}
