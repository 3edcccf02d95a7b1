//! What the colony image is made of, and the version that it bears. `build.rs` builds it, `outcome.rs` tells what a
//! build compiled and why, `runs.rs` whether it compiled at all.

pub(crate) mod build;
pub(crate) mod outcome;
pub(crate) mod runs;

pub(crate) use crate::colony::build::Planned;

use std::fs;
use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::clock;
use crate::docker::LocalImage;
use crate::identity::hex;

/// The Dockerfile of the colony, relative to the workspace root.
pub(crate) const DOCKERFILE: &str = "Docker/Dockerfile";

/// The script that compiles inside the build, relative to the workspace root.
const COMPILE: &str = "Docker/compile.sh";

/// The label that holds [`Inputs::digest`].
pub(crate) const INPUTS_LABEL: &str = "io.distributed-colony.inputs";

/// Everything but the version that decides the colony image.
pub(crate) struct Inputs {
    /// Digest of the staged sources.
    pub(crate) sources: String,
    /// Image ID of the base.
    pub(crate) base: String,
    /// Image ID of the runtime image where it is known, else its reference.
    pub(crate) runtime: String,
    /// Digest of the Dockerfile and of what it runs.
    pub(crate) dockerfile: String,
}

impl Inputs {
    /// `sha256:` and 64 hexadecimal digits.
    pub(crate) fn digest(&self) -> String {
        let Self { sources, base, runtime, dockerfile } = self;
        format!("sha256:{}", hex(&Sha256::digest(format!("{sources}\n{base}\n{runtime}\n{dockerfile}\n"))))
    }
}

/// Digest of the colony's Dockerfile and its script.
pub(crate) fn recipe(root: &Path) -> anyhow::Result<String> {
    let mut all = Sha256::new();
    for path in [DOCKERFILE, COMPILE] {
        all.update(fs::read(root.join(path)).with_context(|| format!("read {path}"))?);
    }
    Ok(hex(&all.finalize()))
}

/// The chosen version; else the one of the image that stands, if it was made from the same inputs, so that an
/// unchanged tree gives an unchanged image; else the time in UTC, such as `2026-11-22T18:05:11Z`.
pub(crate) fn build_version(
    chosen: Option<String>,
    before: Option<&LocalImage>,
    inputs: &Inputs,
) -> anyhow::Result<String> {
    if let Some(chosen) = chosen {
        return Ok(chosen);
    }
    let same = before.filter(|image| image.label(INPUTS_LABEL) == Some(&inputs.digest()));
    if let Some(version) = same.and_then(|image| image.variable("BUILD_VERSION")) {
        return Ok(version.to_owned());
    }
    clock::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> Inputs {
        let text = |name: &str| name.to_owned();
        Inputs { sources: text("s"), base: text("b"), runtime: text("r"), dockerfile: text("d") }
    }

    #[test]
    fn each_input_counts() {
        let other = || "other".to_owned();
        let all = [
            inputs(),
            Inputs { sources: other(), ..inputs() },
            Inputs { base: other(), ..inputs() },
            Inputs { runtime: other(), ..inputs() },
            Inputs { dockerfile: other(), ..inputs() },
        ];
        let digests: std::collections::BTreeSet<String> = all.iter().map(Inputs::digest).collect();
        assert_eq!(digests.len(), all.len());
        assert_eq!(inputs().digest(), inputs().digest());
    }

    #[test]
    fn a_chosen_version_wins_over_the_time() {
        let version = build_version(Some("v1".to_owned()), None, &inputs()).expect("a version");
        assert_eq!(version, "v1");
        let time = build_version(None, None, &inputs()).expect("a version");
        assert!(time.len() == "2026-11-22T18:05:11Z".len() && time.ends_with('Z'), "{time}");
    }
}
