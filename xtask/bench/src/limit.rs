//! The limit: cargo alone, in a container of the builder image that stays, on the same sources as ours.

use std::path::Path;

use anyhow::bail;

use crate::docker::docker;
use crate::edits::BINARIES;
use crate::ours::Xtask;
use crate::process::capture;
use crate::{PREFIX, dockerfiles};

/// Where the container gets the newest sources, in archives that are one in a row (Docker/compile.sh); from there only
/// files of another content go to the build folder, so that exactly the edited ones get a new time.
const INBOX: &str = "/bench-sources";

const ACCEPT: &str = r#"
cd "$1"
mkdir unpacked
{ xargs cat <packs; dd if=/dev/zero bs=1024 count=1 2>/dev/null; } | tar -xf - -C unpacked
cd unpacked
find . -path ./.colony -prune -o -type f -print | while IFS= read -r file; do
    cmp -s "$file" "/app/$file" || { mkdir -p "/app/${file%/*}" && cp "$file" "/app/$file"; }
done
"#;

/// Cargo's time by the clock of the kernel, in hundredths of a second: BusyBox has no finer `date`.
const COMPILE: &str = r#"
cd /app
read -r start rest </proc/uptime
cargo build --release --locked --offline "$@" >&2 || exit 1
read -r end rest </proc/uptime
echo "$start $end"
"#;

/// The name of the container.
pub(crate) fn container() -> String {
    format!("{PREFIX}-limit")
}

/// Starts the container, whose command only waits.
pub(crate) fn start() -> anyhow::Result<()> {
    let mut run = docker(["run", "--detach", "--name", &container(), "--network", "none", "--init"]);
    run.args(["--entrypoint", "tail", &dockerfiles::base_image(), "-f", "/dev/null"]);
    capture("start the container for cargo alone", &mut run)?;
    // Else cargo would compile all dependencies anew.
    exec("make what the base leaves out", &["sh", "/app/target/seed.sh", "complete"]).map(drop)
}

/// Brings in what changed in the copy of the workspace at `root`, then has cargo compile. Returns cargo's own seconds.
pub(crate) fn compile(root: &Path, xtask: &Xtask) -> anyhow::Result<f64> {
    let sources = xtask.stage(root)?;
    exec("empty the inbox", &["rm", "-rf", INBOX])?;
    let mut copy = docker(["cp"]);
    copy.arg(sources).arg(format!("{}:{INBOX}", container()));
    capture("copy the sources into the container", &mut copy)?;
    exec("accept the sources", &["sh", "-ec", ACCEPT, "sh", INBOX])?;
    let mut call = vec!["sh", "-ec", COMPILE, "sh"];
    call.extend(BINARIES.iter().flat_map(|binary| ["--bin", binary]));
    elapsed(&exec("compile with cargo alone", &call)?)
}

/// What `binary --version` says.
pub(crate) fn version(binary: &str) -> anyhow::Result<String> {
    exec(&format!("run {binary}"), &[&format!("/app/target/release/{binary}"), "--version"])
}

fn exec(what: &str, words: &[&str]) -> anyhow::Result<String> {
    capture(what, docker(["exec", &container()]).args(words))
}

fn elapsed(output: &str) -> anyhow::Result<f64> {
    let times: Vec<f64> = output.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match times.as_slice() {
        [start, end] => Ok(end - start),
        _ => bail!("time cargo: two times were expected, not `{output}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_what_lies_between_the_two_readings() {
        assert!((elapsed("100.25 103.50\n").expect("two times") - 3.25).abs() < 1e-9);
        assert!(elapsed("100.25").is_err());
    }
}
