//! `cargo xtask setup-ecr --preview`: what the lifecycle policies would delete, by ECR's own preview. Nothing is changed.

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::publish::aws::Aws;
use crate::publish::aws::preview::Expiring;
use crate::publish::ecr::Described;
use crate::release::{stock, table};
use crate::terminal::stdout;

/// Of a repository that is not there nothing would go.
pub(super) fn run(ctx: &Ctx, aws: &Aws<'_>, repositories: &[Described], force_policy: bool) -> anyhow::Result<()> {
    let mut answers = Vec::new();
    for described in repositories {
        let Some(uri) = described.uri() else {
            ctx.report.info(format!("the repository {} is not there yet", described.name));
            continue;
        };
        let ask = || aws.preview_policy(&described.name, described.policy_text(aws, force_policy)?.as_deref());
        let expiring = ctx.report.step(&format!("preview of {}", described.name), ask);
        let expiring = expiring.map_err(|error| Failure::of(ExitCode::Precondition, &error))?;
        if ctx.manner.is_json {
            answers.push(json!({ "repository": uri, "expiring": expiring.iter().map(json).collect::<Vec<_>>() }));
            continue;
        }
        ctx.report.info(format!("{uri}: {} images would expire", expiring.len()));
        if !expiring.is_empty() {
            stdout::line(table::lined_up(&expiring.iter().map(|image| row(uri, image)).collect::<Vec<_>>()))?;
        }
    }
    if ctx.manner.is_json { stdout::line(json!({ "schema": 1, "repositories": answers })) } else { Ok(()) }
}

fn row(uri: &str, image: &Expiring) -> [String; 4] {
    let pushed_at = pushed_at(image).unwrap_or_else(|| "-".to_owned());
    [format!("{uri}@{}", image.digest), pushed_at, format!("rule {}", image.rule), table::listed(&image.tags)]
}

fn json(image: &Expiring) -> Value {
    json!({ "digest": image.digest, "tags": image.tags, "pushed_at": pushed_at(image), "rule": image.rule })
}

fn pushed_at(image: &Expiring) -> Option<String> {
    stock::written(image.pushed_at.as_ref()?)
}
