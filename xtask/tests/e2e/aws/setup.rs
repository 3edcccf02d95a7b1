//! Repositories as AWS has them afterwards.

use serde_json::{Value, json};

use crate::aws::deploy::Deploy;
use crate::aws::lab::Lab;

/// The repository has the settings that the specification asks for.
#[track_caller]
pub(crate) fn is_as_specified(lab: &Lab, repository: &str) {
    let described = lab.aws(&["ecr", "describe-repositories", "--repository-names", repository]);
    let state = &described["repositories"][0];
    assert_eq!(state["imageScanningConfiguration"]["scanOnPush"], true, "{described}");
    assert_eq!(state["encryptionConfiguration"]["encryptionType"], "AES256", "{described}");
    assert_eq!(state["imageTagMutability"], "MUTABLE", "{described}");

    let answer = lab.aws(&["ecr", "get-lifecycle-policy", "--repository-name", repository]);
    let policy: Value = serde_json::from_str(answer["lifecyclePolicyText"].as_str().expect("a text")).expect("JSON");
    let rules = policy["rules"].as_array().expect("rules");
    let selections: Vec<&Value> = rules.iter().map(|rule| &rule["selection"]).collect();
    let shield = |pattern: &str, most: u32| {
        json!({
            "tagStatus": "tagged", "tagPatternList": [pattern], "countType": "imageCountMoreThan", "countNumber": most
        })
    };
    let shields = [shield("latest", 1), shield("*.previous", 9999), shield("*.*.*", 9999), shield("sha256-*", 9999)];
    assert_eq!(selections[..4], shields.iter().collect::<Vec<_>>());
    // Between them stand those for single tags.
    let last = json!({
        "tagStatus": "tagged", "tagPatternList": ["*"],
        "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 30
    });
    assert_eq!(selections.last(), Some(&&last));
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn both_repositories_are_set_up_once_and_found_as_they_are_the_second_time() {
    let deploy = Deploy::new();
    let uri = |name: &str| format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/{name}\n");
    let both = uri("distributed-colony-e2e-base") + uri("distributed-colony-e2e").as_str();
    let first = deploy.xtask(&["setup-ecr"]);
    first
        .exits(0)
        .says("AWS account 123456789012 as arn:aws:sts::123456789012:user/moto, region eu-west-1 (the default)\n")
        .says("[WARNING] AWS_ENDPOINT_URL is set: AWS is asked at http://127.0.0.1:");
    for name in ["distributed-colony-e2e-base", "distributed-colony-e2e"] {
        first.says(&format!("created the repository {}", uri(name)));
        first.says(&format!("set the lifecycle policy of {name}\n"));
        is_as_specified(&deploy.lab, name);
    }
    let second = deploy.xtask(&["setup-ecr"]);
    second.exits(0).never_says("created").never_says("set the lifecycle policy");
    assert_eq!([first.0.stdout, second.0.stdout], [both.clone(), both]);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_policy_of_somebody_else_stays_until_it_is_overwritten_by_force() {
    let deploy = Deploy::new();
    deploy.xtask(&["setup-ecr"]).exits(0);
    let rule = json!({
        "rulePriority": 1,
        "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 500 },
        "action": { "type": "expire" },
    });
    let foreign = json!({ "rules": [rule] }).to_string();
    let name = "distributed-colony-e2e";
    let put = ["ecr", "put-lifecycle-policy", "--repository-name", name, "--lifecycle-policy-text", &foreign];
    deploy.lab.aws(&put);
    let warning = format!("[WARNING] repository {name}: its lifecycle policy is not ours and stays");
    deploy.xtask(&["setup-ecr"]).exits(0).says(&warning);
    let standing = deploy.lab.aws(&["ecr", "get-lifecycle-policy", "--repository-name", name]);
    assert_eq!(standing["lifecyclePolicyText"], foreign.as_str());
    deploy.xtask(&["setup-ecr", "--force-policy"]).exits(0).never_says("[WARNING] repository");
    is_as_specified(&deploy.lab, name);
}
