//! `cargo xtask verify`: whether an image is signed by whom it should be, for a deploy that wants to know before.

use serde_json::json;

use crate::cli;
use crate::context::Ctx;
use crate::doctor;
use crate::failure::{ExitCode, Failure};
use crate::publish::aws::images::ImageId;
use crate::publish::reached::Reached;
use crate::signing::cosign::{Cosign, Verdict};
use crate::signing::flags::Author;
use crate::signing::identity::Identity;
use crate::signing::key::Key;
use crate::terminal::stdout;

impl cli::Verify {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let author = self.author(ctx)?;
        let Self { image, digest: expected, repository, access, key: _, .. } = self;
        let options = access.checked()?;
        let generation = doctor::require_cosign(ctx)?;
        let reached = Reached::find(ctx, &options, &repository)?;
        reached.require(&image)?;
        let digest = ctx.report.step("look the image up", || reached.digest(ctx, &image))?;
        require_unmoved(&image.id, expected.as_deref(), &digest)?;
        reached.login(ctx)?;
        let pinned = format!("{}@{digest}", reached.registry.uri());
        ctx.report.step("verify the signature", || match Cosign::new(ctx, generation).verify(&author, &pinned)? {
            Verdict::Good => Ok(()),
            Verdict::Refused(failure) => Err(failure.into()),
        })?;
        let by = match &author {
            Author::Key(key) => key.to_string_lossy().into_owned(),
            Author::Identity(identity) => identity.subject.clone(),
        };
        ctx.report.info(format!("{image} is signed by {by}"));
        if ctx.manner.is_json {
            return stdout::line(json!({ "pinned": pinned, "digest": digest, "signed_by": by }));
        }
        stdout::line(pinned)
    }

    /// Whose signature is wanted. Fails where there is no such key, before anybody is asked.
    fn author(&self, ctx: &Ctx) -> anyhow::Result<Author> {
        let Some(key) = &self.key else {
            let [subject, issuer] = [&self.certificate_identity, &self.certificate_oidc_issuer]
                .map(|text| text.clone().unwrap_or_default());
            return Ok(Author::Identity(Identity { subject, issuer }));
        };
        let key = Key::parse(key)?;
        key.require_public()?;
        Ok(Author::Key(key.argument(ctx)))
    }
}

/// A tag that no longer means what it should is not good, whoever signed the other image.
fn require_unmoved(id: &ImageId, expected: Option<&str>, digest: &str) -> Result<(), Failure> {
    match (expected, id) {
        (Some(expected), ImageId::Tag(tag)) if expected != digest => {
            let what = format!("the tag {tag} has moved: it means {digest}, and not {expected}");
            Err(Failure::new(ExitCode::Failed, what).hint("Deploy by the digest, or find out who moved the tag"))
        }
        (Some(expected), ImageId::Digest(_)) if expected != digest => {
            Err(Failure::new(ExitCode::Usage, format!("{digest} is named, and not {expected}")))
        }
        _ => Ok(()),
    }
}
