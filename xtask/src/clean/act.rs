//! Removes what the plan says, one command after the other.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

use crate::clean::plan::{ANEW, Action, BY_BUILD, BY_CONTAINER, BY_RUN, Plan, SINCE};
use crate::clean::{Item, Kept};
use crate::context::Ctx;
use crate::docker::space::Removal;
use crate::docker::{Docker, LocalImage};
use crate::process::invocation::Invocation;
use crate::report::megabytes;
use crate::staging::states;

/// What became of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Removed {
    pub(crate) removed: Vec<Item>,
    pub(crate) kept: Vec<Kept>,
    /// What the engine says that it reclaimed, and the bytes of the folders.
    pub(crate) freed: u64,
}

/// `None` in a dry run. Whatever fails, what went before it is told.
pub(super) fn act(ctx: &Ctx, plan: Plan, builder: &str) -> anyhow::Result<Option<Removed>> {
    let Plan { actions, kept } = plan;
    let mut done = Removed { kept, ..Removed::default() };
    let count: usize = actions.iter().map(|action| action.items().len()).sum();
    for action in actions {
        if let Err(error) = done.perform(ctx, action, builder) {
            let removed = done.removed.len();
            ctx.report.cure(format!("removed before that: {removed} of {count}, {} freed", megabytes(done.freed)));
            return Err(error);
        }
    }
    Ok(if ctx.manner.is_dry { None } else { Some(done) })
}

impl Removed {
    fn perform(&mut self, ctx: &Ctx, action: Action, builder: &str) -> anyhow::Result<()> {
        let docker = Docker::new(ctx);
        match action {
            Action::Looks(items) => {
                let Some(gone) = docker.prune_looks()? else { return Ok(()) };
                self.note_all(ctx, items, &gone);
            }
            Action::Nameless(filters, items) => {
                let Some(pruned) = docker.prune_images(&filters)? else { return Ok(()) };
                self.freed += pruned.bytes;
                self.note_all(ctx, items, &pruned.images);
            }
            Action::Lasting(id, names, item) => self.image(ctx, &id, &names, item)?,
            Action::Image(id, item) => {
                let now = if ctx.manner.is_dry { None } else { docker.image(&item.name)? };
                if now.is_some_and(|image| image.id != id) {
                    self.note(ctx, item, Err(ANEW.into()));
                } else {
                    let names = [item.name.clone()];
                    self.image(ctx, &id, &names, item)?;
                }
            }
            Action::Mount(mount, item) => {
                let Some(bytes) = docker.prune_mount(builder, &mount)? else { return Ok(()) };
                self.freed += bytes;
                // One that a build took into use since is passed over, without a word.
                let is_there = bytes == 0 && docker.cache_mounts(builder)?.iter().any(|known| known.id == mount.id);
                self.note(ctx, item, if is_there { Err(BY_BUILD.into()) } else { Ok(()) });
            }
            Action::Place(place, item) => {
                if ctx.runner.printed(Invocation::new("rm").args(["-rf", "--"]).arg(&place.path))? {
                    return Ok(());
                }
                let path = ctx.root.join(&place.path);
                states::drop_unused(&path, place.own_time)
                    .map_err(|error| anyhow::anyhow!("remove {}: {error}", place.path.display()))?;
                let is_there = path.exists();
                self.freed += if is_there { 0 } else { place.bytes };
                self.note(ctx, item, if is_there { Err(BY_RUN.into()) } else { Ok(()) });
            }
        }
        Ok(())
    }

    /// What it frees depends on what is still there that shares its layers, so the engine is asked right before.
    fn image(&mut self, ctx: &Ctx, id: &str, names: &[String], item: Item) -> anyhow::Result<()> {
        let docker = Docker::new(ctx);
        let own = if ctx.manner.is_dry { None } else { docker.own_bytes()?.remove(id) };
        let outcome = match docker.remove_image(names)? {
            None => return Ok(()),
            Some(Removal::Deleted) => {
                self.freed += own.unwrap_or(0);
                Ok(())
            }
            Some(Removal::InUse) => Err(BY_CONTAINER.into()),
            Some(Removal::Untagged) => docker.image(id)?.map_or(Ok(()), |image| Err(why_it_stays(&image))),
        };
        self.note(ctx, item, outcome);
        Ok(())
    }

    fn note_all(&mut self, ctx: &Ctx, items: Vec<Item>, gone: &BTreeSet<String>) {
        for item in items {
            let outcome = if gone.contains(&item.name) { Ok(()) } else { Err(SINCE.into()) };
            self.note(ctx, item, outcome);
        }
    }

    /// The outcome is the reason where it stays after all.
    fn note(&mut self, ctx: &Ctx, item: Item, outcome: Result<(), Cow<'static, str>>) {
        match outcome {
            Ok(()) => self.removed.push(item),
            Err(why) => {
                let kept = item.kept(why);
                kept.tell(&ctx.report);
                self.kept.push(kept);
            }
        }
    }
}

/// Of an image whose names that we know of are gone.
fn why_it_stays(image: &LocalImage) -> Cow<'static, str> {
    let names = if image.names.is_empty() { &image.repo_digests } else { &image.names };
    if names.is_empty() { SINCE.into() } else { format!("another name: {}", names.join(", ")).into() }
}
