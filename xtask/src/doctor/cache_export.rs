//! Whether a builder can keep its cache in a registry: buildx refuses that in the midst of a build.

use crate::context::Ctx;
use crate::docker::far_builder::OWN_DRIVER;
use crate::doctor::docker_facts;
use crate::doctor::docker_info::{self, Store};
use crate::failure::Failure;

/// Fails with code 3 and the ways out where it cannot: where it is the engine's own, and that has the classic image store.
pub(crate) fn require_cache_export(ctx: &Ctx, builder: &str) -> anyhow::Result<()> {
    if docker_facts::driver_of(ctx, builder)?.is_none_or(|driver| driver != OWN_DRIVER) {
        return Ok(());
    }
    match docker_info::ask(ctx)?.map(|info| info.store) {
        Some(Store::Classic) => Err(refusal(builder).into()),
        Some(Store::Containerd) | None => Ok(()),
    }
}

fn refusal(builder: &str) -> Failure {
    Failure::precondition(format!(
        "the builder `{builder}` cannot keep a cache in a registry: it is the engine's own, whose image store is the classic one"
    ))
    .hint("Turn on containerd's store: \"features\": { \"containerd-snapshotter\": true } in /etc/docker/daemon.json; or")
    .hint("where the chef image is in a registry, take a builder of another driver:")
    .hint("  docker buildx create --driver docker-container --name NAME, and then --builder NAME; or")
    .hint("do without: cargo xtask pull-base gets a whole base that another machine pushed")
}
