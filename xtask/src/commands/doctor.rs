//! `cargo xtask doctor`: what is there, what is missing, the exact cures; with `--install` it applies them.

use crate::cli;
use crate::context::Ctx;
use crate::doctor::{self, Choice};
use crate::publish::region::Region;
use crate::terminal::stdout;

impl cli::Doctor {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { chef, runtime, region, table_region, install } = self;
        let region = Region::chosen(region, table_region)?;
        let choice = Choice { chef_image: chef.chef_image, runtime_image: runtime.runtime_image, region };
        let checks = if install { doctor::install(ctx, &choice) } else { doctor::inspect(ctx, &choice) }?;
        if ctx.manner.is_json {
            stdout::line(doctor::to_json(&checks))?;
        } else {
            stdout::line(doctor::to_text(&checks))?;
        }
        Ok(doctor::verdict(&checks)?)
    }
}
