//! Signing without a key: Sigstore certifies who signs by a token that says so, and the public log keeps it. Pure.

use serde::Serialize;

use crate::failure::Failure;

/// Who issues the tokens of GitHub Actions.
const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// What cosign takes a token from; of the first pair it needs both.
const OF_A_JOB: [&str; 2] = ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
const OWN: [&str; 2] = ["SIGSTORE_ID_TOKEN", "COSIGN_IDENTITY_TOKEN"];

/// Whom a certificate names, and who vouches for that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Identity {
    /// Such as the URI of a workflow with its ref, or an address.
    pub(crate) subject: String,
    /// URL of the issuer of the token.
    pub(crate) issuer: String,
}

impl Identity {
    /// That of a job in GitHub Actions whose workflow was not called by another one. `variable` reads a variable.
    pub(super) fn of_job(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        variable(OF_A_JOB[0])?;
        let (server, workflow) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_WORKFLOW_REF")?);
        Some(Self { subject: format!("{server}/{workflow}"), issuer: GITHUB.to_owned() })
    }
}

/// Fails with code 3 where cosign would find no token, and would ask a person who may not be there.
pub(super) fn require_token(variable: impl Fn(&str) -> Option<String>) -> Result<(), Failure> {
    let is_set = |name: &&str| variable(name).is_some();
    if OF_A_JOB.iter().all(is_set) || OWN.iter().any(is_set) {
        return Ok(());
    }
    let failure = Failure::precondition("there is neither a key to sign with nor an identity token");
    Err(if variable("GITHUB_ACTIONS").is_some() {
        failure.hint("Give the job the permission `id-token: write`, or name a key: --sign-key, COSIGN_KEY")
    } else {
        failure
            .hint("Name a key: --sign-key, COSIGN_KEY; a pair is made by: cosign generate-key-pair")
            .hint("Without a key only CI signs, or who has a token of OpenID Connect in SIGSTORE_ID_TOKEN")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    const JOB: [(&str, &str); 4] = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://actions.example/token"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_WORKFLOW_REF", "o/r/.github/workflows/images.yml@refs/heads/main"),
    ];

    #[test]
    fn a_job_with_the_permission_is_known_by_its_workflow() {
        require_token(among(&JOB)).expect("a token");
        let identity = Identity::of_job(among(&JOB)).expect("it is known");
        assert_eq!(identity.subject, "https://github.com/o/r/.github/workflows/images.yml@refs/heads/main");
        assert_eq!(identity.issuer, GITHUB);
    }

    #[test]
    fn a_token_of_ones_own_will_do() {
        require_token(among(&[("SIGSTORE_ID_TOKEN", "t")])).expect("a token");
        assert_eq!(Identity::of_job(among(&[("SIGSTORE_ID_TOKEN", "t")])), None);
    }

    #[test]
    fn without_a_token_the_cure_fits_the_place() {
        let cure = |set: &[(&str, &str)]| require_token(among(set)).expect_err("no token").hints.join("\n");
        assert!(cure(&[("GITHUB_ACTIONS", "true")]).contains("id-token: write"));
        assert!(cure(&JOB[..1]).contains("generate-key-pair"));
    }
}
