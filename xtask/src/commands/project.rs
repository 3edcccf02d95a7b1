//! The compose project that a command is about: of this workspace, and of no other.

use anyhow::Context;

use crate::colony::INPUTS_LABEL;
use crate::compose::Project;
use crate::compose::instance::Instance;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::docker::containers::ProjectContainer;
use crate::failure::Failure;
use crate::ownership;

/// All its containers, in their order. Fails where one runs an image of another workspace: a name that both were given by
/// the environment.
pub(super) fn containers(ctx: &Ctx, project: &Project) -> anyhow::Result<Vec<(Instance, ProjectContainer)>> {
    let docker = Docker::new(ctx);
    let ids = docker.project_container_ids(project.name())?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let containers = docker.containers(&ids)?;
    let own = &ctx.names.workspace;
    if let Some(other) = containers.iter().find_map(|one| ownership::other(own, INPUTS_LABEL, |key| one.label(key))) {
        let name = project.name();
        return Err(Failure::precondition(format!("the compose project '{name}' is of another workspace, `{other}`"))
            .hint("Choose another name: COMPOSE_PROJECT_NAME")
            .into());
    }
    let named = containers.into_iter().map(|container| {
        let instance = Instance::of_labels(|key| container.label(key));
        Ok((instance.context("docker tells of a container without compose's labels")?, container))
    });
    let mut named = named.collect::<anyhow::Result<Vec<_>>>()?;
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(named)
}

/// For those who need no containers.
pub(super) fn require_ours(ctx: &Ctx, project: &Project) -> anyhow::Result<()> {
    containers(ctx, project).map(drop)
}
