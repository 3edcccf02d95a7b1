//! Whether a colony is built on the base that stands.

use crate::base::remote::Remote;
use crate::base::{Freshness, Wanted};
use crate::context::Ctx;

/// What becomes of a build whose base is missing or stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnfitBase {
    /// It is refused. A dry run only warns.
    Refused,
    /// A stale one is built on, with a warning.
    StaleAllowed,
    /// In a dry run whose real run would have built the base by then: nobody knows its ID.
    StillToBeBuilt,
}

/// The image ID of the base, if the base may be built on. A dry run only warns.
pub(super) fn usable(ctx: &Ctx, state: &Freshness, base: &Wanted, unfit: UnfitBase) -> anyhow::Result<String> {
    let unknown = || "unknown".to_owned();
    let (id, failure) = match (state, unfit) {
        (Freshness::Current(local), _) => return Ok(local.id.clone()),
        (_, UnfitBase::StillToBeBuilt) => {
            ctx.report.info("the base is built first, so the lines below cannot name its ID: `unknown` stands for it");
            return Ok(unknown());
        }
        (Freshness::Missing, _) => (unknown(), base.missing(ctx, Remote::Unknown)),
        (Freshness::Stale(local, reasons), UnfitBase::StaleAllowed) => {
            ctx.report.warning(format!("building on a stale base, because {}", reasons.join("; ")));
            return Ok(local.id.clone());
        }
        (Freshness::Stale(local, reasons), UnfitBase::Refused) => {
            (local.id.clone(), base.stale(&ctx.names, reasons, Remote::Unknown))
        }
    };
    ctx.warn_if_dry(Err::<(), _>(failure.into())).map(|_| id)
}
