//! A tag moves to an image that is in the repository already: same digest, nothing is uploaded. What it meant before is
//! recorded first, and it is looked at again right before the move and after it, since ECR cannot compare and move at once.

use serde::Serialize;

use crate::context::Ctx;
use crate::docker::name::Tag;
use crate::failure::{self, ExitCode, Failure};
use crate::publish::aws::images::{ImageId, Manifest};
use crate::publish::former::{self, Meaning};
use crate::publish::permanent;
use crate::publish::reached::Reached;
use crate::release::version::Version;

/// Changes whenever a field gets another name or another meaning.
const SCHEMA: u32 = 1;

/// A tag of a repository that is there, and what it means.
pub(crate) struct Looked<'a> {
    ctx: &'a Ctx,
    reached: &'a Reached,
    tag: &'a Tag,
    pub(crate) meaning: Meaning,
}

/// What a tag means after a promote or a rollback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Retagged {
    schema: u32,
    /// `registry/repository:tag`
    reference: String,
    /// `registry/repository@sha256:…` of what the tag means.
    pinned: String,
    digest: String,
    /// Whether it meant another image before, or none.
    moved: bool,
    /// The digest of what it meant before; `None` where it is new.
    from: Option<String>,
}

/// Refuses tags that never come to mean another image, and those that record what others meant.
pub(crate) fn require_moving(tag: &Tag) -> Result<(), Failure> {
    let text = tag.to_string();
    let why = if Version::of_tag(&text).is_some() {
        "a version, which never moves"
    } else if permanent::origin(&text).is_some() {
        "a permanent tag, which never moves"
    } else if text.starts_with("sha256-") {
        "the tag of a signature"
    } else if former::is_record(tag) {
        "the record of what another tag meant"
    } else {
        return Ok(());
    };
    Err(Failure::new(ExitCode::Usage, format!("`{tag}` is {why}")).hint("Name a tag that moves, such as latest"))
}

/// The manifest of an image that has to be there; fails with code 3.
pub(crate) fn require(ctx: &Ctx, reached: &Reached, id: &ImageId) -> anyhow::Result<Manifest> {
    let found = reached.aws(ctx).manifest(&reached.name, id).map_err(|error| precondition(&error))?;
    Ok(found.ok_or_else(|| missing(reached, id))?)
}

fn missing(reached: &Reached, id: &ImageId) -> Failure {
    let what = match id {
        ImageId::Tag(tag) => format!("`{tag}`"),
        ImageId::Digest(digest) => digest.clone(),
    };
    Failure::precondition(format!("there is no image {what} in {}", reached.registry.uri()))
        .hint("See what is there: cargo xtask images")
}

impl<'a> Looked<'a> {
    /// Asks; fails with code 3.
    pub(crate) fn at(ctx: &'a Ctx, reached: &'a Reached, tag: &'a Tag) -> anyhow::Result<Self> {
        let meanings = Meaning::ask(&reached.aws(ctx), &reached.name, &[tag]).map_err(|error| precondition(&error))?;
        Ok(Self { ctx, reached, tag, meaning: meanings.into_iter().next().unwrap_or_default() })
    }

    /// What the tag means; fails with code 3 where that is nothing.
    pub(crate) fn require_current(&self) -> Result<&Manifest, Failure> {
        let current = self.meaning.current.as_ref();
        current.ok_or_else(|| missing(self.reached, &ImageId::Tag(self.tag.clone())))
    }

    /// Lets the tag mean this image. A run that is ended anywhere leaves the tag as it was or as it should be, and a second
    /// one completes it. A dry run prints the calls.
    pub(crate) fn move_to(&self, target: &Manifest) -> anyhow::Result<Retagged> {
        let Self { ctx, reached, tag, meaning } = self;
        let from = meaning.current.as_ref().map(|current| current.digest.clone());
        let moved = from.as_deref() != Some(target.digest.as_str());
        if moved && from.is_some() {
            reached.require_mutable(tag)?;
        }
        reached.shield(ctx, tag)?;
        if moved {
            self.act(target).map_err(|error| {
                Failure::of(failure::code(&error), &error)
                    .hint(format!("The same command again completes it; what `{tag}` means: cargo xtask images"))
            })?;
        } else {
            ctx.report.info(format!("`{tag}` means that image already"));
        }
        let uri = reached.registry.uri();
        let (pinned, digest) = (format!("{uri}@{}", target.digest), target.digest.clone());
        Ok(Retagged { schema: SCHEMA, reference: reached.registry.reference(tag), pinned, digest, moved, from })
    }

    fn act(&self, target: &Manifest) -> anyhow::Result<()> {
        let Self { ctx, reached, tag, meaning } = self;
        let aws = reached.aws(ctx);
        ctx.report.step("record what it meant", || meaning.keep(&aws, &reached.name, tag))?;
        ctx.report.step(&format!("move {tag}"), || {
            self.require_now(meaning.current.as_ref(), "was moved by somebody else meanwhile, so it stays")?;
            aws.put_tag(&reached.name, target, tag)?;
            self.require_now(Some(target), "was moved by somebody else at the same time")
        })
    }

    /// In a dry run nothing has moved.
    fn require_now(&self, expected: Option<&Manifest>, what: &str) -> anyhow::Result<()> {
        let Self { ctx, reached, tag, .. } = self;
        if ctx.manner.is_dry {
            return Ok(());
        }
        let found = reached.aws(ctx).manifest(&reached.name, &ImageId::Tag((*tag).clone()))?;
        let digest = |manifest: Option<&Manifest>| manifest.map(|manifest| manifest.digest.clone());
        let (found, expected) = (digest(found.as_ref()), digest(expected));
        if found == expected {
            return Ok(());
        }
        let named = |digest: Option<String>| digest.unwrap_or_else(|| "nothing".to_owned());
        let message = format!("`{tag}` {what}: it means {}, not {}", named(found), named(expected));
        Err(Failure::new(ExitCode::Failed, message).into())
    }
}

impl Retagged {
    /// Says what moved, and prints on stdout what the tag means with its digest, or all of it as JSON.
    pub(crate) fn tell(&self, ctx: &Ctx) -> anyhow::Result<()> {
        if ctx.manner.is_dry {
            return Ok(());
        }
        if self.moved {
            let before = self.from.as_deref().unwrap_or("nothing");
            ctx.report.info(format!("{} means {}; before that {before}", self.reference, self.digest));
        }
        if ctx.manner.is_json {
            ctx.report.result(serde_json::to_string(self)?);
        } else {
            ctx.report.result(&self.pinned);
        }
        Ok(())
    }
}

fn precondition(error: &anyhow::Error) -> anyhow::Error {
    Failure::of(ExitCode::Precondition, error).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tags_that_move_can_be_moved() {
        let refused =
            |tag: &str| require_moving(&tag.parse().expect("a good tag")).err().map(|failure| failure.message);
        for tag in ["latest", "production", "1.4", "1", "stable-2"] {
            assert_eq!(refused(tag), None, "{tag}");
        }
        for (tag, why) in [
            ("1.4.2", "`1.4.2` is a version, which never moves"),
            ("v2.0.0-rc.1", "`v2.0.0-rc.1` is a version, which never moves"),
            ("ffffffffffff-0123456789ab", "`ffffffffffff-0123456789ab` is a permanent tag, which never moves"),
            ("sha256-ab.sig", "`sha256-ab.sig` is the tag of a signature"),
            ("latest.previous", "`latest.previous` is the record of what another tag meant"),
        ] {
            assert_eq!(refused(tag).as_deref(), Some(why));
        }
    }
}
