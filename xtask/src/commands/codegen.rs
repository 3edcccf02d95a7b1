//! `cargo xtask codegen`: the files below `Docker/` that follow from the table, written or compared.

use crate::cli;
use crate::codegen;
use crate::commands::generated;
use crate::context::Ctx;
use crate::workspace::read;

impl cli::Codegen {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let files = codegen::files(&read::workspace(ctx)?.images, &ctx.names);
        if self.check {
            return generated::compare(ctx, &files, codegen::COMMAND);
        }
        generated::write(ctx, &files)
    }
}
