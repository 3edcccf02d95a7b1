//! Gives disk space back, and only ours: `look.rs` asks the engine and the disk, `plan.rs` decides, `act.rs` removes.
//! `folders.rs` and `mounts.rs` know what is ours in cargo's target directory and in BuildKit's cache.

mod act;
mod folders;
mod look;
mod mounts;
mod plan;

use std::borrow::Cow;

use serde::Serialize;

use crate::context::Ctx;
use crate::docker::name::ImageReference;
use crate::report::megabytes;

pub(crate) use crate::clean::act::Removed;

/// What the user wants removed.
pub(crate) struct Order {
    /// Also what the next build would have to make from nothing.
    pub(crate) all: bool,
    pub(crate) colony: ImageReference,
    pub(crate) base: ImageReference,
}

/// Something that takes space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// Of a container, and of an image without a name, the ID, of a folder the path from the workspace root on.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// Of an image, where it is less: what no other image shares.
    #[serde(skip)]
    pub(crate) own_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Container,
    SupersededImage,
    Image,
    CacheMount,
    Folder,
}

/// What is ours, or has our name, and stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Kept {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) why: Cow<'static, str>,
}

/// Tells what goes and what stays, and removes what goes. `None` in a dry run. Nothing is removed before everything was
/// asked.
pub(crate) fn run(ctx: &Ctx, order: &Order, builder: &str) -> anyhow::Result<Option<Removed>> {
    let found = ctx.report.step("look for what is ours", || look::look(ctx, order, builder))?;
    let plan = plan::plan(found, order.all);
    plan.tell(&ctx.report);
    act::act(ctx, plan, builder)
}

impl Item {
    /// Its size for people.
    fn size(&self) -> String {
        let size = megabytes(self.bytes);
        self.own_bytes
            .map_or_else(|| size.clone(), |own| format!("{size}, {} of it shared by no image", megabytes(own)))
    }

    fn kept(&self, why: impl Into<Cow<'static, str>>) -> Kept {
        Kept { kind: self.kind, name: self.name.clone(), why: why.into() }
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::SupersededImage => "superseded image",
            Self::Image => "image",
            Self::CacheMount => "cache mount",
            Self::Folder => "folder",
        }
    }
}
