//! What goes and what stays. Pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use crate::base::identity::IDENTITY_LABEL;
use crate::clean::folders::{Hold, Place};
use crate::clean::look::{Found, Named};
use crate::clean::{Item, Kept, Kind};
use crate::docker::LocalImage;
use crate::docker::space::CacheMount;
use crate::ownership;
use crate::publish::{Standing, lasting_names};
use crate::report::{Report, megabytes};

/// Nothing tells which folders a build reads that runs now. It takes its own into use when it begins, and no build takes as
/// long as this.
const STILL_READ: Duration = Duration::from_secs(60 * 60);

pub(super) const BY_CONTAINER: &str = "a container uses it";
pub(super) const BY_BUILD: &str = "a build uses it";
pub(super) const BY_RUN: &str = "a run of this program uses it";
pub(super) const SINCE: &str = "it is in use or was named since";
pub(super) const ANEW: &str = "it was built anew meanwhile";
const LOOKED_INTO: &str = "a run may be looking into its image";
const PINNED: &str = "an image with the same label that its digest alone names would go with it";
const OF_LATE: &str = "used within the last hour, so a build that runs may read it";
const NOT_OURS: &str = "it bears our name but no label of ours, so it is not ours";
const THEIRS: &str = "it bears our name but is of another workspace,";

/// One removal, for which one command is given.
#[derive(Debug)]
pub(super) enum Action {
    /// All that looks into images left.
    Looks(Vec<Item>),
    /// All images without a name to which these filters apply.
    Nameless([String; 2], Vec<Item>),
    /// The ID of an image, and names that mean it for ever.
    Lasting(String, Vec<String>, Item),
    /// The ID of the image that bears the name now.
    Image(String, Item),
    Mount(CacheMount, Item),
    Place(Place, Item),
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) actions: Vec<Action>,
    pub(super) kept: Vec<Kept>,
}

pub(super) fn plan(found: Found, all: bool) -> Plan {
    let mut plan = Plan { actions: Vec::new(), kept: Vec::new() };
    plan.looks(&found);
    let in_use = plan.in_use(&found);
    plan.images(&found, &in_use, all);
    for named in &found.named {
        plan.named(named, &found, &in_use);
    }
    for mount in found.mounts {
        if found.our_mounts.have(&mount.mount) {
            plan.mount(mount);
        }
    }
    for place in found.places {
        // A tool stays without a word, like an image that has a name.
        if !place.is_tool || all {
            plan.place(place, found.now);
        }
    }
    plan
}

impl Plan {
    fn looks(&mut self, found: &Found) {
        let items = found.containers.iter().filter(|container| container.is_look()).map(|container| {
            let item = Item { kind: Kind::Container, name: container.id.clone(), bytes: 0, own_bytes: None };
            if container.is_stale(found.now) { Ok(item) } else { Err(item.kept(LOOKED_INTO)) }
        });
        let (going, staying): (Vec<_>, Vec<_>) = items.partition(Result::is_ok);
        self.kept.extend(staying.into_iter().filter_map(Result::err));
        if !going.is_empty() {
            self.actions.push(Action::Looks(going.into_iter().filter_map(Result::ok).collect()));
        }
    }

    /// IDs of the images of all containers but those that go.
    fn in_use<'a>(&self, found: &'a Found) -> BTreeSet<&'a str> {
        let goes = |id: &String| self.items().any(|item| item.kind == Kind::Container && item.name == *id);
        let staying = found.containers.iter().filter(|container| !goes(&container.id));
        staying.map(|container| container.image.as_str()).collect()
    }

    /// Whatever is superseded, and if all goes, what its digest alone names.
    fn images(&mut self, found: &Found, in_use: &BTreeSet<&str>, all: bool) {
        let mut nameless: BTreeMap<[String; 2], Vec<Item>> = BTreeMap::new();
        // A prune takes an image without a tag for one without a name.
        let mut pinned = BTreeSet::new();
        for (label, image) in &found.images {
            let standing = match Standing::of(image) {
                // A base is named right after it was pulled by its digest; one that has lost that name is superseded.
                Standing::ByDigest if *label == IDENTITY_LABEL => Standing::Superseded,
                standing => standing,
            };
            let filters = ownership::filters(label, image);
            let is_used = in_use.contains(image.id.as_str());
            if standing == Standing::ByDigest && (is_used || !all) {
                pinned.insert(filters.clone());
            }
            if standing == Standing::Named || (standing == Standing::ByDigest && !all) {
                continue;
            }
            let kind = if standing == Standing::ByDigest { Kind::Image } else { Kind::SupersededImage };
            let names = lasting_names(image);
            let name = if names.is_empty() { image.id.clone() } else { names.join(" ") };
            let item = image_item(kind, name, image, found);
            if is_used {
                self.kept.push(item.kept(BY_CONTAINER));
            } else if names.is_empty() {
                nameless.entry(filters).or_default().push(item);
            } else {
                self.actions.push(Action::Lasting(image.id.clone(), names, item));
            }
        }
        for (filters, items) in nameless {
            if pinned.contains(&filters) {
                self.kept.extend(items.iter().map(|item| item.kept(PINNED)));
            } else {
                self.actions.push(Action::Nameless(filters, items));
            }
        }
    }

    fn named(&mut self, named: &Named, found: &Found, in_use: &BTreeSet<&str>) {
        let Named { name, label, other, image } = named;
        let item = image_item(Kind::Image, name.clone(), image, found);
        if image.label(label).is_none() {
            self.kept.push(item.kept(NOT_OURS));
        } else if let Some(other) = other {
            self.kept.push(item.kept(format!("{THEIRS} `{other}`")));
        } else if in_use.contains(image.id.as_str()) {
            self.kept.push(item.kept(BY_CONTAINER));
        } else {
            self.actions.push(Action::Image(image.id.clone(), item));
        }
    }

    fn mount(&mut self, mount: CacheMount) {
        let item = Item { kind: Kind::CacheMount, name: mount.mount.clone(), bytes: mount.bytes, own_bytes: None };
        if mount.is_in_use {
            self.kept.push(item.kept(BY_BUILD));
        } else {
            self.actions.push(Action::Mount(mount, item));
        }
    }

    fn place(&mut self, place: Place, now: SystemTime) {
        let name = place.path.display().to_string();
        let item = Item { kind: Kind::Folder, name, bytes: place.bytes, own_bytes: None };
        let is_old = now.duration_since(place.used).is_ok_and(|age| age >= STILL_READ);
        match place.hold {
            Hold::Held => self.kept.push(item.kept(BY_RUN)),
            Hold::Unknown if !is_old => self.kept.push(item.kept(OF_LATE)),
            Hold::Free | Hold::Unknown => self.actions.push(Action::Place(place, item)),
        }
    }

    fn items(&self) -> impl Iterator<Item = &Item> {
        self.actions.iter().flat_map(Action::items)
    }

    /// What goes, with its size, and what stays, with the reason.
    pub(super) fn tell(&self, report: &Report) {
        let (count, bytes) =
            (self.items().count(), self.items().map(|item| item.own_bytes.unwrap_or(item.bytes)).sum());
        if count == 0 {
            report.info("nothing to remove");
        } else {
            report.info(format!("to be removed, {count} in all, {} of their own:", megabytes(bytes)));
        }
        for item in self.items() {
            report.info(format!("  {:<16}  {}  {}", item.kind.name(), item.name, item.size()));
        }
        // Each state of the sources has a folder.
        let (folders, others): (Vec<_>, Vec<_>) = self.kept.iter().partition(|kept| kept.kind == Kind::Folder);
        others.iter().for_each(|kept| kept.tell(report));
        let mut counts: BTreeMap<&Cow<'static, str>, usize> = BTreeMap::new();
        folders.iter().for_each(|kept| *counts.entry(&kept.why).or_default() += 1);
        for (why, count) in counts {
            report.info(format!("kept: {count} folders and files in the target directory: {why}"));
        }
    }
}

impl Action {
    pub(super) fn items(&self) -> &[Item] {
        match self {
            Self::Looks(items) | Self::Nameless(_, items) => items,
            Self::Lasting(_, _, item) | Self::Image(_, item) | Self::Mount(_, item) | Self::Place(_, item) => {
                std::slice::from_ref(item)
            }
        }
    }
}

impl Kept {
    pub(super) fn tell(&self, report: &Report) {
        let line = format!("kept: {} {}: {}", self.kind.name(), self.name, self.why);
        if self.why == NOT_OURS || self.why.starts_with(THEIRS) {
            report.warning(line);
        } else {
            report.info(line);
        }
    }
}

fn image_item(kind: Kind, name: String, image: &LocalImage, found: &Found) -> Item {
    let bytes = image.engine_size;
    let own_bytes = found.own_bytes.get(&image.id).copied().filter(|own| *own < bytes);
    Item { kind, name, bytes, own_bytes }
}

#[cfg(test)]
mod tests;
