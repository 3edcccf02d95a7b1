//! What the base build is handed that nothing may keep.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base;
use crate::docker::build_spec::SecretSource;
use crate::failure::Failure;
use crate::workspace::images::Images;

/// Secret ID -> where its value is: those of the table, and our own.
pub(super) fn all(images: &Images, from_scratch: bool) -> BTreeMap<String, SecretSource> {
    let mut all: BTreeMap<_, _> =
        images.secrets.iter().map(|secret| (secret.id.clone(), secret.source.clone())).collect();
    if let Some(bundle) = base::ca_bundle() {
        all.insert("ca".to_owned(), SecretSource::File(bundle));
    }
    if from_scratch {
        // Any file does: that there is one says it, without being part of the key of what is built.
        all.insert("from-scratch".to_owned(), SecretSource::File(base::SEED.into()));
    }
    all
}

/// Docker would tell of one that is not there in the middle of the build.
pub(super) fn require(root: &Path, images: &Images) -> Result<(), Failure> {
    for secret in &images.secrets {
        let what = match &secret.source {
            SecretSource::Variable(name) if std::env::var_os(name).is_none() => {
                format!("the variable {name} is not set")
            }
            SecretSource::File(file) if !root.join(file).is_file() => format!("there is no file {}", file.display()),
            SecretSource::Variable(_) | SecretSource::File(_) => continue,
        };
        return Err(Failure::precondition(format!("{what}, which the secret `{}` is to come from", secret.id))
            .hint("Provide it, or mend [workspace.metadata.images] secrets in Cargo.toml"));
    }
    if images.ssh && std::env::var_os("SSH_AUTH_SOCK").is_none() {
        return Err(Failure::precondition("no SSH agent is known (SSH_AUTH_SOCK), and the base build is to use one")
            .hint("Start one: eval \"$(ssh-agent)\" && ssh-add; or take `ssh` out of [workspace.metadata.images]"));
    }
    Ok(())
}
