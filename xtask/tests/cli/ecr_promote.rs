//! `cargo xtask promote`: a tag moves to an image that is there, with a record of what it meant.

use serde_json::{Value, json};

use crate::ecr_tags::{URI, command, digest};
use crate::ecr_world::{
    DESCRIBE_COLONY, GET_POLICY, IDENTITY, PUT_IMAGE, PUT_POLICY, described, has_policy, no_policy, no_repository,
    policy, repository, says, service_error, shield,
};
use crate::support::Fixture;
use crate::workspace::Workspace;

/// 1.4.2 is the image `2`; what `production` means is recorded so.
fn promote_over<'a>(workspace: &'a Workspace, args: &[&str], meaning: [Option<char>; 3]) -> Fixture<'a> {
    command(workspace, &[&["promote", "1.4.2", "--to", "production"], args].concat())
        .tag_means("1.4.2", Some('2'))
        .records("production", meaning)
}

/// It is looked at before the move and after it.
fn moves(fixture: Fixture<'_>) -> Fixture<'_> {
    fixture.tag_means("production", Some('1')).tag_means("production", Some('2'))
}

/// `production` means `1`, and meant `0` before.
fn promote<'a>(workspace: &'a Workspace, args: &[&str]) -> Fixture<'a> {
    promote_over(workspace, args, [Some('1'), Some('0'), None])
}

#[test]
fn the_tag_gets_the_same_digest_and_what_it_meant_is_recorded_first() {
    let workspace = Workspace::new();
    let outcome = promote(&workspace, &[]).tag_means("production", Some('1')).tag_means("production", Some('2')).run();
    outcome
        .exits(0)
        .prints(&format!("{URI}@{}\n", digest('2')))
        .says(&format!("{URI}:production means {}; before that {}\n", digest('2'), digest('1')))
        .has_put(&[("production.previous.previous", '0'), ("production.previous", '1'), ("production", '2')]);
    // The policy spares what runs.
    let put = &outcome.calls_to(&PUT_POLICY)[0].args;
    let text: Value = serde_json::from_str(&put[5]).expect("the policy is JSON");
    let rule = shield(10, "production", 1, "Never expire the image tagged production");
    assert!(text["rules"].as_array().expect("rules").contains(&rule), "{text:#}");
}

#[test]
fn as_json_it_tells_both_images() {
    let workspace = Workspace::new();
    let fixture = promote(&workspace, &["--json"]);
    let outcome = fixture.tag_means("production", Some('1')).tag_means("production", Some('2')).run();
    let told: Value = serde_json::from_str(&outcome.exits(0).stdout).expect("one line of JSON");
    let expected = json!({
        "schema": 1, "reference": format!("{URI}:production"), "pinned": format!("{URI}@{}", digest('2')),
        "digest": digest('2'), "moved": true, "from": digest('1'),
    });
    assert_eq!(told, expected);
}

#[test]
fn a_digest_or_a_reference_behind_its_repository_will_do_and_a_new_tag_has_no_record() {
    let workspace = Workspace::new();
    for place in ["", "distributed-colony@", &format!("{URI}@")] {
        let reference = format!("{place}{}", digest('2'));
        let outcome = command(&workspace, &["promote", &reference, "--to", "stable"])
            .digest_is_there('2')
            .records("stable", [None, None, None])
            .tag_means("stable", None)
            .tag_means("stable", Some('2'))
            .run();
        outcome.exits(0).has_put(&[("stable", '2')]).says("before that nothing\n");
    }
}

#[test]
fn a_tag_that_means_the_image_already_stays() {
    let workspace = Workspace::new();
    let outcome = promote_over(&workspace, &[], [Some('2'), Some('1'), None]).run();
    outcome.exits(0).prints(&format!("{URI}@{}\n", digest('2'))).says("`production` means that image already\n");
    outcome.never_calls(&PUT_IMAGE);
}

#[test]
fn a_dry_run_prints_the_calls_and_changes_nothing() {
    let workspace = Workspace::new();
    let outcome = promote(&workspace, &["--dry-run"]).run();
    outcome.exits(0).touches_nothing();
    let lines: Vec<&str> = outcome.stdout.lines().filter(|line| line.contains("aws ecr ")).collect();
    assert_eq!(lines.len(), 4, "{}", outcome.stdout);
    let pasted = command(&workspace, &[]).shell(&outcome.stdout);
    pasted.exits(0);
    pasted.has_put(&[("production.previous.previous", '0'), ("production.previous", '1'), ("production", '2')]);
}

#[test]
fn what_cannot_be_is_told_before_anything_is_asked() {
    let workspace = Workspace::new();
    for (to, why) in [
        ("1.5.0", "`1.5.0` is a version, which never moves\n"),
        ("latest.previous", "`latest.previous` is the record of what another tag meant\n"),
        ("ffffffffffff-0123456789ab", "is a permanent tag, which never moves\n"),
        ("a b", "a tag has 1 to 128 letters"),
    ] {
        let outcome = command(&workspace, &["promote", "1.4.2", "--to", to]).run();
        outcome.exits(2).prints("").says(why);
        assert!(outcome.calls.is_empty(), "{:?}", outcome.calls);
    }
    command(&workspace, &["promote", "sha256:12", "--to", "latest"]).run().exits(2).says("64 hexadecimal digits");
}

#[test]
fn an_image_that_is_not_there_and_another_repository_are_told() {
    let workspace = Workspace::new();
    let outcome = command(&workspace, &["promote", "1.4.2", "--to", "production"]).tag_means("1.4.2", None).run();
    outcome
        .exits(3)
        .touches_nothing()
        .says(&format!("[ERROR] there is no image `1.4.2` in {URI}\n"))
        .says("[INFO] See what is there: cargo xtask images\n");
    let outcome = command(&workspace, &["promote", "elsewhere:1.4.2", "--to", "production"]).run();
    outcome.exits(3).touches_nothing().says(&format!("`elsewhere` is another repository than {URI}\n"));
    let gone = says(2, &no_repository("distributed-colony"));
    let outcome = command(&workspace, &["promote", "1.4.2", "--to", "production"]).answer(DESCRIBE_COLONY, gone).run();
    outcome.exits(3).touches_nothing().says("there is no repository distributed-colony in the region eu-west-1");
}

#[test]
fn another_account_and_missing_credentials_are_told() {
    let workspace = Workspace::new();
    let args = ["promote", "1.4.2", "--to", "production", "--account", "210987654321"];
    let outcome = command(&workspace, &args).run();
    outcome.exits(3).touches_nothing().says("the credentials belong to account 123456789012");
    let unknown = says(2, "Unable to locate credentials");
    let outcome = command(&workspace, &args[..4]).answer(IDENTITY, unknown).run();
    outcome.exits(3).touches_nothing().says("AWS CLI is not configured or credentials are invalid");
}

#[test]
fn a_tag_of_an_immutable_repository_is_told_with_the_cure() {
    let workspace = Workspace::new();
    let mut immutable = repository("distributed-colony");
    immutable["imageTagMutability"] = "IMMUTABLE".into();
    let outcome = promote(&workspace, &[]).answer(DESCRIBE_COLONY, described(&immutable)).run();
    outcome
        .exits(3)
        .touches_nothing()
        .says("the tags of the repository distributed-colony are immutable, so `production` cannot move\n")
        .says("filterType=WILDCARD,filter=production 'filterType=WILDCARD,filter=*.previous'\n");
    // Filters that leave out what has to move are ECR's to judge.
    let message = "The image tag 'production' already exists in the 'distributed-colony' repository and cannot be \
                   overwritten because the repository is immutable.";
    for major in [1, 2] {
        let refusal = says(major, &service_error("ImageTagAlreadyExistsException", "PutImage", message));
        let outcome = promote(&workspace, &[]).answer(PUT_IMAGE, refusal).run();
        outcome
            .exits(1)
            .prints("")
            .says("the tag exists and the repository is immutable\n")
            .says("The same command again completes it");
        assert_eq!(outcome.puts().len(), 1);
    }
}

#[test]
fn a_tag_that_somebody_else_moves_meanwhile_stays_where_it_is() {
    let workspace = Workspace::new();
    let outcome = promote(&workspace, &[]).tag_means("production", Some('9')).run();
    outcome.exits(1).prints("").says(&format!(
        "`production` was moved by somebody else meanwhile, so it stays: it means {}, not {}\n",
        digest('9'),
        digest('1')
    ));
    assert!(outcome.puts().iter().all(|(tag, _)| tag != "production"));
    let after = promote(&workspace, &[]).tag_means("production", Some('1')).tag_means("production", Some('9')).run();
    after.exits(1).prints("").says("`production` was moved by somebody else at the same time: it means sha256:9999");
}

#[test]
fn a_policy_that_cannot_be_seen_is_a_warning() {
    let workspace = Workspace::new();
    let denied = says(2, &service_error("AccessDeniedException", "GetLifecyclePolicy", "x"));
    let fixture = promote(&workspace, &[]).answer(GET_POLICY, denied);
    let outcome = fixture.tag_means("production", Some('1')).tag_means("production", Some('2')).run();
    outcome.exits(0).says("[WARNING] what `production` means may expire 30 days after its push: ");
}

#[test]
fn a_run_that_is_killed_anywhere_is_completed_by_the_next_one() {
    let workspace = Workspace::new();
    let mut policy = policy();
    policy["rules"].as_array_mut().expect("rules").push(shield(
        10,
        "production",
        1,
        "Never expire the image tagged production",
    ));
    for calls in 1.. {
        let over = |meaning| promote_over(&workspace, &[], meaning).answer(GET_POLICY, has_policy(&policy));
        let killed = moves(over([Some('1'), Some('0'), None])).killed_at(calls);
        if killed.ended_by_itself() {
            assert!(calls > 9, "only {calls} calls were cut");
            break;
        }
        let left = |tag: &str, before| {
            killed.puts().iter().find(|(put, _)| put == tag).map_or(before, |(_, digit)| Some(*digit))
        };
        let meaning = [
            left("production", Some('1')),
            left("production.previous", Some('0')),
            left("production.previous.previous", None),
        ];
        let next = if meaning[0] == Some('1') { moves(over(meaning)) } else { over(meaning) }.run();
        next.exits(0).prints(&format!("{URI}@{}\n", digest('2')));
        // A rollback could go back to the one before, whenever it was killed.
        let puts = [killed.puts(), next.puts()].concat();
        for (tag, digit) in [("production", '2'), ("production.previous", '1'), ("production.previous.previous", '0')] {
            assert!(puts.contains(&(tag.to_owned(), digit)), "{tag}, killed at call {calls}: {puts:?}");
        }
    }
}

/// Our policy with a rule for that tag.
fn policy_with(tag: &str) -> Value {
    let mut policy = policy();
    let rule = shield(10, tag, 1, &format!("Never expire the image tagged {tag}"));
    policy["rules"].as_array_mut().expect("rules").push(rule);
    policy
}

#[test]
fn a_rule_that_others_leave_out_is_put_again_and_without_a_policy_there_is_none_to_spare_it_from() {
    let workspace = Workspace::new();
    let answers = |policies: &[Value]| {
        let fixture = moves(promote(&workspace, &[]));
        policies.iter().fold(fixture, |fixture, policy| fixture.answer(GET_POLICY, has_policy(policy)))
    };
    let once = answers(&[policy(), policy_with("production")]).run();
    assert_eq!(once.exits(0).never_says("[WARNING]").calls_to(&PUT_POLICY).len(), 1);
    let again = answers(&[policy(), policy_with("staging"), policy_with("production")]).run();
    let puts = again.exits(0).never_says("[WARNING]").calls_to(&PUT_POLICY);
    assert_eq!(puts.len(), 2);
    assert!(["staging", "production"].iter().all(|tag| puts[1].args[5].contains(tag)), "{:?}", puts[1].args);
    let none = moves(promote(&workspace, &[])).answer(GET_POLICY, says(2, &no_policy())).run();
    none.exits(0).never_says("[WARNING]").never_calls(&PUT_POLICY);
}
