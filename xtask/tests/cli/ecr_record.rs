//! What a push leaves for the deploy: the line on stdout, the JSON record, the file; and what a dry run prints.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::answer::Answer;
use crate::ecr_world::{
    BUILT_ID, CREATE, DIGEST, GET_PASSWORD, HOST, IDENTITY, LOGIN, PUSH, PUSH_BASE, PUT_POLICY, TAG, base, built,
    colony, pushed, says,
};
use crate::far_world::far_colony;
use crate::support::BUILD;
use crate::workspace::Workspace;

fn record(workspace: &Workspace, name: &str) -> Value {
    serde_json::from_str(&workspace.read(&format!("target/xtask/deploy-{name}.json"))).expect("the record is JSON")
}

#[test]
fn the_record_of_a_colony_tells_all_that_a_deploy_needs() {
    let workspace = Workspace::new();
    let hash = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
    let outcome = colony(&workspace)
        .with("git")
        .answer(["git", "rev-parse"], Answer::stdout(format!("{hash}\n")))
        .answer(["git", "status"], Answer::stdout("?? new\n"))
        .run();
    outcome.exits(0).says("target/xtask/deploy-colony.json\n");
    let record = record(&workspace, "colony");
    let uri = format!("{HOST}/distributed-colony");
    let expected = [
        ("reference", Value::from(format!("{uri}:latest"))),
        ("pinned", format!("{uri}@{DIGEST}").into()),
        ("digest", DIGEST.into()),
        ("permanent", format!("{uri}:0a1b2c3d4e5f-dirty-0123456789ab").into()),
        ("sent", true.into()),
        ("image_id", BUILT_ID.into()),
        ("bytes", 48_250_000.into()),
        ("build_version", "v1".into()),
        ("git", serde_json::json!({ "commit": hash, "dirty": true })),
    ];
    for (key, value) in expected {
        assert_eq!(record[key], value, "{key} in {record:#}");
    }
    assert!(record["base_identity"].as_str().expect("a text").starts_with("sha256:"), "{record:#}");
    let steps = record["steps"].as_array().expect("a list");
    for name in ["AWS identity and repository", "build colony image", "login", "push latest"] {
        let step = steps.iter().find(|step| step["name"] == name);
        assert!(step.is_some_and(|step| step["seconds"].is_f64() && step["from"].is_f64()), "{name} in {record:#}");
    }
}

#[test]
fn the_readme_documents_exactly_the_fields_of_the_record() {
    let workspace = Workspace::new();
    colony(&workspace).run().exits(0);
    let record = record(&workspace, "colony");
    let far = Workspace::new();
    far_colony(&far, "remote").run().exits(0);
    let of_far = self::record(&far, "colony");
    let all = [&record, &of_far].map(|record| record.as_object().expect("an object"));
    let fields: BTreeSet<&str> = all.iter().flat_map(|fields| fields.keys()).map(String::as_str).collect();
    let readme = crate::tidy::read("README.md");
    let (_, section) = readme.split_once("## The record of a build\n").expect("the README has the section");
    let (table, _) = section.split_once("\n## ").expect("other sections follow");
    let documented: BTreeSet<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(fields, documented);
    let schema = format!("| `schema` | {};", record["schema"]);
    assert!(table.contains(&schema), "the README names another schema than {}", record["schema"]);
}

#[test]
fn a_base_has_a_record_of_its_own_with_the_tag_of_its_identity() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).run();
    let record = record(&workspace, "base");
    let uri = format!("{HOST}/distributed-colony-base");
    assert_eq!(record["permanent"], format!("{uri}:{}", outcome.exits(0).identity_tag()));
    assert_eq!((&record["reference"], &record["git"]), (&format!("{uri}:latest").into(), &Value::Null));
}

#[test]
fn the_record_says_when_nothing_had_to_be_sent() {
    let workspace = Workspace::new();
    let uri = format!("{HOST}/distributed-colony");
    let standing = colony(&workspace).built(&pushed("distributed-colony"));
    standing.registry_has(&format!("{uri}:v1-0123456789ab")).registry_has(&format!("{uri}:latest")).run().exits(0);
    assert_eq!(record(&workspace, "colony")["sent"], false);
}

#[test]
fn as_json_the_record_is_all_of_stdout() {
    let workspace = Workspace::new();
    let outcome = colony(&workspace).xtask(["build-colony", "--json"]).run();
    assert_eq!(outcome.exits(0).stdout.lines().count(), 1);
    let mut printed: Value = serde_json::from_str(&outcome.stdout).expect("one line of JSON");
    let mut written = record(&workspace, "colony");
    for record in [&mut printed, &mut written] {
        record["seconds"] = Value::Null;
    }
    assert_eq!(printed, written);
}

#[test]
fn a_record_that_cannot_be_written_does_not_hide_what_is_published() {
    let workspace = Workspace::new();
    workspace.write("target/xtask/deploy-base.json/in-the-way", "");
    let outcome = base(&workspace).run();
    outcome.exits(1).says(&format!("{HOST}/distributed-colony-base@{DIGEST} is published"));
}

#[test]
fn a_dry_run_asks_and_prints_and_changes_nothing() {
    let workspace = Workspace::at("with space");
    for fixture in [colony(&workspace), colony(&workspace).without_repositories()] {
        let before = workspace.listing();
        let outcome = fixture.xtask(["build-colony", "--dry-run"]).run();
        outcome.exits(0).touches_nothing();
        assert!(workspace.listing() == before, "the workspace was touched");
    }
}

#[test]
fn the_pasted_lines_of_a_dry_run_do_what_the_run_does() {
    let workspace = Workspace::at("with space");
    let args = ["build-base", "--chef-image", "chef:1"];
    let printed = base(&workspace).without_repositories().xtask(args.into_iter().chain(["--dry-run"])).run();
    let stdout = &printed.exits(0).touches_nothing().stdout;
    assert!(
        stdout.contains(" aws ecr get-login-password --region eu-west-1 --output json | docker login "),
        "{stdout}"
    );
    let pasted = base(&workspace)
        .with("cargo")
        .answer(["cargo", "xtask", "plan"], Answer::default())
        .without_repositories()
        .shell(stdout);
    let run = base(&workspace).without_repositories().xtask(args).run();
    run.exits(0);
    pasted.exits(0).makes_in_order(&[&CREATE, &PUT_POLICY]).makes_in_order(&[&CREATE, &LOGIN, &BUILD, &PUSH_BASE]);
    assert_eq!(pasted.pushes(), run.pushes());
    for words in [CREATE.as_slice(), &PUT_POLICY, &GET_PASSWORD, &LOGIN, &PUSH] {
        assert_eq!(pasted.calls_to(words)[0].args, run.calls_to(words)[0].args);
    }
    // A run names the very image that it built; before there is one, only its name is known.
    assert_eq!(pasted.calls_to(&TAG)[0].args[2], run.calls_to(&TAG)[0].args[2]);
    assert_eq!(run.calls_to(&TAG)[0].args[1], built().id);
}

#[test]
fn a_dry_run_warns_where_aws_does_not_answer_and_goes_on() {
    let workspace = Workspace::new();
    let unknown = says(2, "Unable to locate credentials");
    let outcome = base(&workspace).answer(IDENTITY, unknown).xtask(["build-base", "--dry-run"]).run();
    outcome
        .exits(0)
        .touches_nothing()
        .says("[WARNING] a real run would stop here: check the AWS identity: AWS CLI is not configured");
    assert!(outcome.stdout.contains("docker push ACCOUNT.dkr.ecr.eu-west-1.amazonaws.com/"), "{}", outcome.stdout);
}
