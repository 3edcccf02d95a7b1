//! `cargo xtask doctor`: what is there, what is missing, the exact cures; with `--install` it applies them.

use crate::cli;
use crate::context::Ctx;
use crate::doctor::{self, Choice};

impl cli::Doctor {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { chef, runtime_image, region, install, json } = self;
        let choice = Choice { chef_image: chef.chef_image, runtime_image, region: Some(region) };
        let checks = if install { doctor::install(ctx, &choice) } else { doctor::inspect(ctx, &choice) }?;
        doctor::print(&ctx.report, &checks);
        if json {
            println!("{}", doctor::to_json(&checks));
        }
        Ok(doctor::verdict(&checks)?)
    }
}
