//! `cargo xtask setup-ecr`: both repositories, without a build and without a push.

use serde_json::json;

use crate::cli;
use crate::commands::preview_ecr;
use crate::context::Ctx;
use crate::docker::name::Repository;
use crate::failure::{ExitCode, Failure};
use crate::publish::aws::Aws;
use crate::publish::ecr::{self, Described};
use crate::publish::region::Region;
use crate::publish::{self, Ecr};

impl cli::SetupEcr {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { repository, base_repository, dry_run: _, preview, ecr } = self;
        let options = ecr.checked()?;
        let region = ctx.warn_if_dry(Region::settle(ctx, options.region.clone()))?.unwrap_or_default();
        let aws = Aws::new(ctx, &region.name);
        let names = [base_repository, repository];
        let described = ctx.warn_if_dry(describe(ctx, &aws, &options, &region, &names))?;
        let described = described.unwrap_or_else(|| names.iter().map(Described::missing).collect());
        if preview {
            return preview_ecr::run(ctx, &aws, &described, options.force_policy);
        }
        let mut uris = Vec::new();
        for described in described {
            let uri = ctx.report.step(&format!("repository {}", described.name), || {
                let uri = described.ensure(ctx, &aws)?;
                described.ensure_policy(ctx, &aws, options.force_policy)?;
                Ok(uri)
            })?;
            // A dry run knows that of a repository that stands, but its stdout is for a shell.
            let Some(uri) = uri.filter(|_| !ctx.manner.is_dry) else { continue };
            if !ctx.manner.is_json {
                ctx.report.result(&uri);
            }
            uris.push(uri);
        }
        if ctx.manner.is_json {
            ctx.report.result(json!({ "repositories": uris }));
        }
        Ok(())
    }
}

/// Both are looked at before the first is changed, so that code 3 means that nothing was.
fn describe(
    ctx: &Ctx,
    aws: &Aws<'_>,
    options: &Ecr,
    region: &Region,
    names: &[Repository],
) -> anyhow::Result<Vec<Described>> {
    let identity = ctx.report.step("AWS identity", || publish::identify(aws, options))?;
    publish::tell(ctx, &identity, region);
    let described = names.iter().map(|name| ecr::describe(aws, name)).collect::<anyhow::Result<Vec<_>>>();
    Ok(described.map_err(|error| Failure::of(ExitCode::Precondition, &error))?)
}
