//! Asks the engine and the disk for everything that may be ours. Changes nothing.

use std::collections::BTreeMap;
use std::thread;
use std::time::SystemTime;

use crate::base::identity::IDENTITY_LABEL;
use crate::clean::Order;
use crate::clean::folders::{self, Place};
use crate::clean::mounts::OurMounts;
use crate::colony::INPUTS_LABEL;
use crate::context::Ctx;
use crate::docker::space::{CacheMount, Container};
use crate::docker::{Docker, LocalImage};
use crate::ownership;
use crate::process::threads::joined;
use crate::start_images::{CHEF, RUNTIME, STAND_IN_FOR_LABEL};

/// What bears one of our names.
pub(super) struct Named {
    pub(super) name: String,
    /// By which an image of ours is told from another one of that name.
    pub(super) label: &'static str,
    /// The workspace that it is of, where that is another one.
    pub(super) other: Option<String>,
    pub(super) image: LocalImage,
}

/// Everything that was found.
pub(super) struct Found {
    /// Those of this workspace, named or not, each with the label of ours that it bears.
    pub(super) images: Vec<(&'static str, LocalImage)>,
    /// None unless everything is to go.
    pub(super) named: Vec<Named>,
    /// All of the builder's, those of others too.
    pub(super) mounts: Vec<CacheMount>,
    pub(super) our_mounts: OurMounts,
    /// All, those of others too.
    pub(super) containers: Vec<Container>,
    /// ID -> what no other image shares.
    pub(super) own_bytes: BTreeMap<String, u64>,
    pub(super) places: Vec<Place>,
    pub(super) now: SystemTime,
}

pub(super) fn look(ctx: &Ctx, order: &Order, builder: &str) -> anyhow::Result<Found> {
    let docker = Docker::new(ctx);
    thread::scope(|scope| {
        let [colonies, bases] = [INPUTS_LABEL, IDENTITY_LABEL].map(|label| scope.spawn(move || labelled(ctx, label)));
        let containers = scope.spawn(|| docker.all_containers());
        // One after the other: both let BuildKit measure the mounts, and the one that another question is just measuring is
        // missing in the list.
        let space = scope.spawn(|| anyhow::Ok((docker.cache_mounts(builder)?, docker.own_bytes()?)));
        let named = if order.all { named(ctx, order) } else { Ok(Vec::new()) };
        let places = folders::list(&ctx.root, &ctx.relative(&ctx.state_dir()?));
        let mut images = joined(colonies)?;
        images.extend(joined(bases)?);
        let (mounts, own_bytes) = joined(space)?;
        Ok(Found {
            images,
            named: named?,
            mounts,
            our_mounts: OurMounts::of(&ctx.names.workspace),
            containers: joined(containers)?,
            own_bytes,
            places: places?,
            now: SystemTime::now(),
        })
    })
}

/// Those of this workspace.
fn labelled(ctx: &Ctx, label: &'static str) -> anyhow::Result<Vec<(&'static str, LocalImage)>> {
    let all = Docker::new(ctx).labelled_images(&[label])?.into_iter();
    Ok(all.filter(|image| ctx.names.workspace.owns(|key| image.label(key))).map(|image| (label, image)).collect())
}

/// In the order in which they go: what was built from another comes before it.
fn named(ctx: &Ctx, order: &Order) -> anyhow::Result<Vec<Named>> {
    let docker = Docker::new(ctx);
    let names = [
        (order.colony.to_string(), INPUTS_LABEL),
        (order.base.to_string(), IDENTITY_LABEL),
        (RUNTIME.stand_in.to_owned(), STAND_IN_FOR_LABEL),
        (CHEF.stand_in.to_owned(), STAND_IN_FOR_LABEL),
    ];
    let stands = |(name, label): (String, _)| {
        let image = docker.image(&name).transpose()?;
        Some(image.map(|image| {
            // The stand-ins are of the machine.
            let is_of_one = label != STAND_IN_FOR_LABEL;
            let other = ownership::other(&ctx.names.workspace, label, |key| image.label(key)).filter(|_| is_of_one);
            let other = other.map(str::to_owned);
            Named { name, label, other, image }
        }))
    };
    names.into_iter().filter_map(stands).collect()
}
