//! What goes and what stays. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clean::folders::Place;
use crate::clean::look::{Found, Named};
use crate::clean::{Item, Kept, Kind};
use crate::docker::LocalImage;
use crate::docker::space::CacheMount;
use crate::report::{Report, megabytes};

/// Nothing tells which folders a build reads that runs now. It takes its own into use when it begins, and no build takes as
/// long as this.
const STILL_READ: Duration = Duration::from_secs(60 * 60);

pub(super) const BY_CONTAINER: &str = "a container uses it";
pub(super) const BY_BUILD: &str = "a build uses it";
const OF_LATE: &str = "used within the last hour, so a build that runs may read it";
const NOT_OURS: &str = "it bears our name but no label of ours, so it is not ours";

/// One removal, for which one command is given.
#[derive(Debug)]
pub(super) enum Action {
    /// All images without a name that bear this label.
    Superseded(&'static str, Vec<Item>),
    Mount(CacheMount, Item),
    /// The ID of the image that bears the name now.
    Image(String, Item),
    Place(Place, Item),
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) actions: Vec<Action>,
    pub(super) kept: Vec<Kept>,
}

pub(super) fn plan(found: Found, all: bool) -> Plan {
    let mut plan = Plan { actions: Vec::new(), kept: Vec::new() };
    plan.superseded(&found);
    for named in &found.named {
        plan.named(named, &found);
    }
    for mount in found.mounts {
        if found.our_mounts.contains(&mount.mount) {
            plan.mount(mount);
        }
    }
    for place in found.places {
        // A tool stays without a word, like an image that has a name.
        if !place.is_tool || all {
            let is_old = found.now.duration_since(place.used).is_ok_and(|age| age >= STILL_READ);
            plan.place(place, is_old);
        }
    }
    plan
}

impl Plan {
    fn superseded(&mut self, found: &Found) {
        let mut going: BTreeMap<&'static str, Vec<Item>> = BTreeMap::new();
        for (label, image) in &found.superseded {
            let item = image_item(Kind::SupersededImage, image.id.clone(), image, found);
            if found.in_use.contains(&image.id) {
                self.kept.push(item.kept(BY_CONTAINER));
            } else {
                going.entry(label).or_default().push(item);
            }
        }
        self.actions.extend(going.into_iter().map(|(label, items)| Action::Superseded(label, items)));
    }

    fn named(&mut self, named: &Named, found: &Found) {
        let Named { name, label, image } = named;
        let item = image_item(Kind::Image, name.clone(), image, found);
        if image.label(label).is_none() {
            self.kept.push(item.kept(NOT_OURS));
        } else if found.in_use.contains(&image.id) {
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

    fn place(&mut self, place: Place, is_old: bool) {
        let name = place.path.display().to_string();
        let item = Item { kind: Kind::Folder, name, bytes: place.bytes, own_bytes: None };
        if is_old {
            self.actions.push(Action::Place(place, item));
        } else {
            self.kept.push(item.kept(OF_LATE));
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
        if let Some(kept) = folders.first() {
            report.info(format!("kept: {} folders and files in the target directory: {}", folders.len(), kept.why));
        }
    }
}

impl Action {
    pub(super) fn items(&self) -> &[Item] {
        match self {
            Self::Superseded(_, items) => items,
            Self::Mount(_, item) | Self::Image(_, item) | Self::Place(_, item) => std::slice::from_ref(item),
        }
    }
}

impl Kept {
    pub(super) fn tell(&self, report: &Report) {
        let line = format!("kept: {} {}: {}", self.kind.name(), self.name, self.why);
        if self.why == NOT_OURS {
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
