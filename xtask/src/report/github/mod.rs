//! GitHub's language, for a run that is a step of a job of GitHub Actions: errors become annotations, the log of a build is
//! folded, the page of the job tells of the image, and the next job gets its names. Elsewhere there is no [`Job`].

mod command;
mod page;

use std::env;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

pub(crate) use crate::report::github::command::Fold;

use crate::report::step::Step;

/// What is handed over of an image, as far as it has it: the reference by its moving tag (of one that was not pushed its
/// name in the local engine), the digest in the registry, the reference by that, the reference by the tag that never moves,
/// the version of a release, and the identity of the base.
pub(crate) const OUTPUTS: [&str; 6] = ["image", "digest", "pinned", "permanent", "version", "base-identity"];

/// The job that this process works for.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// The files in which GitHub reads the page and the outputs, where it names them.
    page: Option<PathBuf>,
    outputs: Option<PathBuf>,
}

impl Job {
    /// `None` where this is no job of GitHub Actions.
    pub(crate) fn here() -> Option<Self> {
        let file = |variable: &str| env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
        let is_here = env::var_os("GITHUB_ACTIONS").is_some_and(|set| set == "true");
        is_here.then(|| Self { page: file("GITHUB_STEP_SUMMARY"), outputs: file("GITHUB_OUTPUT") })
    }

    /// Shows a failure on the page of the run.
    pub(crate) fn annotate(&self, message: &str, cures: &[String]) {
        command::say(&command::annotation(message, cures));
    }

    /// Shows an error where it is in a file, whose path begins at the root of the repository.
    pub(crate) fn annotate_at(&self, title: &str, file: &str, line: &str, column: &str) {
        command::say(&command::annotation_at(title, file, line, column));
    }

    /// Folds the log until the value goes.
    pub(crate) fn fold(&self, title: &str) -> Fold {
        Fold::begin(title)
    }

    /// Tells of an image: `rows` on the page, with the times of the steps; `outputs`, each with a name of [`OUTPUTS`], to the
    /// next step and the next job.
    pub(crate) fn hand_over(
        &self,
        title: &str,
        rows: &[(String, String)],
        steps: &[Step],
        outputs: &[(&str, String)],
    ) -> anyhow::Result<()> {
        if let Some(file) = &self.page {
            append(file, &page::of(title, rows, steps))?;
        }
        if let Some(file) = &self.outputs {
            append(file, &lines(outputs))?;
        }
        Ok(())
    }
}

/// One output a line. None of ours has a line break; one that had would be read as another output.
fn lines(outputs: &[(&str, String)]) -> String {
    outputs.iter().map(|(name, value)| format!("{name}={}\n", value.replace(['\r', '\n'], " "))).collect()
}

fn append(path: &Path, text: &str) -> anyhow::Result<()> {
    let written = || File::options().append(true).create(true).open(path)?.write_all(text.as_bytes());
    written().with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_one_line() {
        let outputs = [("image", "a:1".to_owned()), ("digest", "x\ny=z".to_owned())];
        assert_eq!(lines(&outputs), "image=a:1\ndigest=x y=z\n");
    }
}
