//! The steps of the workflow's jobs, as YAML. Pure.

use crate::hosted::role::{self, Purpose};
use crate::publish::region;
use crate::workspace::names::Names;

/// Actions of others, each by the commit that its version had; a tag can be moved.
const CHECKOUT: &str = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";
const CACHE: &str = "actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5";
const CREDENTIALS: &str = "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3";
const COSIGN: &str = "sigstore/cosign-installer@6f9f17788090df1f26f669e9d70d6ae9567deba6 # v4.1.2";
const UPLOAD: &str = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0";

/// The sources, and what cargo compiled of this program before. `PACKAGE` stands for its folder.
const BEGIN: &str = "      - name: Check out
        uses: CHECKOUT
        with:
          persist-credentials: false
      - name: Cache cargo and what it compiled
        uses: CACHE
        with:
          path: |
            ~/.cargo/registry/index
            ~/.cargo/registry/cache
            ~/.cargo/git/db
            target/debug
          key: PACKAGE-${{ runner.os }}-${{ hashFiles('Cargo.lock', 'PACKAGE/**') }}
          restore-keys: PACKAGE-${{ runner.os }}-
          # What is released comes from no cache.
          lookup-only: ${{ startsWith(github.ref, 'refs/tags/') }}
";

pub(super) fn begin() -> String {
    let text = BEGIN.replace("CHECKOUT", CHECKOUT).replace("CACHE", CACHE);
    text.replace("PACKAGE", env!("CARGO_PKG_NAME"))
}

/// Fails where a generated file is not what the table gives. `command` is what writes the workflow.
pub(super) fn compare(command: &str) -> String {
    format!(
        "      - name: Compare what is generated
        run: |
          cargo xtask codegen --check
          {command} --check
"
    )
}

/// A role for the steps that follow. A pull request's has to be named, and no fork gets it.
pub(super) fn role(names: &Names, purpose: Purpose) -> String {
    let default = |known: Option<String>| known.map(|known| format!(" || '{known}'")).unwrap_or_default();
    let (title, condition, role) = match purpose {
        Purpose::Push => {
            let known = default(role::arn(names, purpose));
            ("Take the role that pushes", "", format!("vars.AWS_ROLE{known}"))
        }
        Purpose::Pull => ("Take the role that pulls the base", OWN_REQUEST, "vars.AWS_PULL_ROLE".to_owned()),
    };
    let region = names.region.clone().unwrap_or_else(|| format!("${{{{ vars.AWS_REGION || '{}' }}}}", region::DEFAULT));
    let account =
        names.account.as_ref().map_or_else(|| "${{ vars.AWS_ACCOUNT_ID }}".to_owned(), |id| format!("\"{id}\""));
    format!(
        "      - name: {title}
{condition}        uses: {CREDENTIALS}
        with:
          role-to-assume: ${{{{ {role} }}}}
          audience: {}
          aws-region: {region}
          # Credentials of any other account are refused.
          allowed-account-ids: {account}
",
        role::audience(names)
    )
}

const OWN_REQUEST: &str =
    "        if: vars.AWS_PULL_ROLE != '' && github.event.pull_request.head.repo.full_name == github.repository
";

/// The base of these very sources: pulled, or built where the registry has none or nobody may ask it. `BUILD` stands for the
/// command that builds it.
const BASE: &str = "      - name: Pull or build the base
        run: |
          # To find none is no error of this job, so it is not to become an annotation.
          GITHUB_ACTIONS=false cargo xtask pull-base || code=$?
          case ${code:-0} in
            0) ;;
            3) BUILD ;;
            *) exit \"$code\" ;;
          esac
";

pub(super) fn base(purpose: Purpose) -> String {
    BASE.replace(
        "BUILD",
        match purpose {
            Purpose::Push => "cargo xtask build-base",
            Purpose::Pull => "cargo xtask build-base --no-push",
        },
    )
}

/// The colony, by the command with these flags. What it writes to `GITHUB_OUTPUT` are the outputs of the step.
pub(super) fn colony(title: &str, flags: &str) -> String {
    format!("      - name: {title}\n        id: colony\n        run: cargo xtask build-colony {flags}\n")
}

/// What such a step signs with.
pub(super) fn signer() -> String {
    "        env:
          # Such as awskms:///alias/images. Without one this run's own identity signs, and a public log names the repository.
          COSIGN_KEY: ${{ vars.COSIGN_KEY }}
".to_owned()
}

/// Cosign, which signs without a key: the run's own token is its identity.
pub(super) fn cosign() -> String {
    format!("      - name: Install cosign\n        uses: {COSIGN}\n")
}

/// The record of the push, for whoever deploys it.
pub(super) fn record() -> String {
    format!(
        "      - name: Keep the record
        uses: {UPLOAD}
        with:
          name: deploy-colony
          path: target/xtask/deploy-colony.json
          if-no-files-found: error
"
    )
}
