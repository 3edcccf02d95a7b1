//! `cargo xtask setup-ecr`: both repositories, without a build and without a push.

use crate::cli;
use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::publish;
use crate::publish::aws::Aws;
use crate::publish::ecr;

impl cli::SetupEcr {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { repository, base_repository, dry_run: _, ecr } = self;
        let options = ecr.checked()?;
        let aws = Aws::new(ctx, &options.region);
        let identity = ctx.report.step("AWS identity", || publish::identify(&aws, &options))?;
        publish::tell(ctx, &identity, &options);
        // Both are looked at before the first is changed, so that code 3 means that nothing was.
        let names = [base_repository, repository];
        let described = names.iter().map(|name| ecr::describe(&aws, name)).collect::<anyhow::Result<Vec<_>>>();
        for described in described.map_err(|error| Failure::of(ExitCode::Precondition, &error))? {
            let uri = ctx.report.step(&format!("repository {}", described.name), || {
                let uri = described.ensure(ctx, &aws)?;
                described.ensure_policy(ctx, &aws, options.force_policy)?;
                Ok(uri)
            })?;
            if let Some(uri) = uri {
                println!("{uri}");
            }
        }
        Ok(())
    }
}
