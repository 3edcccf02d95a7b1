//! Signs what a build pushed, by its digest. Whether it can is known before the build; an image that bears the signature
//! already gets no second one.

use std::env;
use std::ffi::OsString;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::report::record::Signed;
use crate::signing::cosign::{self, Cosign, Verdict};
use crate::signing::flags::{Author, Generation};
use crate::signing::identity::{self, Identity};
use crate::signing::key::Key;
use crate::staging::tree;

/// In place of the digest of an image that is not pushed yet. The shell variable of this name holds it in a dry run's
/// lines.
const UNKNOWN_DIGEST: &str = "DIGEST";

/// Somebody who can sign.
pub(crate) struct Signer {
    generation: Generation,
    who: Who,
}

enum Who {
    Key {
        key: Key,
        /// As PEM.
        public: String,
    },
    /// With the identity, where it is known before.
    Keyless(Option<Identity>),
}

impl Signer {
    /// Finds out whether the key, or without one an identity token, can be had. Changes nothing. Fails with code 3.
    pub(crate) fn ready(ctx: &Ctx, generation: Generation, key: Option<Key>) -> anyhow::Result<Self> {
        let who = match key {
            Some(key) => {
                key.require_private()?;
                let public = ctx.report.step("signing key", || Cosign::new(ctx, generation).public_key(&key))?;
                Who::Key { key, public }
            }
            None => {
                identity::require_token(variable)?;
                Who::Keyless(Identity::of_job(variable))
            }
        };
        Ok(Self { generation, who })
    }

    /// Signs the image, given as `registry/repository@sha256:…`, unless it bears that signature.
    pub(crate) fn sign(&self, ctx: &Ctx, pinned: &str) -> anyhow::Result<Signed> {
        let signed = ctx.report.step("sign", || self.sign_once(ctx, pinned));
        signed.map_err(|error| {
            Failure::of(ExitCode::Failed, &error)
                .hint(format!("Pushed, but not signed: {pinned}"))
                .hint("The same command again signs it, and pushes nothing twice")
        })?;
        self.signed()
    }

    fn sign_once(&self, ctx: &Ctx, pinned: &str) -> anyhow::Result<()> {
        let cosign = Cosign::new(ctx, self.generation);
        if let Some(author) = self.author(ctx)? {
            if let Verdict::Good = cosign.verify(&author, pinned)? {
                ctx.report.info("it bears that signature already");
                return Ok(());
            }
        }
        cosign.sign(self.key(), pinned)
    }

    /// Prints the lines for a shell that sign what this reference means in the repository of that URI.
    pub(crate) fn print(&self, ctx: &Ctx, uri: &str, reference: &str) -> anyhow::Result<()> {
        let ask = format!("docker buildx imagetools inspect --format '{{{{.Manifest.Digest}}}}' {reference}");
        ctx.runner.printed(format!("{UNKNOWN_DIGEST}=$({ask})"))?;
        let pinned = format!("{uri}@{UNKNOWN_DIGEST}");
        for line in Cosign::new(ctx, self.generation).sign_lines(self.key(), &pinned)? {
            ctx.runner.printed(line.replace(&pinned, &format!("{uri}@\"${UNKNOWN_DIGEST}\"")))?;
        }
        Ok(())
    }

    fn key(&self) -> Option<&Key> {
        match &self.who {
            Who::Key { key, .. } => Some(key),
            Who::Keyless(_) => None,
        }
    }

    /// Whose signature an image would bear, where that is known.
    fn author(&self, ctx: &Ctx) -> anyhow::Result<Option<Author>> {
        match &self.who {
            Who::Key { public, .. } => {
                let path = cosign::file(ctx, &format!("{}.pub", hex(public)?))?;
                tree::put(&path, format!("{public}\n").as_bytes())?;
                Ok(Some(Author::Key(OsString::from(ctx.relative(&path)))))
            }
            Who::Keyless(identity) => Ok(identity.clone().map(Author::Identity)),
        }
    }

    fn signed(&self) -> anyhow::Result<Signed> {
        Ok(match &self.who {
            Who::Key { key, public } => Signed {
                by: key.named().to_owned(),
                public_key: Some(format!("sha256:{}", hex(public)?)),
                identity: None,
            },
            Who::Keyless(identity) => Signed {
                by: "keyless".to_owned(),
                public_key: None,
                identity: identity.as_ref().map(|identity| identity.subject.clone()),
            },
        })
    }
}

/// SHA-256 of a public key in DER, which PEM wraps, in hexadecimal digits.
fn hex(pem: &str) -> anyhow::Result<String> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let der = STANDARD.decode(body).map_err(|error| anyhow::anyhow!("read the public key of cosign: {error}"))?;
    Ok(format!("{:x}", Sha256::digest(der)))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_known_by_its_content_and_not_by_its_line_breaks() {
        let key = |body: &str| format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
        let digest = hex(&key("aGVsbG8=")).expect("base64");
        // That of `hello`.
        assert_eq!(digest, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        assert_eq!(hex(&key("aGVs\nbG8=")).expect("base64"), digest);
        assert!(hex(&key("no key!")).is_err());
    }
}
