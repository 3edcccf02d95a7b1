//! Signatures on the command line.

use clap::Args;

use crate::cli::options::Access;
use crate::docker::name::Repository;
use crate::publish::wanted::{self, Wanted};

/// Whether and with what the pushed image is signed.
#[derive(Clone, Debug, Args)]
pub(crate) struct Sign {
    /// Sign the pushed image with Cosign, by its digest.
    #[arg(long)]
    pub(crate) sign: bool,
    /// Private key to sign with: a file, env://VARIABLE, or awskms://… and the like [default: none; CI's identity signs].
    // Some have the text of the key in that variable.
    #[arg(long, env = "COSIGN_KEY", hide_env_values = true, value_name = "KEY")]
    pub(crate) sign_key: Option<String>,
}

/// Says whether an image in ECR is signed (exit code 0) or not good, and why (1), and prints it by its digest; 3 where that
/// cannot be told.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask verify latest --key cosign.pub\n  \
    cargo xtask verify 1.4.2 --digest sha256:… --key awskms:///alias/colony\n  \
    docker pull \"$(cargo xtask verify latest --key cosign.pub)\"   only what was verified")]
pub(crate) struct Verify {
    /// The image: a tag or a digest, with its repository before it or without.
    #[arg(value_name = "REF")]
    pub(crate) image: Wanted,
    /// Digest that the tag has to mean: fail where it has moved.
    #[arg(long, value_name = "SHA256", value_parser = wanted::digest)]
    pub(crate) digest: Option<String>,
    /// Public key of whoever has to have signed it: a file, env://VARIABLE, or awskms://… and the like.
    #[arg(
        long,
        value_name = "KEY",
        conflicts_with = "certificate_identity",
        required_unless_present = "certificate_identity"
    )]
    pub(crate) key: Option<String>,
    /// Whom the certificate of the signature has to name, where no key signed: the URI of a workflow with its ref.
    #[arg(long, value_name = "URI", requires = "certificate_oidc_issuer")]
    pub(crate) certificate_identity: Option<String>,
    /// Who has to have issued the token: https://token.actions.githubusercontent.com of GitHub Actions.
    #[arg(long, value_name = "URL", requires = "certificate_identity")]
    pub(crate) certificate_oidc_issuer: Option<String>,
    /// Repository of the image.
    #[arg(long, env = "ECR_REPOSITORY")]
    pub(crate) repository: Repository,
    #[command(flatten)]
    pub(crate) access: Access,
}
