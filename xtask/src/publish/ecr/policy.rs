//! The lifecycle policy of both repositories. Pure.

use serde_json::{Value, json};

/// How long an image lives after its push, in days, as the specification asks.
const DAYS: u32 = 30;

/// Images older than 30 days expire, but the one tagged `latest` does not: ECR counts from the push of the digest and
/// knows nothing of its use, so the plain rule deletes the running image 30 days after its push.
///
/// An image that matches a rule cannot be expired by one of lower priority; only one image can be tagged `latest`, so
/// the first rule itself expires nothing. A pattern without `*` matches the one tag, a prefix would match others too.
pub(crate) fn policy() -> Value {
    json!({ "rules": [
        {
            "rulePriority": 1,
            "description": "Never expire the image tagged latest",
            "selection": {
                "tagStatus": "tagged", "tagPatternList": ["latest"],
                "countType": "imageCountMoreThan", "countNumber": 1
            },
            "action": { "type": "expire" }
        },
        {
            "rulePriority": 2,
            "description": "Expire all other images 30 days after their push",
            "selection": {
                "tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS
            },
            "action": { "type": "expire" }
        }
    ] })
}

/// The policy on one line, as the aws CLI takes it.
pub(crate) fn text() -> String {
    policy().to_string()
}

/// Whether a policy means the same as ours: ECR may give the rules back in another order.
pub(crate) fn is_ours(standing: &Value) -> bool {
    let rules = |policy: &Value| {
        let mut rules = policy["rules"].as_array().cloned().unwrap_or_default();
        rules.sort_by_key(|rule| rule["rulePriority"].as_i64());
        rules
    };
    rules(standing) == rules(&policy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_rules_does_not_count_and_their_content_does() {
        let mut other = policy();
        other["rules"].as_array_mut().expect("rules").reverse();
        assert!(is_ours(&other));
        other["rules"][0]["selection"]["countNumber"] = json!(7);
        assert!(!is_ours(&other));
    }

    #[test]
    fn the_text_has_the_length_that_ecr_takes() {
        assert!((100..=30_720).contains(&text().len()), "{}", text().len());
    }
}
