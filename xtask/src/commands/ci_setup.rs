//! `cargo xtask ci-setup`: the workflow of a hosted CI service, written or compared, and the roles that it takes.

use crate::cli;
use crate::codegen::written;
use crate::commands::generated;
use crate::context::Ctx;
use crate::hosted::branch::Branch;
use crate::hosted::repository::{GitHubRepository, OWNER_ID, REPOSITORY_ID};
use crate::hosted::role;
use crate::hosted::workflow::{self, Choice};
use crate::terminal::stdout;

impl cli::CiSetup {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        // There is one service.
        let Self { service: _, branch, deploy, check, dry_run: _, role } = self;
        if let Some(repository) = role {
            return print_roles(ctx, &repository, &branch);
        }
        let choice = Choice { branch, deploy };
        let files = workflow::files(&ctx.names, &choice);
        if check {
            return generated::compare(ctx, &files, &choice.command());
        }
        written::require_ours(&ctx.root, &files)?;
        generated::write(ctx, &files)
    }
}

fn print_roles(ctx: &Ctx, repository: &GitHubRepository, branch: &Branch) -> anyhow::Result<()> {
    let documents = role::documents(&ctx.names, repository, branch);
    if ctx.names.account.is_none() {
        ctx.report.info(format!(
            "the table names no `account`: put yours in place of {}, and in place of the * in front of the repositories",
            role::ACCOUNT_ID
        ));
    }
    if !repository.has_numbers() {
        ctx.report.info(format!(
            "a repository made since 15 July 2026 calls itself by its numbers too; put them in place of {OWNER_ID} and \
             {REPOSITORY_ID}, or into --role:"
        ));
        ctx.report.info(format!("  gh api repos/{} --jq '.owner.id, .id'", repository.path()));
    }
    stdout::line(if ctx.manner.is_json { documents.to_string() } else { format!("{documents:#}") })
}
