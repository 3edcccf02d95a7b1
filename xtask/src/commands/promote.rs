//! `cargo xtask promote`: a tag moves to an image that is in the repository.

use std::thread;

use crate::cli;
use crate::context::Ctx;
use crate::process::threads::joined;
use crate::publish::reached::Reached;
use crate::release::retag::{self, Looked};

impl cli::Promote {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { reference, to, way } = self;
        retag::require_moving(&to)?;
        let reached = Reached::find(ctx, &way.access.checked()?, &way.repository)?;
        reached.require(&reference)?;
        let (target, looked) = thread::scope(|scope| {
            let looked = scope.spawn(|| Looked::at(ctx, &reached, &to));
            let target = retag::require(ctx, &reached, &reference.id)?;
            anyhow::Ok((target, joined(looked)?))
        })?;
        looked.move_to(&target)?.tell(ctx)
    }
}
