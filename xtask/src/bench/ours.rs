//! Our own builds: the very program that runs, as a user would start it in the copy of the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, bail};

use crate::context::Ctx;
use crate::invocation::Invocation;

use super::PREFIX;
use super::args::Alternative;
use super::dockerfiles::Settings;

/// A copy of this program, since a compilation meanwhile would replace the file that we were started from.
#[derive(Clone, Debug)]
pub(crate) struct Xtask(PathBuf);

impl Xtask {
    pub(crate) fn copy_to(folder: &Path) -> anyhow::Result<Self> {
        let program = env::current_exe().context("find the program that runs")?;
        let copy = folder.join("xtask");
        fs::copy(&program, &copy).with_context(|| format!("copy {}", program.display()))?;
        Ok(Self(copy))
    }

    /// Builds the base image in the copy of the workspace that `ctx` stands for.
    pub(crate) fn build_base(&self, ctx: &Ctx, settings: &Settings) -> anyhow::Result<()> {
        self.run(ctx, settings, "build-base", &[])?.map(drop).or_else(|stderr| bail!("{stderr}"))
    }

    /// Builds the colony image, after the base where that is stale. Returns the steps with their times.
    pub(crate) fn build_colony(&self, ctx: &Ctx, settings: &Settings) -> anyhow::Result<Vec<String>> {
        let name = format!("{PREFIX}-{}", Alternative::Ours.name());
        let flags = ["--repository", &name, "--tag", "latest", "--runtime-image", &settings.runtime_image];
        let first = match self.run(ctx, settings, "build-colony", &flags)? {
            Ok(stderr) => return Ok(steps(&stderr)),
            Err(stderr) => stderr,
        };
        // What the program itself tells its user to do.
        if !first.contains("cargo xtask build-base") {
            bail!("{first}");
        }
        self.build_base(ctx, settings)?;
        match self.run(ctx, settings, "build-colony", &flags)? {
            Ok(stderr) => Ok(["build-base".to_owned()].into_iter().chain(steps(&stderr)).collect()),
            Err(stderr) => bail!("{stderr}"),
        }
    }

    /// What it wrote to stderr, as `Err` where it failed.
    fn run(
        &self,
        ctx: &Ctx,
        settings: &Settings,
        command: &str,
        flags: &[&str],
    ) -> anyhow::Result<Result<String, String>> {
        let base = format!("{PREFIX}-base");
        let call = Invocation::new(self.0.display().to_string())
            .args([command, "--no-push", "--builder", &settings.builder])
            .args(["--base-repository", &base, "--base-tag", "latest", "--chef-image", &settings.chef_image])
            .args(flags)
            // This is how cargo tells the program which workspace it is for.
            .env("CARGO_MANIFEST_DIR", ctx.root.join("xtask"));
        let answer = ctx.runner.probe(&call)?;
        Ok(if answer.success { Ok(answer.stderr) } else { Err(format!("`{command}` failed:\n{}", answer.stderr)) })
    }
}

/// What was compiled, the program's own steps, such as `stage sources (20 ms)`, then those of BuildKit that took a
/// tenth of a second.
fn steps(stderr: &str) -> Vec<String> {
    let lines = || stderr.lines().filter_map(|line| line.strip_prefix("[INFO] "));
    let own = lines().filter(|line| line.contains(": ok (")).map(|line| line.replace(": ok (", " ("));
    lines().filter_map(compiled).chain(own).chain(buildkit_steps(stderr)).collect()
}

/// The row of the summary that tells what became of the dependencies.
fn compiled(line: &str) -> Option<String> {
    let (label, value) = line.split_once("  ")?;
    let value = value.trim();
    match label {
        "dependencies" => {
            Some(format!("{value} dependencies").replace(" recompiled dependencies", " dependencies recompiled"))
        }
        "compiled" => Some(format!("compiled {value}")),
        _ => None,
    }
}

/// Whether the steps of a build say that no dependency was compiled.
pub(crate) fn kept_dependencies(steps: &[String]) -> bool {
    let kept = |step: &String| step.starts_with("compiled nothing") || step.starts_with("0 of ");
    steps.first().is_some_and(kept)
}

/// Read from BuildKit's plain display: `#7 [builder 2/2] RUN …` names a step, `#7 DONE 1.2s` ends it.
fn buildkit_steps(stderr: &str) -> Vec<String> {
    let mut names = BTreeMap::new();
    let mut found = Vec::new();
    for line in stderr.lines() {
        let Some((number, rest)) = line.strip_prefix('#').and_then(|line| line.split_once(' ')) else {
            continue;
        };
        let Some(seconds) = rest.strip_prefix("DONE ").and_then(|time| time.strip_suffix('s')?.parse::<f64>().ok())
        else {
            names.entry(number).or_insert(rest);
            continue;
        };
        // A second build begins its numbers anew.
        let name = names.remove(number).unwrap_or_default();
        if seconds >= 0.1 {
            // `[stage 2/3] RUN` says enough.
            let words = name.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
            found.push(format!("BuildKit: {words} ({seconds:.1} s)"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_the_steps_are_found_among_the_other_lines() {
        let stderr =
            "[INFO] plan …\n[INFO] plan: ok (31 ms)\n#5 0.1 [INFO] x: ok (1 s)\n[INFO] ---- colony image ----\n";
        assert_eq!(steps(stderr), ["plan (31 ms)"]);
        assert!(!kept_dependencies(&steps(stderr)), "it does not say so");
    }

    #[test]
    fn what_became_of_the_dependencies_comes_first() {
        let said = |row: &str| steps(&format!("[INFO] plan: ok (31 ms)\n[INFO] backend       fresh\n[INFO] {row}\n"));
        let kept = said("dependencies  0 of 96 recompiled");
        assert_eq!(kept, ["0 of 96 dependencies recompiled", "plan (31 ms)"]);
        assert!(
            kept_dependencies(&kept) && kept_dependencies(&said("compiled      nothing: the image stands as it was"))
        );
        assert!(!kept_dependencies(&said("dependencies  10 of 96 recompiled")));
    }

    #[test]
    fn the_long_steps_of_buildkit_are_named() {
        let stderr = "#7 [builder 2/2] RUN --mount=type=cache sh /x\n#8 [internal] load\n#8 DONE 0.0s\n#7 0.2 text\n\
                      #7 DONE 1.2s\n#9 CACHED\n#7 exporting to image\n#7 DONE 0.3s\n";
        assert_eq!(
            buildkit_steps(stderr),
            ["BuildKit: [builder 2/2] RUN (1.2 s)", "BuildKit: exporting to image (0.3 s)"]
        );
    }
}
