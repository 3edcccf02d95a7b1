//! The committed workflow of GitHub Actions: its scripts run, and IAM takes the roles that it wants.

use serde_json::Value;

use crate::aws::deploy::Deploy;
use crate::aws::lab::{Lab, PASSWORD};
use crate::aws::runner;
use crate::aws::signed::make_pair;
use crate::fixture::Fixture;
use crate::temp_dir::TempDir;

const KEY_PASSWORD: &str = "the-password-of-the-key-5d1c90";

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_job_of_a_push_builds_pushes_signs_and_hands_over_what_a_deploy_needs() {
    let (deploy, keys) = (Deploy::new(), TempDir::new("keys"));
    // A file stands in for a key in a service such as KMS, which wants no password.
    make_pair(keys.path(), "own", KEY_PASSWORD);
    let key = |file: &str| keys.path().join(file).display().to_string();
    let private = key("own.key");
    let job = runner::run(&deploy, "publish", &[("COSIGN_KEY", &private)], &[("COSIGN_PASSWORD", KEY_PASSWORD)]);
    let colony = deploy.fixture.colony();
    let (remote, tag) = deploy.remote(&colony);
    let digest = deploy.digest(&colony);
    let output = |name: &str| job.outputs.get(name).map(String::as_str);
    assert_eq!(output("image"), Some(format!("{remote}:{tag}").as_str()));
    assert_eq!(output("digest"), Some(digest.as_str()));
    assert_eq!(output("pinned"), Some(format!("{remote}@{digest}").as_str()));
    let [kept] = job.kept.as_slice() else { panic!("{:?}", job.kept) };
    let record: Value = serde_json::from_str(kept).expect("the record");
    assert_eq!(output("permanent"), record["permanent"].as_str());
    assert_eq!(output("base-identity"), record["base_identity"].as_str());

    for text in
        ["### base image\n", "### colony image\n", &format!("| digest | {digest} |\n"), "| backend | compiled, "]
    {
        assert!(job.page.contains(text), "no {text} in {}", job.page);
    }
    for outcome in job.scripts.values() {
        outcome
            .says("::group::log of ")
            .says("::endgroup::\n")
            .never_says("::error")
            .never_says(PASSWORD)
            .never_says(KEY_PASSWORD);
    }
    deploy
        .xtask(&["verify", tag, "--digest", &digest, "--key", &key("own.pub")])
        .exits(0)
        .prints(&format!("{remote}@{digest}"));
    deploy.shows_no_password();
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn iam_takes_the_roles_with_their_documents() {
    let (lab, fixture) = (Lab::new(), Fixture::new());
    fixture.copy.replace("Cargo.toml", "\nrepository = ", "\naccount = \"123456789012\"\nrepository = ");
    let printed = fixture.xtask(&["ci-setup", "github", "--role", "octo@42/colony@7"], &[]);
    let roles: Value = serde_json::from_str(printed.exits(0).stdout()).expect("JSON");
    for purpose in ["push", "pull"] {
        let text = |key: &str| match &roles[purpose][key] {
            Value::String(text) => text.clone(),
            document => document.to_string(),
        };
        let (name, trust, permissions) = (text("name"), text("trust"), text("permissions"));
        lab.aws(&["iam", "create-role", "--role-name", &name, "--assume-role-policy-document", &trust]);
        let put = ["iam", "put-role-policy", "--role-name", &name, "--policy-name", "images", "--policy-document"];
        lab.aws(&[put.as_slice(), &[&permissions]].concat());
    }
}
