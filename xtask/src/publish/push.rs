//! Pushing tags: what the registry holds already is not sent again, and the digest is the registry's own.

use std::thread;

use anyhow::Context;

use crate::context::Ctx;
use crate::docker::name::Tag;
use crate::docker::{self, Docker};
use crate::failure::{ExitCode, Failure};
use crate::process::last_lines::tail;
use crate::process::threads::joined;
use crate::publish::identity_tag::{self, is_identity_name};
use crate::publish::permanent::{UNKNOWN_ID, id_line, with_id};
use crate::publish::version_tags;
use crate::release::version::Version;
use crate::report::record::{Moved, Push, Signed};

/// The tags that an image is pushed under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Those that never mean another image; they come first, so that no other points at something without one.
    pub(super) fixed: Vec<Tag>,
    pub(super) moving: Vec<Tag>,
}

/// What happens between the tags that never move and those that do.
pub(super) struct Between<R, S, M> {
    /// Keeps what the moving tags mean so far: beside the first push where there is one, and only where one has to move.
    pub(super) record: R,
    /// Gets the image by its digest before any tag moves to it, so that nobody finds it unsigned by one.
    pub(super) sign: S,
    /// Which of the moving tags still are to move.
    pub(super) moving: M,
}

/// What was pushed so far.
#[derive(Default)]
struct Progress {
    /// Digests under which the registry holds the image.
    known: Vec<String>,
    /// References.
    published: Vec<String>,
    last: Option<Push>,
}

impl Progress {
    /// The image by the digest that the last push came to.
    fn pinned(&self) -> anyhow::Result<String> {
        self.last.as_ref().map(|push| push.pinned.clone()).context("no tag was pushed")
    }

    /// Says what was published before the failure.
    fn at_failure(&self, error: &anyhow::Error) -> Failure {
        Failure::of(ExitCode::Failed, error).hint(match self.published.as_slice() {
            [] => "Nothing was published; the image stands in the local engine.".to_owned(),
            done => format!("Published before that: {}", done.join(", ")),
        })
    }
}

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

    /// Pushes the image under each tag, the moving ones last. `held_as`: under which digests registries have held this
    /// image, as `registry/repository@sha256:…`. Returns what became of the last tag.
    pub(super) fn push<R, S, M>(
        &self,
        ctx: &Ctx,
        id: &str,
        held_as: &[String],
        names: &Names,
        between: Between<R, S, M>,
    ) -> anyhow::Result<Push>
    where
        R: Fn(&Ctx) -> anyhow::Result<Vec<Moved>> + Sync,
        S: Fn(&str) -> anyhow::Result<Option<Signed>>,
        M: FnOnce() -> anyhow::Result<Vec<Tag>>,
    {
        let Between { record, sign, moving } = between;
        let own = |name: &String| name.strip_prefix(&self.uri)?.strip_prefix('@').map(str::to_owned);
        let mut progress = Progress { known: held_as.iter().filter_map(own).collect(), ..Progress::default() };
        let (aside, record) = (&ctx.aside(), &record);
        let outcome = thread::scope(|scope| {
            let mut beside = None;
            for tag in &names.fixed {
                self.push_tag(ctx, id, tag, &mut progress, || {
                    beside.get_or_insert_with(|| scope.spawn(move || record(aside)));
                    Ok(())
                })?;
            }
            let first = progress.pinned()?;
            let signed = sign(&first)?;
            let mut moved = None;
            for tag in &moving()? {
                self.push_tag(ctx, id, tag, &mut progress, || {
                    if moved.is_none() {
                        moved = Some(beside.take().map_or_else(|| record(aside), joined)?);
                        ctx.report.absorb(&aside.report);
                    }
                    Ok(())
                })?;
            }
            // An engine may know two digests of one image, and a tag that stays may mean the other one.
            let last = progress.pinned()?;
            let signed = if last == first { signed } else { sign(&last)? };
            anyhow::Ok((moved.unwrap_or_default(), signed))
        });
        let (moved, signed) = outcome.map_err(|error| progress.at_failure(&error))?;
        let pushed = progress.last.context("there is no tag to push")?;
        Ok(Push { moved, signed, ..pushed })
    }

    /// `sending` comes before anything is sent.
    fn push_tag(
        &self,
        ctx: &Ctx,
        id: &str,
        tag: &Tag,
        progress: &mut Progress,
        sending: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let push = || self.send_unless_held(ctx, id, tag, &progress.known, sending);
        let pushed = ctx.report.step(&format!("push {tag}"), push)?;
        progress.known.push(pushed.digest.clone());
        progress.published.push(pushed.reference.clone());
        progress.last = Some(pushed);
        Ok(())
    }

    /// The lines for a shell that push the local image of that name under each tag; those that `between` prints come before
    /// the moving ones.
    pub(super) fn print(
        &self,
        ctx: &Ctx,
        image: &str,
        names: &Names,
        between: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.print_tags(ctx, image, &names.fixed)?;
        between()?;
        self.print_tags(ctx, image, &names.moving)
    }

    fn print_tags(&self, ctx: &Ctx, image: &str, tags: &[Tag]) -> anyhow::Result<()> {
        let docker = Docker::new(ctx);
        let print = |line: String| ctx.runner.printed(with_id(&line));
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
    fn send_unless_held(
        &self,
        ctx: &Ctx,
        id: &str,
        tag: &Tag,
        known: &[String],
        sending: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<Push> {
        let docker = Docker::new(ctx);
        let reference = self.reference(tag);
        let pushed = |digest: String, sent| Push {
            pinned: format!("{}@{digest}", self.uri),
            reference: reference.clone(),
            digest,
            permanent: None,
            version: None,
            moved: Vec::new(),
            sent,
            git: None,
            signed: None,
        };
        // An image that was never there needs no question.
        if !known.is_empty() {
            match docker.remote_digest(&reference)? {
                Some(digest) if known.contains(&digest) => return Ok(pushed(digest, false)),
                // Nobody had it when the tags were chosen.
                Some(digest) if Version::is_tag(tag) => return Err(version_tags::taken(tag, &digest).into()),
                _ => {}
            }
        }
        sending()?;
        docker.tag(id, &reference).map_err(docker::error::explained)?;
        let answer = docker.push(&reference)?;
        if !answer.success {
            return Err(refused(&reference, &answer.stderr).into());
        }
        let digest = docker.remote_digest(&reference)?;
        let digest = digest.with_context(|| format!("{reference} was pushed and is not there"))?;
        if !known.is_empty() && !known.contains(&digest) && !self.is_of(&docker, id, &digest)? {
            return Err(Failure::new(ExitCode::Failed, format!("`{tag}` was moved by somebody else at the same time"))
                .hint(format!("It means {digest}; the same command again moves it to this image"))
                .into());
        }
        Ok(pushed(digest, true))
    }

    /// Whether the registry holds the local image under that digest: docker notes with an image what a push of it came to.
    fn is_of(&self, docker: &Docker<'_>, id: &str, digest: &str) -> anyhow::Result<bool> {
        let image = docker.image(id)?.with_context(|| format!("the image {id} is gone"))?;
        Ok(image.repo_digests.contains(&format!("{}@{digest}", self.uri)))
    }
}

/// Another tag is no way out for a base: its identity is the tag, whatever it is called besides.
fn refused(reference: &str, stderr: &str) -> Failure {
    let step = format!("push {reference}");
    if !(is_identity_name(reference) && docker::error::is_taken(stderr)) {
        return docker::error::explain(&step, stderr);
    }
    let what = format!("{step}: the registry has a base of these very inputs, and the repository is immutable");
    Failure::new(ExitCode::Failed, what + &tail(stderr))
        .hint("Take that one, which is as good: cargo xtask pull-base")
        .hint(format!("or exclude {} from immutability (IMMUTABLE_WITH_EXCLUSION)", identity_tag::PATTERN))
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
