//! `cargo xtask down`: removes exactly what `up` made.

use crate::cli;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::local_colony::LABEL;

impl cli::Down {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self {} = self;
        let docker = Docker::new(ctx);
        for container in docker.labelled_containers(LABEL)? {
            ctx.report.step(&format!("remove {container}"), || docker.remove_container(&container))?;
        }
        for network in docker.labelled_networks(LABEL)? {
            ctx.report.step(&format!("remove the network {network}"), || docker.remove_network(&network))?;
        }
        Ok(())
    }
}
