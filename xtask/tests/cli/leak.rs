//! The search for the registry password in everything that a run leaves behind.

use std::{fs, io};

use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// What the fake aws gives out. No other text has it in it.
pub(crate) const PASSWORD: &str = "the-registry-password-1f6b0c";

/// Where the password can be seen; it may pass through nothing but the pipe to `docker login`.
pub(crate) fn leak(outcome: &Outcome, workspace: &Workspace) -> Option<String> {
    for call in &outcome.calls {
        let name = format!("{} {:?}", call.program, call.args);
        if call.args.iter().any(|arg| arg.contains(PASSWORD)) {
            return Some(format!("the arguments of {name}"));
        }
        if let Some((key, _)) = call.env.iter().find(|(_, value)| value.contains(PASSWORD)) {
            return Some(format!("{key} of {name}"));
        }
        if call.stdin.contains(PASSWORD) && !call.begins(&["docker", "login"]) {
            return Some(format!("what is piped to {name}"));
        }
    }
    for (name, text) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        if text.contains(PASSWORD) {
            return Some(name.to_owned());
        }
    }
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
                if content.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()) {
                    return Some(path.display().to_string());
                }
            }
        }
    }
    None
}

/// Runs at the same time remove what is theirs.
fn unless_gone<T>(outcome: io::Result<T>) -> Option<T> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        outcome => Some(outcome.expect("read what the run left")),
    }
}
