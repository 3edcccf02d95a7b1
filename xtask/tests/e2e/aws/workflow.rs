//! The committed workflow of GitHub Actions: its scripts run, and IAM takes the roles that it wants.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::aws::deploy::Deploy;
use crate::aws::lab::{Lab, PASSWORD};
use crate::aws::runner::{self, Job};
use crate::aws::signed::make_pair;
use crate::fixture::Fixture;
use crate::process;
use crate::temp_dir::TempDir;

const KEY_PASSWORD: &str = "the-password-of-the-key-5d1c90";

/// Whose copy the jobs run in, and what they sign with: a file stands in for a key in a service such as KMS, which wants no
/// password.
struct Repository {
    deploy: Deploy,
    keys: TempDir,
}

impl Repository {
    fn new() -> Self {
        let (deploy, keys) = (Deploy::new(), TempDir::new("keys"));
        make_pair(keys.path(), "own", KEY_PASSWORD);
        Self { deploy, keys }
    }

    fn key(&self, file: &str) -> String {
        self.keys.path().join(file).display().to_string()
    }

    #[track_caller]
    fn runs(&self, job: &str) -> Job {
        let variables = [("COSIGN_KEY", self.key("own.key"))];
        let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
        let job = runner::run(&self.deploy, job, &variables, &[("COSIGN_PASSWORD", KEY_PASSWORD)]);
        for outcome in job.scripts.values() {
            outcome.never_says("::error").never_says(PASSWORD).never_says(KEY_PASSWORD);
        }
        job
    }

    /// The image of that tag, which has the digest that the job handed over, is signed.
    #[track_caller]
    fn is_signed(&self, tag: &str, job: &Job) {
        let digest = &job.outputs["digest"];
        let verified = self.deploy.xtask(&["verify", tag, "--digest", digest, "--key", &self.key("own.pub")]);
        verified.exits(0).prints(&job.outputs["pinned"]);
    }

    /// Commits all files under an annotated tag.
    fn tags(&self, name: &str) {
        let who = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
        let calls: [&[&str]; 4] = [
            &["init", "--quiet"],
            &["add", "--all"],
            &["commit", "--quiet", "--message", name],
            &["tag", "--annotate", "--message", name, name],
        ];
        for args in calls {
            let mut git = Command::new("git");
            git.args(who).args(args).current_dir(self.deploy.fixture.copy.root());
            let ended = process::run(&mut git, Duration::from_secs(60));
            assert!(ended.code == Some(0), "git {args:?}: {ended:?}");
        }
    }
}

fn record(job: &Job) -> Value {
    let [kept] = job.kept.as_slice() else { panic!("{:?}", job.kept) };
    serde_json::from_str(kept).expect("the record")
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_jobs_of_a_push_and_of_a_version_tag_build_push_sign_and_hand_over_what_a_deploy_needs() {
    let repository = Repository::new();
    let deploy = &repository.deploy;
    let job = repository.runs("publish");
    let colony = deploy.fixture.colony();
    let (remote, tag) = deploy.remote(&colony);
    let digest = deploy.digest(&colony);
    let output = |name: &str| job.outputs.get(name).map(String::as_str);
    assert_eq!(output("image"), Some(format!("{remote}:{tag}").as_str()));
    assert_eq!(output("digest"), Some(digest.as_str()));
    assert_eq!(output("pinned"), Some(format!("{remote}@{digest}").as_str()));
    assert_eq!(output("version"), Some(""), "only a release has one");
    let record = record(&job);
    assert_eq!(output("permanent"), record["permanent"].as_str());
    assert_eq!(output("base-identity"), record["base_identity"].as_str());

    for text in
        ["### base image\n", "### colony image\n", &format!("| digest | {digest} |\n"), "| backend | compiled, "]
    {
        assert!(job.page.contains(text), "no {text} in {}", job.page);
    }
    for outcome in job.scripts.values() {
        outcome.says("::group::log of ").says("::endgroup::\n");
    }
    repository.is_signed(tag, &job);
    the_same_sources_are_released(&repository, &digest);
    deploy.shows_no_password();
}

/// The base stands and is not built again, nor is anything compiled.
fn the_same_sources_are_released(repository: &Repository, before: &str) {
    repository.tags("v1.4.2");
    let job = repository.runs("release");
    assert_eq!(job.outputs["version"], "1.4.2");
    assert!(!job.page.contains("### base image\n") && !job.page.contains("| backend | compiled, "), "{}", job.page);
    let colony = repository.deploy.fixture.colony();
    let (name, latest) = colony.split_once(':').expect("a tag");
    for tag in ["1.4.2", "1.4", "1", latest] {
        assert_eq!(repository.deploy.digest(&format!("{name}:{tag}")), job.outputs["digest"], "{tag}");
    }
    assert_eq!(repository.deploy.digest(&format!("{name}:{latest}.previous")), before);
    let record = record(&job);
    assert_eq!((&record["version"], &record["git"]["dirty"]), (&"1.4.2".into(), &false.into()));
    repository.is_signed("1.4.2", &job);
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
