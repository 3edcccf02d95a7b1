//! The workflow and the roles, line by line.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::hosted::role;
use crate::hosted::workflow::{self, Choice};
use crate::workspace::names::Names;

/// Those of a table with these keys.
fn names(table: &str) -> Names {
    Names::of_manifest(&format!("[workspace.metadata.images]\n{table}"), "folder").expect("sound names")
}

fn choice(branch: &str, deploy: Option<&str>) -> Choice {
    Choice { branch: branch.parse().expect("a branch"), deploy: deploy.map(|file| file.parse().expect("a file")) }
}

fn workflow_on(branch: &str, table: &str) -> String {
    let files = workflow::files(&names(table), &choice(branch, None));
    files.into_values().next().expect("one file")
}

fn roles(table: &str) -> Value {
    role::documents(&names(table), &"octo/colony".parse().expect("a repository"), &"main".parse().expect("a branch"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

/// The lines below that one that are indented more deeply, of each place where it stands.
fn blocks<'a>(text: &'a str, line: &str) -> Vec<Vec<&'a str>> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = text.lines().collect();
    let begins = (0..lines.len()).filter(|at| lines[*at].trim() == line);
    begins
        .map(|at| {
            lines[at + 1..].iter().take_while(|next| depth(next) > depth(lines[at])).map(|next| next.trim()).collect()
        })
        .collect()
}

#[test]
fn the_committed_workflow_is_what_this_table_gives() {
    let names = Names::read(root()).expect("our own table");
    for (path, text) in workflow::files(&names, &choice("main", None)) {
        let committed = fs::read_to_string(root().join(&path)).unwrap_or_default();
        assert!(committed == text, "{path} is to be written again: cargo xtask ci-setup github");
    }
}

#[test]
fn every_action_is_pinned_by_a_commit_with_its_version_beside() {
    let text = workflow_on("main", "");
    let actions: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("uses: ")).collect();
    assert!(actions.len() >= 10, "{actions:?}");
    for action in actions {
        let (name, version) = action.split_once(" # v").unwrap_or_else(|| panic!("no version beside {action}"));
        let commit = name.split_once('@').expect("a commit").1;
        assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
        assert!(version.split('.').count() == 3, "{action}");
        // Its builder sees no image of the engine, and so no base.
        assert!(!action.contains("setup-buildx-action"), "{action}");
    }
}

#[test]
fn no_job_may_do_more_than_it_needs_and_no_key_is_stored() {
    let text = workflow_on("main", "");
    assert!(text.contains("\npermissions: {}\n"), "{text}");
    let granted = blocks(&text, "permissions:");
    assert_eq!(granted.len(), 3);
    for lines in granted {
        let [contents, token] = lines[..] else { panic!("{lines:?}") };
        assert!(contents == "contents: read" && token.starts_with("id-token: write # for "), "{lines:?}");
    }
    assert_eq!(text.matches("persist-credentials: false\n").count(), text.matches("uses: actions/checkout@").count());
    assert!(!text.contains("secrets."), "{text}");
}

#[test]
fn what_others_choose_never_stands_in_a_script() {
    let text = workflow_on("release/1.x", "account = '123456789012'");
    let in_line = text.lines().filter_map(|line| line.trim().strip_prefix("run: ")).filter(|rest| *rest != "|");
    let scripts: Vec<&str> = in_line.chain(blocks(&text, "run: |").into_iter().flatten()).collect();
    assert!(scripts.iter().any(|line| line.contains("cargo xtask build-colony --sign")), "{scripts:?}");
    assert!(scripts.iter().all(|line| !line.contains("${{")), "{scripts:?}");
}

#[test]
fn only_a_pull_request_does_not_push_and_it_takes_another_role() {
    let text = workflow_on("main", "");
    let (check, rest) = text.split_once("\n  publish:\n").expect("a job");
    let (publish, release) = rest.split_once("\n  release:\n").expect("a job");
    assert!(check.contains("build-base --no-push ;;") && check.contains("build-colony --no-push\n"), "{check}");
    assert!(check.contains("vars.AWS_PULL_ROLE }}") && !check.contains("vars.AWS_ROLE"), "{check}");
    assert!(check.contains(" && github.event.pull_request.head.repo.full_name == github.repository\n"), "{check}");
    for job in [publish, release] {
        assert!(job.contains("3) cargo xtask build-base ;;") && job.contains("vars.AWS_ROLE }}"), "{job}");
        assert!(!job.contains("AWS_PULL_ROLE") && !job.contains("--no-push"), "{job}");
    }
    assert!(
        release.contains("cargo xtask build-colony --sign --version-tag git\n") && !publish.contains("--version-tag")
    );
}

#[test]
fn the_table_and_the_branch_decide_what_stands_in_it() {
    let text = workflow_on("main", "");
    assert!(text.starts_with("# Generated by `cargo xtask ci-setup github` from "), "{text}");
    assert!(text.contains("aws-region: ${{ vars.AWS_REGION || 'eu-west-1' }}\n"), "{text}");
    assert!(text.contains("allowed-account-ids: ${{ vars.AWS_ACCOUNT_ID }}\n"), "{text}");
    let table = "repository = 'team/app'\nregion = 'cn-north-1'\naccount = '123456789012'";
    let text = workflow_on("release/1.x", table);
    assert!(text.starts_with("# Generated by `cargo xtask ci-setup github --branch release/1.x` from "), "{text}");
    for line in [
        "    branches: [\"release/1.x\"]",
        "          cargo xtask ci-setup github --branch release/1.x --check",
        "          role-to-assume: ${{ vars.AWS_ROLE || 'arn:aws-cn:iam::123456789012:role/team--app-push' }}",
        "          audience: sts.amazonaws.com.cn",
        "          aws-region: cn-north-1",
        "          allowed-account-ids: \"123456789012\"",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in {text}");
    }
}

#[test]
fn a_workflow_that_deploys_is_called_with_what_was_pushed() {
    let files = workflow::files(&names(""), &choice("main", Some("deploy.yml")));
    let text = files.into_values().next().expect("one file");
    assert!(text.starts_with("# Generated by `cargo xtask ci-setup github --deploy deploy.yml` from "), "{text}");
    assert!(text.contains("          cargo xtask ci-setup github --deploy deploy.yml --check\n"), "{text}");
    let (_, job) = text.split_once("\n  deploy:\n").expect("a job");
    assert!(job.contains("    uses: ./.github/workflows/deploy.yml\n"), "{job}");
    assert!(job.ends_with("pinned: ${{ needs.publish.outputs.pinned || needs.release.outputs.pinned }}\n"), "{job}");
    assert!(!workflow_on("main", "").contains("\n  deploy:\n"));
}

#[test]
fn only_runs_of_the_branch_and_of_version_tags_may_push() {
    let roles = roles("repository = 'app'\naccount = '123456789012'\nregion = 'eu-north-1'");
    assert_eq!((&roles["push"]["name"], &roles["pull"]["name"]), (&json!("app-push"), &json!("app-pull")));
    let subjects = |role: &str| {
        let statement = &roles[role]["trust"]["Statement"][0];
        let provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
        assert_eq!(statement["Principal"], json!({ "Federated": provider }));
        let audience = json!({ "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" });
        assert_eq!(statement["Condition"]["StringEquals"], audience);
        statement["Condition"]["StringLike"]["token.actions.githubusercontent.com:sub"].clone()
    };
    let numbered = "repo:octo@OWNER_ID/colony@REPOSITORY_ID";
    let pushing = json!([
        "repo:octo/colony:ref:refs/heads/main",
        format!("{numbered}:ref:refs/heads/main"),
        "repo:octo/colony:ref:refs/tags/v*",
        format!("{numbered}:ref:refs/tags/v*"),
    ]);
    assert_eq!(subjects("push"), pushing);
    assert_eq!(subjects("pull"), json!(["repo:octo/colony:pull_request", format!("{numbered}:pull_request")]));
}

#[test]
fn a_role_reaches_the_repositories_of_this_workspace_and_the_one_that_pulls_the_base_alone() {
    let roles = roles("repository = 'app'\naccount = '123456789012'\nregion = 'eu-north-1'");
    let may = |role: &str| roles[role]["permissions"]["Statement"][1].clone();
    let arn = |name: &str| format!("arn:aws:ecr:eu-north-1:123456789012:repository/{name}");
    assert_eq!(may("push")["Resource"], json!([arn("app-base"), arn("app")]));
    assert_eq!(may("pull")["Resource"], json!([arn("app-base")]));
    let text = may("pull")["Action"].to_string();
    assert!(["Put", "Create", "Upload", "Delete"].iter().all(|word| !text.contains(word)), "{text}");
}

#[test]
fn the_role_that_pushes_may_all_that_the_documentation_lists_and_the_workflow_does() {
    let text = fs::read_to_string(root().join("Docker/README.md")).expect("it is there");
    let (_, rest) = text.split_once("The least IAM policy:\n\n```json\n").expect("the policy");
    let policy: Value = serde_json::from_str(rest.split_once("```").expect("its end").0).expect("JSON");
    let actions = |policy: &Value| -> BTreeSet<String> {
        let listed = policy["Statement"].as_array().expect("statements").iter().map(|statement| &statement["Action"]);
        let words = listed.flat_map(|action| action.as_array().cloned().unwrap_or_else(|| vec![action.clone()]));
        words.map(|action| action.as_str().expect("an action").to_owned()).collect()
    };
    let mut missing = actions(&policy);
    // Of `setup-ecr --preview`, which is for people.
    missing.retain(|action| !action.ends_with("LifecyclePolicyPreview"));
    missing.retain(|action| !actions(&roles("")["push"]["permissions"]).contains(action));
    assert!(missing.is_empty(), "{missing:?}");
}
