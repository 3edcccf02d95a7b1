//! The limit: cargo alone, in a container of the builder image that stays, on the same sources as ours.

use anyhow::bail;

use crate::context::Ctx;
use crate::invocation::Invocation;
use crate::planner::Plan;
use crate::sources::Sources;

use super::{PREFIX, dockerfiles};

/// Where the container gets the newest sources; from there only files of another content go to the build folder, so
/// that exactly the edited ones get a new time.
const INBOX: &str = "/bench-sources";

const ACCEPT: &str = r#"
cd "$1"
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
pub(crate) fn start(ctx: &Ctx) -> anyhow::Result<()> {
    let call = Invocation::new("docker")
        .args(["run", "--detach", "--name", &container(), "--network", "none", "--init"])
        .args(["--entrypoint", "tail", &dockerfiles::base_image(), "-f", "/dev/null"]);
    ctx.runner.capture("start the container for cargo alone", &call).map(drop)
}

/// Brings in what changed, then has cargo compile. Returns cargo's own seconds.
pub(crate) fn compile(ctx: &Ctx) -> anyhow::Result<f64> {
    let plan = Plan::make(ctx)?;
    let sources = Sources::read(&ctx.root, &plan)?.stage(&ctx.state_dir())?;
    exec(ctx, "empty the inbox", &["rm", "-rf", INBOX])?;
    let copy = Invocation::new("docker").arg("cp").arg(&sources).arg(format!("{}:{INBOX}", container()));
    ctx.runner.capture("copy the sources into the container", &copy)?;
    exec(ctx, "accept the sources", &["sh", "-ec", ACCEPT, "sh", INBOX])?;
    let mut call = vec!["sh", "-ec", COMPILE, "sh"];
    call.extend(plan.workspace.binaries.iter().flat_map(|binary| ["--bin", binary]));
    elapsed(&exec(ctx, "compile with cargo alone", &call)?)
}

/// What `binary --version` says.
pub(crate) fn version(ctx: &Ctx, binary: &str) -> anyhow::Result<String> {
    exec(ctx, &format!("run {binary}"), &[&format!("/app/target/release/{binary}"), "--version"])
}

fn exec(ctx: &Ctx, what: &str, words: &[&str]) -> anyhow::Result<String> {
    ctx.runner.capture(what, &Invocation::new("docker").args(["exec", &container()]).args(words))
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
