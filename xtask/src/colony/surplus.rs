//! Colony images that lost their name to a later build. They do not pile up, and the last ones stay: what is built again
//! from the same sources takes its version from them, and is the same image only with it (`version.rs`).

use std::collections::BTreeMap;

use crate::colony::INPUTS_LABEL;
use crate::context::Ctx;
use crate::docker::{Docker, LocalImage};

/// For so many edits back an undo gives the same image. An image costs next to nothing while BuildKit's cache holds its
/// layers, but each one that stands makes every list of images longer.
const KEPT: usize = 8;

/// How many states go at a time, so that a pile of earlier versions of this program holds up nobody.
const AT_ONCE: usize = 4;

/// Removes what is surplus while a build takes its name from `before`; `labels` are those of the image that it makes. What
/// is in use stays, and a failure is only warned of.
pub(super) fn drop_all(ctx: &Ctx, before: &LocalImage, labels: &BTreeMap<String, String>) {
    let docker = Docker::new(ctx);
    // The one gets its name back from a build that went wrong, the other may stand already and gets it from this one.
    let exempt = [before.label(INPUTS_LABEL), labels.get(INPUTS_LABEL).map(String::as_str)];
    let dropped = docker.nameless_images(INPUTS_LABEL).and_then(|images| {
        let surplus = surplus(&images, &exempt);
        // Not by ID: that would take the name from an image that another build named in the meantime.
        surplus.iter().try_for_each(|inputs| docker.prune_images(&format!("{INPUTS_LABEL}={inputs}")).map(drop))
    });
    if let Err(error) = dropped {
        let why = format!("{error:#}");
        // Another run of this program, or somebody else, is at it.
        if !why.contains("prune operation is already running") {
            ctx.report.warning(format!("superseded images stay: {why}"));
        }
    }
}

/// The inputs whose images are surplus, those that had a name last first.
fn surplus<'a>(images: &'a [LocalImage], exempt: &[Option<&str>]) -> Vec<&'a str> {
    let mut named_at: BTreeMap<&str, &str> = BTreeMap::new();
    for image in images {
        let Some(inputs) = image.label(INPUTS_LABEL) else { continue };
        let last = named_at.entry(inputs).or_default();
        *last = image.named_at.as_str().max(*last);
    }
    let mut states: Vec<(&str, &str)> = named_at.into_iter().map(|(inputs, time)| (time, inputs)).collect();
    states.sort_unstable_by(|a, b| b.cmp(a));
    let surplus = states.into_iter().skip(KEPT).map(|(_, inputs)| inputs);
    surplus.filter(|inputs| !exempt.contains(&Some(inputs))).take(AT_ONCE).collect()
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

    fn images(count: usize) -> Vec<LocalImage> {
        (0..count).map(|number| image(&format!("inputs-{number:02}"), number)).collect()
    }

    #[test]
    fn the_last_ones_stay_and_the_rest_goes_some_at_a_time() {
        assert_eq!(surplus(&images(KEPT), &[]), [""; 0]);
        assert_eq!(surplus(&images(KEPT + 1), &[]), ["inputs-00"]);
        let many = images(KEPT + 20);
        let gone = surplus(&many, &[]);
        assert_eq!((gone[0], gone.len()), ("inputs-19", AT_ONCE));
    }

    #[test]
    fn what_got_a_name_again_is_new() {
        let mut images = images(KEPT + 1);
        images.push(image("inputs-00", 59));
        assert_eq!(surplus(&images, &[]), ["inputs-01"]);
    }

    #[test]
    fn what_may_get_its_name_back_stays() {
        assert_eq!(surplus(&images(KEPT + 1), &[None, Some("inputs-00")]), [""; 0]);
    }
}
