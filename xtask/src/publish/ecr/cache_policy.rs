//! The repository of a build cache: its lifecycle policy.

use anyhow::Context;
use serde_json::{Value, json};

use crate::context::Ctx;
use crate::publish::aws::Aws;
use crate::publish::ecr::Described;

/// How long a cache lives once a later one has taken its tag, in days.
const DAYS: u32 = 7;

/// Each build that adds to the cache leaves the manifest of the one before without a tag; that which has it stays.
fn policy() -> Value {
    json!({ "rules": [{
        "rulePriority": 1,
        "description": "Expire caches that a later one has superseded, 7 days after their push",
        "selection": {
            "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS
        },
        "action": { "type": "expire" }
    }] })
}

impl Described {
    /// As [`ensure_policy`](Self::ensure_policy) does for images.
    pub(crate) fn ensure_cache_policy(&self, ctx: &Ctx, aws: &Aws<'_>, force: bool) -> anyhow::Result<()> {
        let name = &self.name;
        let ensure = || -> anyhow::Result<()> {
            match self.standing_policy(ctx, aws)? {
                Some(standing) if standing == policy() => {}
                Some(_) if !force => ctx.report.warning(self.foreign_policy()),
                _ => self.put_policy(ctx, aws, &policy().to_string())?,
            }
            Ok(())
        };
        ensure().with_context(|| format!("lifecycle policy of {name}"))
    }
}
