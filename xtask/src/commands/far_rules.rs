//! What a builder that sees no local image cannot do, said before anything is done. Pure.

use crate::docker::far_builder::FarBuilder;
use crate::failure::{ExitCode, Failure};

/// `--no-push` leaves an image in the local engine, and nowhere else.
pub(super) fn no_push(builder: &FarBuilder) -> Failure {
    refusal("--no-push", builder, "leaves no image in the local engine")
        .hint("Leave --no-push out: the builder pushes the image itself; or leave --builder out")
}

/// `--build-base` and `--allow-stale-base` are about a base in the local engine.
pub(super) fn local_base(flag: &str, builder: &FarBuilder) -> Failure {
    refusal(flag, builder, "sees no base in the local engine, only that of exactly these inputs in the registry")
        .hint(format!("Push that first: cargo xtask build-base --builder {}", builder.name))
}

/// `up` runs an image of the local engine.
pub(super) fn up(builder: &FarBuilder) -> Failure {
    let FarBuilder { name, driver } = builder;
    let message = format!(
        "what runs on this machine is an image of its engine, and the builder `{name}` ({driver} driver) leaves none there"
    );
    Failure::new(ExitCode::Usage, message).hint("Leave --builder out: the engine's own builder makes it")
}

fn refusal(flag: &str, builder: &FarBuilder, why: &str) -> Failure {
    let FarBuilder { name, driver } = builder;
    let message = format!("the argument '{flag}' cannot be used with the builder `{name}`: the {driver} driver {why}");
    Failure::new(ExitCode::Usage, message)
}
