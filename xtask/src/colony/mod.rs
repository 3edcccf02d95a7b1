//! What the colony image is made of. `look.rs` finds that for the sources as they are, `version.rs` the version that the
//! image bears, `build.rs` builds and `far.rs` does so beyond this machine, both by the value of `spec.rs`, `outcome.rs`
//! tells what a build compiled and why, `superseded.rs` whether an image that runs is still what the sources give, `surplus.rs` drops
//! what nobody goes back to, `unfit_base.rs` judges the base.

pub(crate) mod build;
pub(crate) mod far;
pub(crate) mod look;
mod outcome;
mod spec;
pub(crate) mod superseded;
mod surplus;
pub(crate) mod unfit_base;
mod version;

use std::fs;
use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};

/// The Dockerfile of the colony, relative to the workspace root.
pub(crate) const DOCKERFILE: &str = "Docker/Dockerfile";

/// The tag of the colony image where nobody chose one.
pub(crate) const TAG: &str = "latest";

/// The label that holds [`Inputs::digest`].
pub(crate) const INPUTS_LABEL: &str = "io.distributed-colony.inputs";

/// The label that holds the image ID of the base.
pub(crate) const BASE_LABEL: &str = "io.distributed-colony.base";

/// Everything but the version that decides the colony image.
pub(crate) struct Inputs {
    /// Digest of the staged sources.
    pub(crate) sources: String,
    /// Image ID of the base.
    pub(crate) base: String,
    /// Image ID of the runtime image where it is known, else its reference.
    pub(crate) runtime: String,
    /// Digest of the Dockerfile.
    pub(crate) dockerfile: String,
}

impl Inputs {
    /// `sha256:` and 64 hexadecimal digits.
    pub(crate) fn digest(&self) -> String {
        let Self { sources, base, runtime, dockerfile } = self;
        format!("sha256:{:x}", Sha256::digest(format!("{sources}\n{base}\n{runtime}\n{dockerfile}\n")))
    }
}

/// Digest of the colony's Dockerfile; the script that it runs is one of the sources.
pub(crate) fn recipe(root: &Path) -> anyhow::Result<String> {
    let text = fs::read(root.join(DOCKERFILE)).with_context(|| format!("read {DOCKERFILE}"))?;
    Ok(format!("{:x}", Sha256::digest(text)))
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
}
