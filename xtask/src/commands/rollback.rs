//! `cargo xtask rollback`: a tag means again what it meant before.

use crate::cli;
use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::publish::aws::images::{ImageId, Manifest};
use crate::publish::reached::Reached;
use crate::release::retag::{self, Looked};
use crate::release::stock;
use crate::release::table::listed;

impl cli::Rollback {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { tag, way } = self;
        retag::require_moving(&tag)?;
        let reached = Reached::find(ctx, &way.access.checked()?, &way.repository)?;
        let looked = Looked::at(ctx, &reached, &tag)?;
        let current = looked.require_current()?;
        let target = match looked.meaning.former() {
            Some(former) => former.clone(),
            None => pushed_before(ctx, &reached, current)?,
        };
        looked.move_to(&target)?.tell(ctx)?;
        if !ctx.manner.is_dry {
            ctx.report.info(format!("And back again: cargo xtask rollback {tag}"));
        }
        Ok(())
    }
}

/// What is gone back to where nothing is recorded.
fn pushed_before(ctx: &Ctx, reached: &Reached, current: &Manifest) -> anyhow::Result<Manifest> {
    let found = reached.aws(ctx).describe_images(&reached.name);
    let found = found.map_err(|error| Failure::of(ExitCode::Precondition, &error))?;
    let Some(before) = stock::pushed_before(&found, &current.digest) else {
        return Err(Failure::precondition(format!(
            "nothing is recorded of what it meant before, and no image with a lasting tag was pushed before {}",
            current.digest
        ))
        .hint("Choose one: cargo xtask images, and cargo xtask promote REF --to TAG")
        .into());
    };
    ctx.report.warning(format!(
        "nothing is recorded of what it meant before; the image pushed before it is taken, {} ({})",
        before.digest,
        listed(&before.tags)
    ));
    retag::require(ctx, reached, &ImageId::Digest(before.digest.clone()))
}
