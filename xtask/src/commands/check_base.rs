//! `cargo xtask check-base`: current, missing or stale, and why.

use serde_json::json;

use crate::base::{Expected, State};
use crate::cli;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::failure::{ExitCode, Failure};
use crate::image::ImageReference;
use crate::planner::Plan;

impl cli::CheckBase {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { base, chef, json } = self;
        let docker = Docker::new(ctx);
        let plan = Plan::make(ctx)?;
        let image = base.image();
        let expected = Expected::new(ctx, &docker, &plan, chef.chef_image.as_deref())?;
        let state = expected.compare(&docker, &image)?;
        let (word, reasons) = match &state {
            State::Current(_) => ("current", &[][..]),
            State::Missing => ("missing", &[][..]),
            State::Stale(_, reasons) => ("stale", reasons.as_slice()),
        };
        if json {
            let identity = expected.identity.hash();
            let answer = json!({ "image": image.to_string(), "state": word, "identity": identity, "reasons": reasons });
            println!("{answer}");
        } else {
            println!("{word}");
        }
        match state {
            State::Current(_) => Ok(()),
            State::Missing => Err(missing(&image).into()),
            State::Stale(_, reasons) => Err(stale(&image, &reasons).into()),
        }
    }
}

/// The specification's words for a missing base, with today's command before its script.
pub(crate) fn missing(image: &ImageReference) -> Failure {
    Failure::precondition(format!("Base image '{image}' not found locally!"))
        .hint("Please build the base image first:")
        .hint("  cargo xtask build-base")
        .hint("  ./build-and-push-base.sh   (the same, in Docker/)")
}

/// A base that does not fit the workspace, with one line for each reason.
pub(crate) fn stale(image: &ImageReference, reasons: &[String]) -> Failure {
    let mut failure = Failure::new(ExitCode::StaleBase, format!("Base image '{image}' is stale"));
    for reason in reasons {
        failure = failure.hint(format!("  because {reason}"));
    }
    failure.hint("Please build it again: cargo xtask build-base")
}
