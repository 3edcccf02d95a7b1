//! The docker verbs that say what takes disk space, and those that give it back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::docker::call::docker;
use crate::docker::contents::LOOK_LABEL;
use crate::docker::{Docker, JSON, error};
use crate::process::invocation::Invocation;

/// A look into an image has ended by then, however slow the engine is.
const LOOK_TAKES: Duration = Duration::from_secs(10 * 60);

/// A cache mount of BuildKit's: the same mount has one record for each image that it was seeded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CacheMount {
    /// Of the record.
    pub(crate) id: String,
    /// The `id=` of the mount in the Dockerfile.
    pub(crate) mount: String,
    pub(crate) bytes: u64,
    /// Whether a build that runs has it.
    pub(crate) is_in_use: bool,
}

/// What a prune removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pruned {
    /// IDs of images.
    pub(crate) images: BTreeSet<String>,
    /// What the engine says that it reclaimed.
    pub(crate) bytes: u64,
}

/// What became of an image whose names were taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    Deleted,
    /// The names are gone. The image was so before, or has others.
    Untagged,
    /// A container uses it.
    InUse,
}

/// What `docker container inspect` tells of any container.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Container {
    pub(crate) id: String,
    /// ID of the image that it was made from.
    pub(crate) image: String,
    /// A time as in RFC 3339.
    created: String,
    state: State,
    #[serde(default)]
    config: Config,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    status: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    labels: Option<BTreeMap<String, String>>,
}

impl Container {
    /// Whether it was made for a look into its image, and never run.
    pub(crate) fn is_look(&self) -> bool {
        let labels = self.config.labels.as_ref();
        self.state.status == "created" && labels.is_some_and(|labels| labels.contains_key(LOOK_LABEL))
    }

    /// Whether no look takes as long as it stands by now.
    pub(crate) fn is_stale(&self, now: SystemTime) -> bool {
        let made = OffsetDateTime::parse(&self.created, &Rfc3339).map(SystemTime::from);
        made.is_ok_and(|made| now.duration_since(made).is_ok_and(|age| age >= LOOK_TAKES))
    }
}

/// An image in what `docker system df` prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UsedByImage {
    #[serde(rename = "ID")]
    id: String,
    /// What no other image shares with it, for people.
    unique_size: String,
}

impl Docker<'_> {
    /// All containers, of whomever, whether they run or not.
    pub(crate) fn all_containers(&self) -> anyhow::Result<Vec<Container>> {
        let list = docker(["ps", "--all", "--no-trunc", "--quiet"]);
        let listed = self.runner().capture("list the containers", &list)?;
        if listed.is_empty() {
            return Ok(Vec::new());
        }
        // The list itself has whatever the user called the image.
        let call = docker(["container", "inspect", "--format", JSON]).args(listed.lines());
        self.inspected("look up the containers", &call)
    }

    /// Removes the containers that looks into images left. `None` in a dry run, else the IDs of those that went.
    pub(crate) fn prune_looks(&self) -> anyhow::Result<Option<BTreeSet<String>>> {
        let [label, age] = [format!("label={LOOK_LABEL}"), format!("until={}s", LOOK_TAKES.as_secs())];
        let call = docker(["container", "prune", "--force", "--filter", &label, "--filter", &age]);
        let printed = self.runner().capture_effect("remove the containers of looks into images", &call)?;
        Ok(printed.map(|printed| printed.lines().map(str::to_owned).collect()))
    }

    /// ID of each image -> the bytes that no other image shares with it. BuildKit's cache may hold them all the same.
    pub(crate) fn own_bytes(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        let call = docker(["system", "df", "--verbose", "--format", "{{json .Images}}"]);
        let printed = self.runner().capture("ask what the images take", &call)?;
        let images: Vec<UsedByImage> = serde_json::from_str(&printed).with_context(|| format!("read `{call}`"))?;
        Ok(images.into_iter().map(|image| (image.id, bytes(&image.unique_size).unwrap_or(0))).collect())
    }

    pub(crate) fn cache_mounts(&self, builder: &str) -> anyhow::Result<Vec<CacheMount>> {
        let call = docker(["buildx", "du", "--builder", builder, "--verbose", "--filter", "type=exec.cachemount"]);
        Ok(CacheMount::list(&self.runner().capture("list the cache mounts", &call)?))
    }

    /// Removes the images without a name to which these filters apply (`label=…`) and that no container uses. The engine
    /// decides at that moment, so one that a build just then gives a name stays. `None` in a dry run.
    pub(crate) fn prune_images(&self, filters: &[String]) -> anyhow::Result<Option<Pruned>> {
        let printed = self.runner().capture_effect("remove superseded images", &prune_images(filters))?;
        Ok(printed.as_deref().map(Pruned::read))
    }

    /// Removes a cache mount, unless a build has it. `None` in a dry run, else what was reclaimed.
    pub(crate) fn prune_mount(&self, builder: &str, mount: &CacheMount) -> anyhow::Result<Option<u64>> {
        let filter = format!("id={}", mount.id);
        let call = docker(["buildx", "prune", "--builder", builder, "--force", "--filter", &filter]);
        let printed = self.runner().capture_effect(&format!("remove the cache mount {}", mount.mount), &call)?;
        Ok(printed.as_deref().map(|printed| Pruned::read(printed).bytes))
    }

    /// Takes names from an image, and removes the image with its last name unless a container uses it. `None` in a dry run.
    pub(crate) fn remove_image(&self, names: &[String]) -> anyhow::Result<Option<Removal>> {
        let Some(answer) = self.runner().try_effect(&docker(["image", "rm"]).args(names))? else { return Ok(None) };
        let is_gone = |line: &str| line.to_lowercase().contains("no such image");
        Ok(Some(if answer.stdout.lines().any(|line| line.starts_with("Deleted: ")) {
            Removal::Deleted
        } else if answer.stderr.contains("conflict: unable to ") {
            Removal::InUse
        } else if answer.success || answer.stderr.lines().all(is_gone) {
            Removal::Untagged
        } else {
            return Err(error::explain(&format!("remove the image {}", names.join(" ")), &answer.stderr).into());
        }))
    }
}

fn prune_images(filters: &[String]) -> Invocation {
    docker(["image", "prune", "--force"]).args(filters.iter().flat_map(|filter| ["--filter", filter]))
}

impl CacheMount {
    /// From what `docker buildx du --verbose` prints: blocks of lines, each with a key. BuildKit names the mount at the end
    /// of the description.
    fn list(printed: &str) -> Vec<Self> {
        let record = |block: &str| {
            let value = |key: &str| block.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
            let (_, mount) = value("Description:")?.rsplit_once("with id \"/")?;
            Some(Self {
                id: value("ID:")?.to_owned(),
                mount: mount.strip_suffix('"')?.to_owned(),
                bytes: value("Size:").and_then(bytes).unwrap_or(0),
                is_in_use: value("Reclaimable:") == Some("false"),
            })
        };
        printed.split("\n\n").filter_map(record).collect()
    }
}

impl Pruned {
    /// From what the two prunes print: `deleted: sha256:…` for each image, then `Total reclaimed space: 1.2kB` or, from
    /// buildx, `Total:` and the size.
    fn read(printed: &str) -> Self {
        let images = printed.lines().filter_map(|line| line.strip_prefix("deleted: ")).map(str::to_owned).collect();
        let total = printed.lines().rev().find(|line| line.starts_with("Total"));
        let size = total.and_then(|line| line.rsplit_once(':')).map(|(_, size)| size.trim());
        Self { images, bytes: size.and_then(bytes).unwrap_or(0) }
    }
}

/// Bytes of a size that docker wrote for people, such as `67.81MB`.
fn bytes(text: &str) -> Option<u64> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[number.len()..] {
        "B" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * factor;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size is not negative")]
    let bytes = bytes.round() as u64;
    Some(bytes)
}

#[cfg(test)]
mod tests;
