//! Values are checked before anything else is done, and an error names where the value comes from.

use crate::answer::Answer;
use crate::ecr_world::{IDENTITY, base, says};
use crate::support::{BASE, Fixture, current_base, generate};
use crate::workspace::{REPOSITORY, Workspace};

#[test]
fn a_value_that_cannot_be_is_refused_before_anything_is_asked() {
    let workspace = Workspace::new();
    let bad: [&[&str]; 20] = [
        &["setup-ecr", "--account=12"],
        &["setup-ecr", "--registry=a b"],
        &["build-base", "--registry=-x"],
        &["build-base", "--repository=a..b"],
        &["build-base", "--repository=a___b"],
        &["build-base", "--chef-image=UPPER"],
        &["build-colony", "--runtime-image="],
        &["doctor", "--chef-image=UPPER"],
        &["doctor", "--region=nowhere"],
        &["setup-ecr", "--region=nowhere"],
        &["up", "--coordinator-port=0"],
        &["up", "--backend-port=0"],
        &["up", "--backends=0"],
        &["up", "--backends=3", "--backend-port=65535"],
        &["build-colony", "--no-push", "--force-policy"],
        &["build-colony", "--no-push", "--account=123456789012"],
        &["build-base", "--no-push", "--region=eu-west-1"],
        &["build-base", "--no-push", "--registry=a"],
        &["build-colony", "--build-base", "--allow-stale-base"],
        &["down", "--json"],
    ];
    for args in bad {
        let outcome = Fixture::new(&workspace).xtask(args).run();
        outcome.exits(2).prints("");
        assert!(outcome.calls.is_empty(), "{args:?} asked: {:?}", outcome.calls);
    }
    assert!(!workspace.root().join("target").exists(), "something was written");
}

#[test]
fn an_error_of_a_variable_names_the_variable() {
    let workspace = Workspace::new();
    for (variable, value, command) in [
        ("AWS_ACCOUNT_ID", "12", "setup-ecr"),
        ("AWS_REGION", "nowhere", "setup-ecr"),
        ("AWS_DEFAULT_REGION", "nowhere", "build-base"),
        ("CHEF_IMAGE", "UPPER", "check-base"),
        ("RUNTIME_IMAGE", "a b", "up"),
        ("IMAGE_TAG", "-x", "build-colony"),
        ("ECR_REPOSITORY", "a..b", "build-colony"),
    ] {
        let outcome = Fixture::new(&workspace).env(variable, value).xtask([command]).run();
        outcome.exits(2).prints("").has_no_effect().says(variable).says(&format!("'{value}'"));
    }
    // A flag counts before its variable, so it is the flag that is wrong.
    let both = Fixture::new(&workspace).env("IMAGE_TAG", "b").xtask(["build-colony", "--tag=-x"]).run();
    both.exits(2).says("'-x' for '--tag <TAG>'").never_says("IMAGE_TAG");
}

#[test]
fn a_variable_that_is_set_to_nothing_counts_as_not_set() {
    let workspace = Workspace::new();
    let current = current_base(&workspace);
    let variables = ["ECR_BASE_REPOSITORY", "BASE_IMAGE_TAG", "CHEF_IMAGE"];
    let fixture = Fixture::new(&workspace).image(BASE, &current);
    let outcome = variables.iter().fold(fixture, |fixture, key| fixture.env(key, "")).xtask(["check-base"]).run();
    outcome.exits(0).prints("current\n");
    let variables = ["ECR_REPOSITORY", "IMAGE_TAG", "RUNTIME_IMAGE", "BUILD_VERSION", "AWS_REGION", "AWS_ACCOUNT_ID"];
    let fixture = Fixture::new(&workspace).image(BASE, &current).xtask(["build-colony", "--no-push", "--dry-run"]);
    let outcome = variables.iter().fold(fixture, |fixture, key| fixture.env(key, "")).run();
    outcome.exits(0).lists(" --tag distributed-colony:latest ");
}

#[test]
fn variables_for_pushes_may_be_set_where_nothing_is_pushed() {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).env("AWS_ACCOUNT_ID", "123456789012").env("ECR_REGISTRY", "a");
    fixture.xtask(["build-base", "--no-push", "--dry-run"]).run().exits(0);
}

#[test]
fn the_region_is_told_with_the_place_that_it_is_named_in() {
    let workspace = Workspace::new();
    let profile = ["aws", "configure", "get", "region"];
    let region = |told: &str, fixture: Fixture<'_>| {
        fixture.run().exits(0).says(&format!("as arn:aws:iam::123456789012:user/dev, region {told}\n"));
    };
    region("eu-west-1 (the default)", base(&workspace));
    region("eu-south-1 (the profile)", base(&workspace).answer(profile, Answer::stdout("eu-south-1\n")));
    workspace.replace(
        "Cargo.toml",
        "[workspace.metadata.images]\n",
        "[workspace.metadata.images]\nregion = \"eu-north-1\"\n",
    );
    region("eu-north-1 ([workspace.metadata.images] region)", base(&workspace));
    let with_default = || base(&workspace).env("AWS_DEFAULT_REGION", "us-east-2");
    region("us-east-2 (AWS_DEFAULT_REGION)", with_default());
    region("us-east-1 (AWS_REGION)", with_default().env("AWS_REGION", "us-east-1"));
    let flag = with_default().env("AWS_REGION", "us-east-1").xtask(["build-base", "--region=eu-west-3"]);
    region("eu-west-3 (--region)", flag);
}

#[test]
fn names_in_the_table_count_after_flag_and_variable() {
    let workspace = Workspace::new();
    let names = "repository = \"team/colony\"\nbase-repository = \"team/base\"\n";
    workspace.replace("Cargo.toml", REPOSITORY, names);
    generate(&workspace);
    let missing = |fixture: Fixture<'_>, image: &str| {
        fixture.run().exits(5).says(&format!("Base image '{image}' not found locally!"));
    };
    missing(Fixture::new(&workspace).xtask(["check-base"]), "team/base:latest");
    missing(Fixture::new(&workspace).env("ECR_BASE_REPOSITORY", "env").xtask(["check-base"]), "env:latest");
    missing(Fixture::new(&workspace).xtask(["check-base", "--base-repository=flag"]), "flag:latest");
    let outcome = Fixture::new(&workspace).xtask(["build-base", "--no-push", "--dry-run"]).run();
    outcome.exits(0).lists(" --tag team/base:latest ");
    let outcome = Fixture::new(&workspace).xtask(["build-colony", "--no-push", "--dry-run", "--build-base"]).run();
    outcome.exits(0).lists(" --tag team/base:latest ").lists(" --tag team/colony:latest ");
}

#[test]
fn an_account_in_the_table_refuses_the_credentials_of_another() {
    let workspace = Workspace::new();
    let account = "[workspace.metadata.images]\naccount = \"210987654321\"\n";
    workspace.replace("Cargo.toml", "[workspace.metadata.images]\n", account);
    base(&workspace).run().exits(3).touches_nothing().says("the credentials belong to account 123456789012");
    workspace.replace("Cargo.toml", "\"210987654321\"", "210987654321");
    let outcome = base(&workspace).run();
    outcome.exits(2).says("[ERROR] [workspace.metadata.images] account is 210987654321, not a text\n");
}

#[test]
fn the_cure_for_a_base_builds_that_very_base() {
    let workspace = Workspace::new();
    let cure = |args: &[&str], line: &str| {
        let outcome = Fixture::new(&workspace).xtask(args).run();
        outcome.exits(5).says(&format!("[INFO]   cargo xtask build-base{line}\n"));
    };
    cure(&["build-colony", "--no-push"], " --no-push");
    cure(&["build-colony", "--no-push", "--base-tag=nosuch"], " --tag nosuch --no-push");
    cure(&["check-base", "--chef-image=x", "--base-repository=b1"], " --repository b1 --chef-image x");
}

#[test]
fn without_credentials_every_dry_run_goes_on_with_a_warning() {
    let workspace = Workspace::new();
    let current = current_base(&workspace);
    for command in ["build-base", "build-colony", "setup-ecr"] {
        let unknown = says(2, "Unable to locate credentials");
        let fixture = base(&workspace).background_image(BASE, &current).answer(IDENTITY, unknown);
        let outcome = fixture.xtask([command, "--dry-run"]).run();
        outcome.exits(0).touches_nothing().says("[WARNING] a real run would stop here: check the AWS identity");
        outcome.lists("aws ecr create-repository ");
    }
}

#[test]
fn without_credentials_a_dry_run_names_the_region_that_a_run_would_ask() {
    let workspace = Workspace::new();
    let unknown = says(2, "Unable to locate credentials");
    let profile = ["aws", "configure", "get", "region"];
    let fixture = base(&workspace).answer(IDENTITY, unknown).answer(profile, Answer::stdout("eu-south-1\n"));
    let outcome = fixture.xtask(["build-base", "--dry-run"]).run();
    outcome.exits(0).lists("aws ecr create-repository ").lists(" --region eu-south-1 ").lists(".ecr.eu-south-1.");
    assert!(!outcome.stdout.contains("eu-west-1"), "{}", outcome.stdout);
}

#[test]
fn a_base_is_not_built_first_for_a_push_that_cannot_begin() {
    let workspace = Workspace::new();
    let unknown = says(2, "Unable to locate credentials");
    let outcome = base(&workspace).answer(IDENTITY, unknown).xtask(["build-colony", "--build-base"]).run();
    outcome.exits(3).touches_nothing().says("AWS CLI is not configured");
}

#[test]
fn a_cure_says_again_what_a_variable_would_make_of_it() {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).env("BASE_IMAGE_TAG", "other");
    let outcome = fixture.xtask(["check-base", "--base-tag=latest"]).run();
    outcome.exits(5).says("[INFO]   cargo xtask build-base --tag latest\n");
}

#[test]
fn a_project_that_compose_would_refuse_is_refused_before_anything_is_done() {
    let workspace = Workspace::new();
    for command in ["up", "down", "status", "logs"] {
        let outcome = Fixture::new(&workspace).env("COMPOSE_PROJECT_NAME", "My.Colony").xtask([command]).run();
        outcome.exits(2).prints("").says("invalid value 'My.Colony' for COMPOSE_PROJECT_NAME\n");
        assert!(outcome.calls.is_empty(), "{command} asked: {:?}", outcome.calls);
    }
}
