//! The workflow of GitHub Actions. Pure.

use std::collections::BTreeMap;

use crate::codegen::marked;
use crate::hosted::branch::{self, Branch};
use crate::hosted::called::CalledWorkflow;
use crate::hosted::role::Purpose;
use crate::hosted::steps;
use crate::report::github;
use crate::workspace::names::Names;

/// From the root of the repository on.
const PATH: &str = ".github/workflows/images.yml";

/// What the owner says of it, besides the table.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// The branch whose pushes are published.
    pub(crate) branch: Branch,
    /// What deploys an image that was pushed, if anything does.
    pub(crate) deploy: Option<CalledWorkflow>,
}

impl Choice {
    /// The command that writes this very file.
    pub(crate) fn command(&self) -> String {
        let Self { branch, deploy } = self;
        let branch = Some(branch.to_string()).filter(|branch| branch != branch::DEFAULT);
        let branch = branch.map(|branch| format!(" --branch {branch}")).unwrap_or_default();
        let deploy = deploy.as_ref().map(|file| format!(" --deploy {file}")).unwrap_or_default();
        format!("cargo xtask ci-setup github{branch}{deploy}")
    }
}

/// The generated file: path -> text.
pub(crate) fn files(names: &Names, choice: &Choice) -> BTreeMap<String, String> {
    let command = choice.command();
    let deploy = choice.deploy.as_ref().map(deploy).unwrap_or_default();
    let text = [head(&choice.branch), check(names, &command), publish(names), release(names), deploy].concat();
    [(PATH.to_owned(), marked(&command, &text))].into()
}

/// `BRANCH` stands for the branch.
const HEAD: &str = "\
name: Images

on:
  pull_request:
  push:
    branches: [\"BRANCH\"]
    tags: [\"v*\"]

# Each job says what it needs.
permissions: {}

# A newer push to a pull request ends the run of the one before it. What publishes is never cut off.
concurrency:
  group: images-${{ github.ref }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}

jobs:
";

fn head(branch: &Branch) -> String {
    HEAD.replace("BRANCH", &branch.to_string())
}

/// What the jobs differ in.
struct Job<'a> {
    id: &'a str,
    name: &'a str,
    /// When it runs.
    condition: &'a str,
    /// What it shows a token of its own for.
    token: &'a str,
    /// Whether other jobs get to know the image.
    has_outputs: bool,
}

/// On a pull request: built and verified, and nothing leaves the runner.
fn check(names: &Names, command: &str) -> String {
    let job = Job {
        id: "check",
        name: "Build and verify",
        condition: "github.event_name == 'pull_request'",
        token: "for a role that may pull the base, where there is one",
        has_outputs: false,
    };
    let steps = [
        steps::begin(),
        steps::compare(command),
        steps::role(names, Purpose::Pull),
        steps::base(Purpose::Pull),
        steps::colony("Build and verify the colony", "--no-push"),
    ];
    format!("{}{}", job.head(), steps.concat())
}

/// On a push to the branch.
fn publish(names: &Names) -> String {
    let job = Job {
        id: "publish",
        name: "Build, push, sign",
        condition: "github.event_name == 'push' && github.ref_type == 'branch'",
        token: "for the role that pushes, and for the signature",
        has_outputs: true,
    };
    format!("\n{}{}", job.head(), pushing(names, "--sign"))
}

/// On a version tag, whose version the image gets.
fn release(names: &Names) -> String {
    let job = Job {
        id: "release",
        name: "Release",
        condition: "github.event_name == 'push' && github.ref_type == 'tag'",
        token: "for the role that pushes, and for the signature",
        has_outputs: true,
    };
    format!("\n{}{}", job.head(), pushing(names, "--sign --version-tag git"))
}

/// After either of the jobs that push. `FILE` stands for the workflow, and `INPUTS` for what it gets.
const DEPLOY: &str = "
  deploy:
    name: Deploy
    needs: [publish, release]
    if: ${{ !cancelled() && (needs.publish.result == 'success' || needs.release.result == 'success') }}
    permissions:
      contents: read
      id-token: write # for a role that deploys
    uses: ./.github/workflows/FILE
    with:
INPUTS";

fn deploy(file: &CalledWorkflow) -> String {
    let input =
        |name| format!("      {name}: ${{{{ needs.publish.outputs.{name} || needs.release.outputs.{name} }}}}\n");
    DEPLOY.replace("FILE", &file.to_string()).replace("INPUTS", &["image", "digest", "pinned"].map(input).concat())
}

/// The steps of a job that publishes.
fn pushing(names: &Names, flags: &str) -> String {
    let steps = [
        steps::begin(),
        steps::cosign(),
        steps::role(names, Purpose::Push),
        steps::base(Purpose::Push),
        steps::colony("Build, verify, push and sign the colony", flags),
        steps::signer(),
        steps::record(),
    ];
    steps.concat()
}

impl Job<'_> {
    fn head(&self) -> String {
        let Self { id, name, condition, token, has_outputs } = self;
        let outputs = if *has_outputs { outputs() } else { String::new() };
        format!(
            "  {id}:
    name: {name}
    if: {condition}
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    permissions:
      contents: read
      id-token: write # {token}
{outputs}    steps:
"
        )
    }
}

/// What the step that builds hands over. No part of it may be masked, or GitHub drops it: the account is no secret.
fn outputs() -> String {
    let all = github::OUTPUTS.map(|name| format!("      {name}: ${{{{ steps.colony.outputs.{name} }}}}\n"));
    format!(
        "    # For a deploy: `image` is the URI that CDK expects, `pinned` the same with the digest in place of the tag.
    outputs:\n{}",
        all.concat()
    )
}
