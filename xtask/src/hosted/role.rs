//! The two IAM roles that the workflow takes: one that pushes, for the branch and for version tags, and one that may pull
//! the base and nothing else, for pull requests, whose code nobody has read yet. Pure.

use serde_json::{Value, json};

use crate::docker::name::Repository;
use crate::hosted::branch::Branch;
use crate::hosted::repository::GitHubRepository;
use crate::workspace::names::Names;

/// What stands for an account where the table names none.
pub(crate) const ACCOUNT_ID: &str = "ACCOUNT_ID";

/// Who issues the tokens.
const ISSUER: &str = "token.actions.githubusercontent.com";

/// IAM takes no longer name of a role.
const LONGEST: usize = 64;

/// What a push needs, as `Docker/README.md` lists it, and what asks for versions and for the base of an identity.
const PUSH: [&str; 12] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:CreateRepository",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetLifecyclePolicy",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:PutLifecyclePolicy",
    "ecr:UploadLayerPart",
];

/// What a pull of the base needs.
const PULL: [&str; 5] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetDownloadUrlForLayer",
];

/// What a role is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Push,
    Pull,
}

/// Of each role, `push` and `pull`, its `name`, and the documents that IAM takes: who may take it (`trust`), and what it may
/// do (`permissions`).
pub(crate) fn documents(names: &Names, repository: &GitHubRepository, branch: &Branch) -> Value {
    let pushes = [format!("ref:refs/heads/{branch}"), "ref:refs/tags/v*".to_owned()];
    let pulls = ["pull_request".to_owned()];
    let both = [&names.base_repository, names.workspace.repository()];
    let role = |purpose, contexts: &[String], actions: &[&str], repositories: &[&Repository]| {
        json!({
            "name": name(names, purpose),
            "trust": trust(names, repository, contexts),
            "permissions": permissions(names, actions, repositories),
        })
    };
    json!({
        "push": role(Purpose::Push, &pushes, &PUSH, &both),
        "pull": role(Purpose::Pull, &pulls, &PULL, &both[..1]),
    })
}

/// What the role is called.
pub(super) fn name(names: &Names, purpose: Purpose) -> String {
    let end = match purpose {
        Purpose::Push => "-push",
        Purpose::Pull => "-pull",
    };
    let begin: String = names.workspace.project().chars().take(LONGEST - end.len()).collect();
    format!("{begin}{end}")
}

/// The role as the workflow names it, where the table names the account.
pub(super) fn arn(names: &Names, purpose: Purpose) -> Option<String> {
    let account = names.account.as_ref()?;
    Some(format!("arn:{}:iam::{account}:role/{}", partition(names), name(names, purpose)))
}

/// Whoever shows a token of this issuer, for AWS, with one of these subjects.
fn trust(names: &Names, repository: &GitHubRepository, contexts: &[String]) -> Value {
    let account = names.account.as_deref().unwrap_or(ACCOUNT_ID);
    let subjects: Vec<String> = contexts.iter().flat_map(|context| repository.subjects(context)).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": format!("arn:{}:iam::{account}:oidc-provider/{ISSUER}", partition(names)) },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": { format!("{ISSUER}:aud"): audience(names) },
                "StringLike": { format!("{ISSUER}:sub"): subjects },
            },
        }],
    })
}

fn permissions(names: &Names, actions: &[&str], repositories: &[&Repository]) -> Value {
    let any = || "*".to_owned();
    let (region, account) = (names.region.clone().unwrap_or_else(any), names.account.clone().unwrap_or_else(any));
    let arn = |name: &&Repository| format!("arn:{}:ecr:{region}:{account}:repository/{name}", partition(names));
    let resources: Vec<String> = repositories.iter().map(arn).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" },
            { "Effect": "Allow", "Action": actions, "Resource": resources },
        ],
    })
}

/// Whom the tokens are for.
pub(super) fn audience(names: &Names) -> &'static str {
    if partition(names) == "aws-cn" { "sts.amazonaws.com.cn" } else { "sts.amazonaws.com" }
}

/// The part of AWS that the region belongs to.
fn partition(names: &Names) -> &'static str {
    match names.region.as_deref() {
        Some(region) if region.starts_with("cn-") => "aws-cn",
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
