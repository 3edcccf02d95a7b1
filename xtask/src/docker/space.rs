//! The docker verbs that say what takes disk space, and those that give it back.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde::Deserialize;

use crate::docker::{Docker, LocalImage};
use crate::process::invocation::Invocation;
use crate::process::runner::Answer;

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
    /// The images without a name that bear this label, whatever its value is.
    pub(crate) fn nameless_images(&self, label: &str) -> anyhow::Result<Vec<LocalImage>> {
        let listed = self.runner().capture("list the images without a name", &list_nameless(label))?;
        let ids: BTreeSet<&str> = listed.lines().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let call = docker(["image", "inspect", "--format", "{{json .}}"]).args(ids);
        let read = |line| serde_json::from_str(line).with_context(|| format!("read `{call}`"));
        self.inspected("look up the images without a name", &call)?.lines().map(read).collect()
    }

    /// IDs of the images that containers were made from, whether they run or not.
    pub(crate) fn images_of_containers(&self) -> anyhow::Result<BTreeSet<String>> {
        let list = docker(["ps", "--all", "--no-trunc", "--quiet"]);
        let listed = self.runner().capture("list the containers", &list)?;
        if listed.is_empty() {
            return Ok(BTreeSet::new());
        }
        // The list itself has whatever the user called the image.
        let call = docker(["container", "inspect", "--format", "{{.Image}}"]).args(listed.lines());
        Ok(self.inspected("look up the containers", &call)?.lines().map(str::to_owned).collect())
    }

    /// What docker tells of several things, of which some may have gone since.
    fn inspected(&self, what: &str, call: &Invocation) -> anyhow::Result<String> {
        let answer = self.runner().probe(call)?;
        let is_gone = |line: &str| line.to_lowercase().contains("no such ");
        anyhow::ensure!(answer.success || answer.stderr.lines().all(is_gone), "{what}: {}", answer.stderr);
        Ok(answer.stdout)
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

    /// Removes the images without a name that bear this label and that no container uses. The engine decides at that
    /// moment, so one that a build just then gives a name stays. `None` in a dry run.
    pub(crate) fn prune_images(&self, label: &str) -> anyhow::Result<Option<Pruned>> {
        let printed = self.runner().capture_effect("remove superseded images", &prune_images(label))?;
        Ok(printed.as_deref().map(Pruned::read))
    }

    /// Removes a cache mount, unless a build has it. `None` in a dry run, else what was reclaimed.
    pub(crate) fn prune_mount(&self, builder: &str, mount: &CacheMount) -> anyhow::Result<Option<u64>> {
        let filter = format!("id={}", mount.id);
        let call = docker(["buildx", "prune", "--builder", builder, "--force", "--filter", &filter]);
        let printed = self.runner().capture_effect(&format!("remove the cache mount {}", mount.mount), &call)?;
        Ok(printed.as_deref().map(|printed| Pruned::read(printed).bytes))
    }

    /// Takes a name from an image, and removes the image with its last name unless a container uses it: an answer, like
    /// that it is gone. `None` in a dry run.
    pub(crate) fn remove_image(&self, name: &str) -> anyhow::Result<Option<Answer>> {
        self.runner().try_effect(&docker(["image", "rm", name]))
    }
}

fn docker<const N: usize>(args: [&str; N]) -> Invocation {
    Invocation::new("docker").args(args)
}

/// Prints IDs.
fn list_nameless(label: &str) -> Invocation {
    let filter = format!("label={label}");
    docker(["image", "ls", "--no-trunc", "--quiet", "--filter", "dangling=true", "--filter", &filter])
}

fn prune_images(label: &str) -> Invocation {
    docker(["image", "prune", "--force", "--filter", &format!("label={label}")])
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
mod tests {
    use super::*;

    /// As buildx 0.13.1 writes it, but for the size.
    const RECORDS: &str = "ID:\t\txbyy4ndijvtb32l0srb10rt49\nParent:\t\tnpe3msa36h7d6hod9sto90ppb\n\
        Created at:\t2026-11-25 15:28:36.577231842 +0000 UTC\nMutable:\ttrue\nReclaimable:\tfalse\nShared:\t\tfalse\n\
        Size:\t\t67.81MB\nDescription:\tcached mount /app/target from exec /bin/sh -c sh /run/compile.sh /out with id \
        \"/distributed-colony-target\"\nUsage count:\t2\nLast used:\t8 seconds ago\nType:\t\texec.cachemount\n\n\
        ID:\t\t96f227dz7jsrz0g2lj296w83l\nReclaimable:\ttrue\nSize:\t\t0B\nDescription:\tlocal source for context\n\n\
        Reclaimable:\t67.81MB\nTotal:\t\t67.81MB\n";

    #[test]
    fn a_cache_mount_is_known_by_the_id_in_its_description() {
        let expected = CacheMount {
            id: "xbyy4ndijvtb32l0srb10rt49".to_owned(),
            mount: "distributed-colony-target".to_owned(),
            bytes: 67_810_000,
            is_in_use: true,
        };
        assert_eq!(CacheMount::list(RECORDS), [expected]);
    }

    #[test]
    fn what_a_prune_removed_is_read_from_either() {
        let images = "Deleted Images:\ndeleted: sha256:1\ndeleted: sha256:2\n\nTotal reclaimed space: 1.5kB\n";
        let both = ["sha256:1".to_owned(), "sha256:2".to_owned()].into();
        assert_eq!(Pruned::read(images), Pruned { images: both, bytes: 1_500 });
        let mount = "ID\tRECLAIMABLE\tSIZE\tLAST ACCESSED\nxbyy*\ttrue \t67.81MB\t8 seconds ago\nTotal:\t67.81MB\n";
        assert_eq!(Pruned::read(mount).bytes, 67_810_000);
        assert_eq!(Pruned::read("Total:\t0B").bytes, 0);
    }

    #[test]
    fn sizes_for_people_are_read_in_all_units() {
        let sizes = ["0B", "12.5kB", "67.81MB", "1.242GB"].map(bytes);
        assert_eq!(sizes, [0, 12_500, 67_810_000, 1_242_000_000].map(Some));
        assert_eq!(["N/A", "", "12"].map(bytes), [None; 3]);
    }
}
