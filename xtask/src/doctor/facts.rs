//! What the machine answers: disk, images to start from, aws, cosign. Every question is bounded in time.

use std::path::PathBuf;

use anyhow::Context;

use crate::context::Ctx;
use crate::docker::{Docker, call};
use crate::doctor::docker_facts::Client;
use crate::doctor::docker_info::Info;
use crate::doctor::question::{LIMIT, on_path};
use crate::process::invocation::Invocation;
use crate::process::last_lines::last_line;
use crate::publish::aws::error::AwsError;
use crate::publish::region::Region;
use crate::signing::cosign;
use crate::start_images::StartImage;

/// Where a base image is to be had.
#[derive(Debug)]
pub(crate) enum Availability {
    Local(String),
    StandIn,
    Registry(String),
    Nowhere {
        reference: String,
        /// Whether the user asked for it by name.
        chosen: bool,
        /// Whether the engine said that it does not have it; a dead one can't say.
        engine_lacks_it: bool,
        why: String,
    },
    /// Without a client nothing can be looked up.
    Unknown,
}

/// Free space in KiB at the tightest of the places that a build fills.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) path: PathBuf,
    pub(crate) free_kib: u64,
}

/// The engine's data folder counts only when it lies on this machine.
pub(crate) fn disk(ctx: &Ctx, info: Option<&Info>) -> anyhow::Result<Disk> {
    let mut paths = vec![ctx.root.clone()];
    paths.extend(info.map(|info| info.root.clone()).filter(|folder| folder.is_dir()));
    let call = Invocation::new("df").arg("-Pk").args(&paths);
    let table = ctx.runner.capture("measure the free disk space", &call)?;
    let free = table.lines().skip(1).map(available).collect::<Option<Vec<u64>>>();
    let free = free.with_context(|| format!("read `{call}`"))?;
    let tightest = paths.into_iter().zip(free).min_by_key(|(_, free)| *free);
    let (path, free_kib) = tightest.with_context(|| format!("`{call}` lists nothing"))?;
    Ok(Disk { path, free_kib })
}

/// The fourth column of `df -P`, counted from the right, since a device name may hold blanks.
fn available(line: &str) -> Option<u64> {
    let percent = line.find("% ")?;
    line[..percent].split_whitespace().rev().nth(1)?.parse().ok()
}

/// By the rule by which the builds choose: what the user chose, else a local stand-in, else the public image.
pub(crate) fn start_image(
    ctx: &Ctx,
    client: Option<&Client>,
    image: &StartImage,
    chosen: Option<&str>,
) -> anyhow::Result<Availability> {
    let Some(client) = client else {
        return Ok(Availability::Unknown);
    };
    let reference = chosen.unwrap_or(image.public).to_owned();
    if client.engine.is_ok() {
        let docker = Docker::new(ctx);
        if chosen.is_none() && docker.image(image.stand_in)?.is_some() {
            return Ok(Availability::StandIn);
        }
        if docker.image(&reference)?.is_some() {
            return Ok(Availability::Local(reference));
        }
    }
    let why = match ctx.runner.probe_within(&call::manifest(&reference), LIMIT)? {
        Some(answer) if answer.success => return Ok(Availability::Registry(reference)),
        Some(answer) => last_line(&answer.stderr),
        None => format!("no answer within {} s", LIMIT.as_secs()),
    };
    Ok(Availability::Nowhere { reference, chosen: chosen.is_some(), engine_lacks_it: client.engine.is_ok(), why })
}

/// What `aws --version` prints, `None` when there is no aws.
pub(crate) fn aws(ctx: &Ctx) -> anyhow::Result<Option<String>> {
    if !on_path("aws") {
        return Ok(None);
    }
    let answer = ctx.runner.probe_within(&Invocation::new("aws").arg("--version"), LIMIT)?;
    Ok(answer.filter(|answer| answer.success).map(|answer| answer.stdout))
}

/// Why there is no account, and what to do where that is known.
#[derive(Debug)]
pub(crate) struct NoAccount {
    pub(crate) why: String,
    pub(crate) cure: Option<String>,
}

/// The account that the credentials belong to, or why there is none. `region` is the one that was chosen, if there is one.
pub(crate) fn aws_account(ctx: &Ctx, region: Option<&Region>) -> anyhow::Result<Result<String, NoAccount>> {
    if !on_path("aws") {
        return Ok(Err(NoAccount { why: "no aws".to_owned(), cure: None }));
    }
    let query = ["sts", "get-caller-identity", "--query", "Account", "--output", "text"];
    // The one that a push would ask: aws alone has no default.
    let region = Region::settle(ctx, region.cloned())?.name;
    let call = Invocation::new("aws").args(query).args(["--region", &region]).env("AWS_PAGER", "");
    Ok(match ctx.runner.probe_within(&call, LIMIT)? {
        Some(answer) if answer.success => Ok(answer.stdout),
        Some(answer) => {
            let explained = AwsError::new("sts get-caller-identity", &answer.stderr).explain();
            let cure = explained.map(|explained| explained.cures.join("; "));
            Err(NoAccount { why: last_line(&answer.stderr), cure })
        }
        None => {
            let cure = "check the network, the proxy, the region, and AWS_ENDPOINT_URL if it is set".to_owned();
            Err(NoAccount { why: format!("no answer within {} s", LIMIT.as_secs()), cure: Some(cure) })
        }
    })
}

/// What cosign tells of itself, `None` when there is none that works.
pub(crate) fn cosign(ctx: &Ctx) -> anyhow::Result<Option<cosign::Found>> {
    if on_path("cosign") { cosign::Found::ask(ctx, LIMIT) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_read_whatever_the_device_is_called() {
        let line = "/dev/my disk 264212084 18474944  76810944      20% /var/lib/docker";
        assert_eq!(available(line), Some(76_810_944));
        assert_eq!(available("nonsense"), None);
    }
}
