//! Colony images that lost their name to a later build, but for those that a push gave them for ever. They do not pile
//! up, and the last ones stay: what is built again from the same sources takes its version from them, and is the same
//! image only with it (`version.rs`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::colony::INPUTS_LABEL;
use crate::context::Ctx;
use crate::docker::{Docker, LocalImage};
use crate::ownership;
use crate::publish::Standing;
use crate::staging::tree;

/// For so many edits back an undo gives the same image. An image costs next to nothing while BuildKit's cache holds its
/// layers, but each one that stands makes every list of images longer.
const KEPT: usize = 8;

/// To look for what is surplus takes a tenth of a second, so it is done after so many builds.
const DUE: usize = 4;

/// How many states go at a time: more than come, and so few that a pile of them holds up nobody.
const AT_ONCE: usize = 8;

/// Where it stands how many builds there were since the last look, in the folder that is ours.
const FILE: &str = "superseded";

/// Removes what is surplus, after some builds, while one takes its name from `before`; `labels` are those of the image that
/// it makes. What is in use stays, and a failure is only warned of.
pub(super) fn drop_if_due(ctx: &Ctx, before: &LocalImage, labels: &BTreeMap<String, String>) {
    if is_due(ctx) {
        drop_all(ctx, before, labels);
    }
}

/// Counts this build. A count that is lost costs a look.
fn is_due(ctx: &Ctx) -> bool {
    let counted = || {
        let path = ctx.state_dir()?.join(FILE);
        let before = fs::read_to_string(&path).ok().and_then(|text| text.parse::<usize>().ok());
        let count = before.map_or(DUE, |before| before + 1);
        tree::put(&path, (count % DUE).to_string().as_bytes())?;
        anyhow::Ok(count)
    };
    counted().map_or(true, |count| count >= DUE)
}

fn drop_all(ctx: &Ctx, before: &LocalImage, labels: &BTreeMap<String, String>) {
    let docker = Docker::new(ctx);
    // The one gets its name back from a build that went wrong, the other may stand already and gets it from this one.
    let exempt = [before.label(INPUTS_LABEL), labels.get(INPUTS_LABEL).map(String::as_str)];
    let dropped = docker.labelled_images(&[INPUTS_LABEL]).and_then(|mut images| {
        images.retain(|image| ctx.names.workspace.owns(|key| image.label(key)));
        let mut surplus = surplus(&images, &exempt);
        if surplus.iter().any(|state| !state.pushed.is_empty()) {
            let in_use: BTreeSet<String> = docker.all_containers()?.into_iter().map(|used| used.image).collect();
            surplus.iter_mut().for_each(|state| state.pushed.retain(|image| !in_use.contains(&image.id)));
        }
        surplus.iter().try_for_each(|state| state.drop(&docker))
    });
    if let Err(error) = dropped {
        let why = format!("{error:#}");
        // Another run of this program, or somebody else, is at it.
        if !why.contains("prune operation is already running") {
            ctx.report.warning(format!("superseded images stay: {why}"));
        }
    }
}

/// The superseded images that were made from the same inputs.
#[derive(Default)]
struct State<'a> {
    inputs: &'a str,
    /// When one of them last got a name.
    named_at: &'a str,
    /// Those that bear names of a push.
    pushed: Vec<&'a LocalImage>,
    /// The filters of a prune for those without a name.
    nameless: BTreeSet<[String; 2]>,
}

impl State<'_> {
    /// By ID never: that would take the name from an image that another build named in the meantime.
    fn drop(&self, docker: &Docker<'_>) -> anyhow::Result<()> {
        self.pushed.iter().try_for_each(|image| docker.remove_image(&image.names).map(drop))?;
        self.nameless.iter().try_for_each(|filters| docker.prune_images(filters).map(drop))
    }
}

/// What is surplus, those that had a name last first.
fn surplus<'a>(images: &'a [LocalImage], exempt: &[Option<&str>]) -> Vec<State<'a>> {
    let mut states: BTreeMap<&str, State<'a>> = BTreeMap::new();
    // A prune takes an image without a tag for one without a name.
    let mut pinned = BTreeSet::new();
    for image in images {
        let Some(inputs) = image.label(INPUTS_LABEL) else { continue };
        match Standing::of(image) {
            Standing::Named => continue,
            Standing::ByDigest => {
                pinned.insert(inputs);
                continue;
            }
            Standing::Superseded => {}
        }
        let state = states.entry(inputs).or_default();
        state.inputs = inputs;
        state.named_at = state.named_at.max(&image.named_at);
        if image.names.is_empty() {
            state.nameless.insert(ownership::filters(INPUTS_LABEL, image));
        } else {
            state.pushed.push(image);
        }
    }
    let mut states: Vec<State<'_>> = states.into_values().filter(|state| !pinned.contains(state.inputs)).collect();
    states.sort_unstable_by_key(|state| Reverse((state.named_at, state.inputs)));
    let surplus = states.into_iter().skip(KEPT);
    surplus.filter(|state| !exempt.contains(&Some(state.inputs))).take(AT_ONCE).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Named at that second.
    fn image(inputs: &str, second: usize) -> LocalImage {
        let image = json!({
            "Id": format!("sha256:{inputs}-{second}"), "Os": "linux", "Architecture": "amd64", "Size": 1,
            "Config": { "Labels": { INPUTS_LABEL: inputs } },
            "Metadata": { "LastTagTime": format!("2026-11-25T15:29:{second:02}.5Z") },
        });
        serde_json::from_value(image).expect("as docker writes it")
    }

    /// The inputs of what goes.
    fn going<'a>(images: &'a [LocalImage], exempt: &[Option<&str>]) -> Vec<&'a str> {
        surplus(images, exempt).iter().map(|state| state.inputs).collect()
    }

    fn images(count: usize) -> Vec<LocalImage> {
        (0..count).map(|number| image(&format!("inputs-{number:02}"), number)).collect()
    }

    #[test]
    fn the_last_ones_stay_and_the_rest_goes_some_at_a_time() {
        assert_eq!(going(&images(KEPT), &[]), [""; 0]);
        assert_eq!(going(&images(KEPT + 1), &[]), ["inputs-00"]);
        let many = images(KEPT + 20);
        let gone = going(&many, &[]);
        assert_eq!((gone[0], gone.len()), ("inputs-19", AT_ONCE));
    }

    #[test]
    fn what_got_a_name_again_is_new() {
        let mut images = images(KEPT + 1);
        images.push(image("inputs-00", 59));
        assert_eq!(going(&images, &[]), ["inputs-01"]);
    }

    #[test]
    fn what_was_pushed_goes_like_the_others_and_what_its_digest_names_stays_with_all_of_its_inputs() {
        let id = "sha256:0123456789abcdef";
        let pushed = |names: &[&str]| {
            let mut image = image("pushed", 0);
            id.clone_into(&mut image.id);
            image.names = names.iter().map(|name| (*name).to_owned()).collect();
            image.repo_digests.push("host:5000/colony@sha256:7".to_owned());
            image
        };
        let permanent = "host:5000/colony:ffffffffffff-0123456789ab";
        let of = |pushed| [&images(KEPT + 1)[1..], &[pushed]].concat();
        let images = of(pushed(&[permanent]));
        let [State { inputs: "pushed", pushed: dropped, nameless, .. }] = &surplus(&images, &[])[..] else {
            panic!("one state")
        };
        assert!(nameless.is_empty(), "{nameless:?}");
        assert_eq!(dropped.iter().map(|image| image.id.as_str()).collect::<Vec<_>>(), [id]);
        assert_eq!(going(&of(pushed(&[permanent, "host:5000/colony:latest"])), &[]), [""; 0]);
        let by_digest = [of(pushed(&[])), vec![image("pushed", 1)]].concat();
        assert_eq!(going(&by_digest, &[]), [""; 0]);
    }

    #[test]
    fn what_may_get_its_name_back_stays() {
        assert_eq!(going(&images(KEPT + 1), &[None, Some("inputs-00")]), [""; 0]);
    }
}
