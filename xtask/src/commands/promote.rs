//! `cargo xtask promote`: a tag moves to an image that is in the repository.

use crate::cli;
use crate::context::Ctx;
use crate::publish::reached::Reached;
use crate::release::retag::{self, Looked};

impl cli::Promote {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { reference, to, way } = self;
        retag::require_moving(&to)?;
        let reached = Reached::find(ctx, &way.access.checked()?, &way.repository)?;
        reached.require(&reference)?;
        let target = retag::require(ctx, &reached, &reference.id)?;
        Looked::at(ctx, &reached, &to)?.move_to(&target)?.tell(ctx)
    }
}
