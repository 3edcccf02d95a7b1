//! Pushing tags: what the registry holds already is not sent again, and the digest is the registry's own.

use anyhow::Context;

use crate::context::Ctx;
use crate::docker::name::Tag;
use crate::docker::{self, Docker};
use crate::failure::{ExitCode, Failure};
use crate::publish::permanent::{UNKNOWN_ID, id_line};
use crate::report::record::Push;

/// A repository in a registry that docker is logged in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registry {
    uri: String,
}

impl Registry {
    /// `uri` is `registry/repository`, as ECR calls it.
    pub(crate) fn new(uri: String) -> anyhow::Result<Self> {
        anyhow::ensure!(uri.contains('/'), "`{uri}` is no repository URI: it has no registry");
        Ok(Self { uri })
    }

    /// As ECR calls it: `registry/repository`.
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// What stands before the first `/`, with the port if there is one.
    pub(crate) fn host(&self) -> &str {
        self.uri.split('/').next().unwrap_or_default()
    }

    pub(crate) fn reference(&self, tag: &Tag) -> String {
        format!("{}:{tag}", self.uri)
    }

    /// Pushes the image under each tag, in that order: the moving tag comes last, so that it never points at something
    /// without a permanent name. `held_as`: under which digests registries have held this image, as
    /// `registry/repository@sha256:…`. Returns what became of the last tag.
    pub(super) fn push(&self, ctx: &Ctx, id: &str, held_as: &[String], tags: &[&Tag]) -> anyhow::Result<Push> {
        let docker = Docker::new(ctx);
        let own = |name: &String| name.strip_prefix(&self.uri)?.strip_prefix('@').map(str::to_owned);
        let mut known: Vec<String> = held_as.iter().filter_map(own).collect();
        let mut published = Vec::new();
        let mut last = None;
        for tag in tags {
            let outcome = ctx.report.step(&format!("push {tag}"), || self.push_tag(&docker, id, tag, &known));
            let pushed = outcome.map_err(|error| {
                let failure = Failure::of(ExitCode::Failed, &error);
                failure.hint(match published.as_slice() {
                    [] => "Nothing was published; the image stands in the local engine.".to_owned(),
                    done => format!("Published before that: {}", done.join(", ")),
                })
            })?;
            known.push(pushed.digest.clone());
            published.push(pushed.reference.clone());
            last = Some(pushed);
        }
        last.context("there is no tag to push")
    }

    /// The lines for a shell that push the local image of that name under each tag.
    pub(super) fn print(&self, ctx: &Ctx, image: &str, tags: &[&Tag]) -> anyhow::Result<()> {
        let docker = Docker::new(ctx);
        let print = |line: String| ctx.runner.printed(line.replace(UNKNOWN_ID, &format!("\"${UNKNOWN_ID}\"")));
        if tags.iter().any(|tag| tag.to_string().contains(UNKNOWN_ID)) {
            ctx.runner.printed(id_line(image))?;
        }
        for tag in tags {
            let reference = self.reference(tag);
            print(docker.tag_call(image, &reference).to_string())?;
            print(docker.push_call(&reference).to_string())?;
        }
        Ok(())
    }

    /// `known` are the digests under which the registry has held this very image.
    fn push_tag(&self, docker: &Docker<'_>, id: &str, tag: &Tag, known: &[String]) -> anyhow::Result<Push> {
        let reference = self.reference(tag);
        let pushed = |digest: String, sent| Push {
            pinned: format!("{}@{digest}", self.uri),
            reference: reference.clone(),
            digest,
            permanent: None,
            sent,
            git: None,
            signed: None,
        };
        // An image that was never there needs no question.
        if !known.is_empty() {
            if let Some(digest) = docker.remote_digest(&reference)?.filter(|digest| known.contains(digest)) {
                return Ok(pushed(digest, false));
            }
        }
        docker.tag(id, &reference).map_err(docker::error::explained)?;
        let answer = docker.push(&reference)?;
        if !answer.success {
            return Err(docker::error::explain(&format!("push {reference}"), &answer.stderr).into());
        }
        let digest = docker.remote_digest(&reference)?;
        digest.map(|digest| pushed(digest, true)).with_context(|| format!("{reference} was pushed and is not there"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_what_the_repository_uri_says() {
        let registry = Registry::new("123.dkr.ecr.cn-north-1.amazonaws.com.cn/team/colony".to_owned()).expect("a URI");
        assert_eq!(registry.host(), "123.dkr.ecr.cn-north-1.amazonaws.com.cn");
        let tag = "latest".parse().expect("a good tag");
        assert_eq!(registry.reference(&tag), "123.dkr.ecr.cn-north-1.amazonaws.com.cn/team/colony:latest");
    }

    #[test]
    fn a_bare_name_is_no_repository_uri() {
        assert!(Registry::new("colony".to_owned()).is_err());
    }
}
