//! The version of buildx, remembered for as long as the programs are the same that told it: the question starts three
//! processes, an eighth of a second of processor time before every build.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::context::Ctx;
use crate::docker::{config, plugin};
use crate::doctor::docker_facts::{self, Buildx};
use crate::staging::{digests, tree};

/// Where it is remembered, in the folder that is ours.
const FILE: &str = "buildx.json";

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    /// Path -> what the filesystem tells of it.
    programs: BTreeMap<PathBuf, String>,
    /// As buildx wrote it.
    version: String,
}

/// What [`docker_facts::buildx`] says, without asking where nothing changed since. What cannot be remembered costs the
/// question.
pub(super) fn buildx(ctx: &Ctx) -> anyhow::Result<Buildx> {
    let Some(programs) = programs() else { return docker_facts::buildx(ctx) };
    let path = ctx.state_dir()?.join(FILE);
    let known = fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Answer>(&text).ok());
    if let Some(known) = known.filter(|known| known.programs == programs) {
        return Ok(Buildx::Version(known.version));
    }
    let told = docker_facts::buildx(ctx)?;
    if let (Buildx::Version(version), false) = (&told, ctx.manner.is_dry) {
        let answer = serde_json::to_vec(&Answer { programs, version: version.clone() })?;
        // Whoever cannot write here fails at something else, later and in clearer words.
        tree::put(&path, &answer).unwrap_or_default();
    }
    Ok(told)
}

/// The client, its configuration, which may name more folders, and each plugin that it may take. `None` without a plugin
/// where we look: then docker has it from elsewhere.
fn programs() -> Option<BTreeMap<PathBuf, String>> {
    let stamped = |path: PathBuf| digests::stamp(&path).ok().map(|stamp| (path, stamp));
    let plugins: BTreeMap<_, _> = plugin::places()?.into_iter().filter_map(stamped).collect();
    let config = config::folder()?.join("config.json");
    let others = [which::which("docker").ok()?, config].into_iter().filter_map(stamped);
    (!plugins.is_empty()).then(|| others.chain(plugins.clone()).collect())
}
