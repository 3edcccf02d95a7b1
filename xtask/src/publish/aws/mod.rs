//! The aws CLI verbs that we use, one method each. Both major versions are understood; `error.rs` explains failures.

mod error;

use anyhow::Context;
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
        let answer = self.query(&["sts", "get-caller-identity"])?;
        let text = |key: &str| answer[key].as_str().map(str::to_owned).with_context(|| format!("STS names no {key}"));
        Ok(Caller { account: text("Account")?, arn: text("Arn")? })
    }

    /// `None` only when ECR says that there is no such repository; any other failure is a failure.
    pub(crate) fn describe_repository(&self, name: &Repository) -> anyhow::Result<Option<RepositoryState>> {
        let answer = self.query(&["ecr", "describe-repositories", "--repository-names", &name.to_string()]);
        match not_found(answer, "RepositoryNotFoundException")? {
            Some(answer) => repository(&answer["repositories"][0]).map(Some),
            None => Ok(None),
        }
    }

    pub(crate) fn create_repository(&self, name: &Repository) -> anyhow::Result<Creation> {
        let answer = match self.effect(&creation(&name.to_string())) {
            Ok(None) => return Ok(Creation::Printed),
            Ok(Some(answer)) => Ok(answer),
            Err(error) => Err(error),
        };
        match not_found(answer, "RepositoryAlreadyExistsException")? {
            Some(answer) => repository(&answer["repository"]).map(Creation::Done),
            None => Ok(Creation::StoodAlready),
        }
    }

    /// The policy as parsed JSON, since ECR may give the rules back in another order of keys.
    pub(crate) fn lifecycle_policy(&self, name: &Repository) -> anyhow::Result<Option<Value>> {
        let answer = self.query(&["ecr", "get-lifecycle-policy", "--repository-name", &name.to_string()]);
        let Some(answer) = not_found(answer, "LifecyclePolicyNotFoundException")? else {
            return Ok(None);
        };
        let text = answer["lifecyclePolicyText"].as_str().context("ECR gives no text of the lifecycle policy")?;
        serde_json::from_str(text).with_context(|| format!("read the lifecycle policy of {name}")).map(Some)
    }

    /// Replaces the whole policy by this text, which is JSON; a dry run prints the call.
    pub(crate) fn put_lifecycle_policy(&self, name: &Repository, text: &str) -> anyhow::Result<()> {
        let name = name.to_string();
        let args = ["ecr", "put-lifecycle-policy", "--repository-name", &name, "--lifecycle-policy-text", text];
        self.effect(&args).map(drop)
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

    fn query(&self, args: &[&str]) -> anyhow::Result<Value> {
        parse(args, &self.answer(args)?)
    }

    /// A call that changes something. `None` in a dry run, where it was only printed.
    fn effect(&self, args: &[&str]) -> anyhow::Result<Option<Value>> {
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

fn parse(args: &[&str], answer: &str) -> anyhow::Result<Value> {
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
fn not_found(answer: anyhow::Result<Value>, code: &str) -> anyhow::Result<Option<Value>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match error.downcast_ref::<Failure>() {
            Some(failure) if failure.service_code.as_deref() == Some(code) => Ok(None),
            _ => Err(error),
        },
    }
}

fn repository(value: &Value) -> anyhow::Result<RepositoryState> {
    let text = |value: &Value, key: &str| value[key].as_str().map(str::to_owned);
    Ok(RepositoryState {
        uri: text(value, "repositoryUri").context("ECR gives no repositoryUri")?,
        scan_on_push: value["imageScanningConfiguration"]["scanOnPush"] == true,
        encryption: text(&value["encryptionConfiguration"], "encryptionType").unwrap_or_else(|| "AES256".to_owned()),
        mutability: text(value, "imageTagMutability").unwrap_or_else(|| "MUTABLE".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_read_with_what_can_drift() {
        let answer = serde_json::json!({
            "repositoryUri": "1.dkr.ecr.eu-west-1.amazonaws.com/a",
            "imageScanningConfiguration": { "scanOnPush": true },
            "encryptionConfiguration": { "encryptionType": "KMS" },
            "imageTagMutability": "IMMUTABLE",
        });
        let state = repository(&answer).expect("well formed");
        assert_eq!(
            (state.scan_on_push, state.encryption.as_str(), state.mutability.as_str()),
            (true, "KMS", "IMMUTABLE")
        );
    }

    #[test]
    fn only_the_expected_code_is_an_answer() {
        let error = |code: &str| {
            let error = AwsError::new("ecr x", &format!("An error occurred ({code}) when calling"));
            Err(Failure::from(error).into())
        };
        assert_eq!(not_found(error("RepositoryNotFoundException"), "RepositoryNotFoundException").expect("no"), None);
        assert!(not_found(error("AccessDeniedException"), "RepositoryNotFoundException").is_err());
    }
}
