//! Removes what the plan says, one command after the other.

use serde::Serialize;

use crate::clean::plan::{Action, BY_BUILD, BY_CONTAINER, Plan};
use crate::clean::{Item, Kept};
use crate::context::Ctx;
use crate::docker::Docker;
use crate::docker::error;
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
            ctx.report.info(format!("removed before that: {removed} of {count}, {} freed", megabytes(done.freed)));
            return Err(error);
        }
    }
    Ok(if ctx.manner.is_dry { None } else { Some(done) })
}

impl Removed {
    fn perform(&mut self, ctx: &Ctx, action: Action, builder: &str) -> anyhow::Result<()> {
        let docker = Docker::new(ctx);
        match action {
            Action::Superseded(label, items) => {
                let Some(pruned) = docker.prune_images(label)? else { return Ok(()) };
                self.freed += pruned.bytes;
                for item in items {
                    let outcome = if pruned.images.contains(&item.name) { Ok(()) } else { Err(BY_CONTAINER) };
                    self.note(ctx, item, outcome);
                }
            }
            Action::Mount(mount, item) => {
                let Some(bytes) = docker.prune_mount(builder, &mount)? else { return Ok(()) };
                self.freed += bytes;
                // One that a build took into use since is passed over, without a word.
                let is_there = bytes == 0 && docker.cache_mounts(builder)?.iter().any(|known| known.id == mount.id);
                self.note(ctx, item, if is_there { Err(BY_BUILD) } else { Ok(()) });
            }
            Action::Image(id, item) => self.image(ctx, &docker, &id, item)?,
            Action::Place(place, item) => {
                if ctx.runner.printed(Invocation::new("rm").args(["-rf", "--"]).arg(&place.path))? {
                    return Ok(());
                }
                let path = ctx.root.join(&place.path);
                states::drop_unused(&path, place.own_time)
                    .map_err(|error| anyhow::anyhow!("remove {}: {error}", place.path.display()))?;
                let is_there = path.exists();
                self.freed += if is_there { 0 } else { place.bytes };
                self.note(ctx, item, if is_there { Err(BY_BUILD) } else { Ok(()) });
            }
        }
        Ok(())
    }

    /// What it frees depends on what is still there that shares its layers, so the engine is asked right before.
    fn image(&mut self, ctx: &Ctx, docker: &Docker<'_>, id: &str, item: Item) -> anyhow::Result<()> {
        let own = if ctx.manner.is_dry { None } else { docker.own_bytes()?.remove(id) };
        let Some(answer) = docker.remove_image(&item.name)? else { return Ok(()) };
        if answer.success {
            // Else another name of the image stays, and the image with it.
            let is_gone = answer.stdout.lines().any(|line| line.starts_with("Deleted: "));
            self.freed += own.filter(|_| is_gone).unwrap_or(0);
            self.note(ctx, item, Ok(()));
        } else if answer.stderr.contains("conflict: unable to ") {
            self.note(ctx, item, Err(BY_CONTAINER));
        } else if answer.stderr.to_lowercase().contains("no such image") {
            self.note(ctx, item, Ok(()));
        } else {
            return Err(error::explain(&format!("remove the image {}", item.name), &answer.stderr).into());
        }
        Ok(())
    }

    /// The outcome is the reason where it stays after all.
    fn note(&mut self, ctx: &Ctx, item: Item, outcome: Result<(), &'static str>) {
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
