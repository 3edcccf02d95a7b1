//! `cargo xtask check-base`: current, missing or stale, and why.

use serde_json::json;

use crate::base::{self, Freshness, Standing};
use crate::cli;
use crate::context::Ctx;
use crate::workspace::plan::Plan;

impl cli::CheckBase {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { base: reference, chef, json } = self;
        let plan = Plan::make(ctx)?;
        let image = reference.image();
        let standing = Standing::ask(ctx, &image, chef.chef_image.as_deref())?;
        let (expected, state) = standing.beside(ctx, &plan)?;
        let (word, reasons) = match &state {
            Freshness::Current(_) => ("current", Vec::new()),
            Freshness::Missing => ("missing", Vec::new()),
            Freshness::Stale(local, _) => ("stale", expected.reasons(local)),
        };
        if json {
            let identity = expected.identity.hash();
            let answer = json!({ "image": image.to_string(), "state": word, "identity": identity, "reasons": reasons });
            println!("{answer}");
        } else {
            println!("{word}");
        }
        match state {
            Freshness::Current(_) => Ok(()),
            Freshness::Missing => Err(base::missing(&image).into()),
            Freshness::Stale(_, reasons) => Err(base::stale(&image, &reasons).into()),
        }
    }
}
