//! The aws CLI verbs that we use, one method each. Both major versions are understood; `error.rs` explains failures.

mod answer;
pub(crate) mod error;
pub(crate) mod images;
pub(crate) mod preview;

use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::context::Ctx;
use crate::docker::name::Repository;
use crate::failure::Failure;
use crate::process::invocation::Invocation;
use crate::process::runner::Answer;
use crate::process::secret::Secret;
use crate::publish::aws::error::AwsError;

/// The aws CLI on PATH, in one region.
pub(crate) struct Aws<'a> {
    ctx: &'a Ctx,
    region: &'a str,
}

/// Who we are for AWS.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Caller {
    /// Twelve digits.
    pub(crate) account: String,
    pub(crate) arn: String,
}

/// A repository as `describe-repositories` and `create-repository` tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RepositoryState {
    /// `registry/name`, without a tag.
    pub(crate) uri: String,
    pub(crate) scan_on_push: bool,
    /// `AES256`, `KMS` or `KMS_DSSE`; fixed when the repository was created.
    pub(crate) encryption: String,
    /// `MUTABLE`, `IMMUTABLE`, or one of the two with exclusions.
    pub(crate) mutability: String,
}

/// What became of the wish for a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Creation {
    Done(RepositoryState),
    /// Somebody else created it in the meantime.
    StoodAlready,
    /// In a dry run.
    Printed,
}

impl<'a> Aws<'a> {
    pub(crate) fn new(ctx: &'a Ctx, region: &'a str) -> Self {
        Self { ctx, region }
    }

    /// Asks STS. Needs no permission, so it proves who we are and not what we may do.
    pub(crate) fn identity(&self) -> anyhow::Result<Caller> {
        self.query(&["sts", "get-caller-identity"])
    }

    /// `None` only when ECR says that there is no such repository; any other failure is a failure.
    pub(crate) fn describe_repository(&self, name: &Repository) -> anyhow::Result<Option<RepositoryState>> {
        let answer = self.query(&["ecr", "describe-repositories", "--repository-names", &name.to_string()]);
        let answer: Option<answer::Repositories> = not_found(answer, "RepositoryNotFoundException")?;
        let named = |answer: answer::Repositories| answer.repositories.into_iter().next();
        answer.map(|answer| named(answer).map(RepositoryState::from).context("ECR names no repository")).transpose()
    }

    pub(crate) fn create_repository(&self, name: &Repository) -> anyhow::Result<Creation> {
        let answer = match self.effect(&creation(&name.to_string())) {
            Ok(None) => return Ok(Creation::Printed),
            Ok(Some(answer)) => Ok(answer),
            Err(error) => Err(error),
        };
        match not_found(answer, "RepositoryAlreadyExistsException")? {
            Some(answer::Created { repository }) => Ok(Creation::Done(repository.into())),
            None => Ok(Creation::StoodAlready),
        }
    }

    /// The policy as parsed JSON, since ECR may give the rules back in another order of keys.
    pub(crate) fn lifecycle_policy(&self, name: &Repository) -> anyhow::Result<Option<Value>> {
        let answer = self.query(&["ecr", "get-lifecycle-policy", "--repository-name", &name.to_string()]);
        let Some(answer::Policy { text }) = not_found(answer, "LifecyclePolicyNotFoundException")? else {
            return Ok(None);
        };
        serde_json::from_str(&text).with_context(|| format!("read the lifecycle policy of {name}")).map(Some)
    }

    /// Replaces the whole policy by this text, which is JSON; a dry run prints the call.
    pub(crate) fn put_lifecycle_policy(&self, name: &Repository, text: &str) -> anyhow::Result<()> {
        let name = name.to_string();
        let args = ["ecr", "put-lifecycle-policy", "--repository-name", &name, "--lifecycle-policy-text", text];
        self.effect::<Value>(&args).map(drop)
    }

    /// The registry password of the user `AWS`, good for twelve hours.
    pub(crate) fn login_password(&self) -> anyhow::Result<Secret> {
        let password = self.answer(&["ecr", "get-login-password"])?;
        anyhow::ensure!(!password.is_empty(), "aws gives no password");
        Ok(Secret::new(password))
    }

    /// The call as a value: pager off, JSON out, errors in the one form that both major versions know.
    pub(crate) fn call(&self, args: &[&str]) -> Invocation {
        Invocation::new("aws")
            .args(args)
            .args(["--region", self.region, "--output", "json"])
            .env("AWS_PAGER", "")
            .env("AWS_CLI_ERROR_FORMAT", "legacy")
            .env("AWS_CLI_AUTO_PROMPT", "off")
    }

    fn query<T: DeserializeOwned>(&self, args: &[&str]) -> anyhow::Result<T> {
        parse(args, &self.answer(args)?)
    }

    /// A call that changes something. `None` in a dry run, where it was only printed.
    fn effect<T: DeserializeOwned>(&self, args: &[&str]) -> anyhow::Result<Option<T>> {
        let Some(answer) = self.ctx.runner.try_effect(&self.call(args))? else { return Ok(None) };
        parse(args, &succeeded(args, answer)?).map(Some)
    }

    fn answer(&self, args: &[&str]) -> anyhow::Result<String> {
        succeeded(args, self.ctx.runner.probe(&self.call(args))?)
    }
}

/// What a call printed, if it succeeded.
fn succeeded(args: &[&str], answer: Answer) -> anyhow::Result<String> {
    if answer.success {
        return Ok(answer.stdout);
    }
    Err(Failure::from(AwsError::new(&args[..2].join(" "), &answer.stderr)).into())
}

fn parse<T: DeserializeOwned>(args: &[&str], answer: &str) -> anyhow::Result<T> {
    serde_json::from_str(answer).with_context(|| format!("read the answer of `aws {} {}`", args[0], args[1]))
}

fn creation(name: &str) -> [&str; 8] {
    [
        "ecr",
        "create-repository",
        "--repository-name",
        name,
        "--image-scanning-configuration",
        "scanOnPush=true",
        "--encryption-configuration",
        "encryptionType=AES256",
    ]
}

/// Turns the one error code that is an answer into `None`.
fn not_found<T>(answer: anyhow::Result<T>, code: &str) -> anyhow::Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match error.downcast_ref::<Failure>() {
            Some(failure) if failure.service_code.as_deref() == Some(code) => Ok(None),
            _ => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_expected_code_is_an_answer() {
        let error = |code: &str| {
            let error = AwsError::new("ecr x", &format!("An error occurred ({code}) when calling"));
            Err::<Value, _>(Failure::from(error).into())
        };
        assert_eq!(not_found(error("RepositoryNotFoundException"), "RepositoryNotFoundException").expect("no"), None);
        assert!(not_found(error("AccessDeniedException"), "RepositoryNotFoundException").is_err());
    }
}
