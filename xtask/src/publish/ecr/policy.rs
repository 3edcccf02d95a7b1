//! The lifecycle policy of a repository: what it should be, and what the one that stands there is beside that. Pure.
//!
//! The specification wants images older than 30 days to go. ECR counts from the push of a digest and knows nothing of its
//! use, so that alone deletes what runs. An image that matches a rule cannot be expired by one of lower priority: the
//! rules before the last one shield images from it, and their counts are out of reach. An image has to match all patterns
//! of a rule, so each pattern has a rule of its own; one without `*` matches that very tag.
//!
//! The last rule is for what bears a tag: a signature of cosign 3 and later bears none, and lives as long as its image does,
//! which ECR sees to by itself. Rules do count such artifacts where they match
//! (<https://github.com/aws/containers-roadmap/issues/2613>).
//! Source: ECR's user guide, "Lifecycle policy properties".

#[cfg(test)]
mod simulation;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::docker::name::Tag;
use crate::publish::ecr::RECORDS;

/// How long an image lives after its push, in days, as the specification asks.
const DAYS: u32 = 30;

/// More than a repository will ever have of what a pattern matches.
const NEVER: u32 = 9_999;

/// Pattern, the most images that it may match before the oldest one goes, and what the rule says of itself.
const SHIELDS: [(&str, u32, &str); 4] = [
    ("latest", 1, "Never expire the image tagged latest"),
    (RECORDS, NEVER, "Never expire what a tag meant before it moved"),
    ("*.*.*", NEVER, "Never expire a version"),
    ("sha256-*", NEVER, "Never expire a signature"),
];

/// Priority of the first rule for a single tag; those above are of the shields.
const FIRST_NAMED: usize = 10;

/// How many tags can have a rule of their own: ECR allows 50 rules.
const MOST_NAMED: usize = 40;

/// The last rule of all.
const LAST: usize = 100;

/// What has to be done with the policy that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Stays,
    /// It is somebody else's.
    Foreign,
    /// This text on one line takes its place, as the aws CLI takes it.
    Put(String),
    /// It stays, since so many tags have a rule that this one cannot get one.
    Full,
}

/// `tag`: one that moves, and so needs a rule where no pattern shields it. `force`: whether that of somebody else goes.
pub(crate) fn judge(standing: Option<&Value>, tag: Option<&Tag>, force: bool) -> Verdict {
    let known = standing.map(named_in);
    if matches!(known, Some(None)) && !force {
        return Verdict::Foreign;
    }
    let mut named = known.flatten().unwrap_or_default();
    let tag = tag.map(ToString::to_string).filter(|tag| !is_shielded(tag));
    let is_full = named.len() >= MOST_NAMED && tag.as_ref().is_some_and(|tag| !named.contains(tag));
    named.extend(tag.filter(|_| !is_full));
    let wanted = policy(&named);
    if standing.is_some_and(|standing| rules(standing) == rules(&wanted)) {
        return if is_full { Verdict::Full } else { Verdict::Stays };
    }
    Verdict::Put(wanted.to_string())
}

/// The tags that have a rule of their own in a policy that is ours, of this version or an earlier one; `None` where it is
/// somebody else's. ECR may give the rules back in another order.
fn named_in(standing: &Value) -> Option<BTreeSet<String>> {
    let rules = rules(standing);
    let is_named =
        |rule: &&Value| rule["rulePriority"].as_u64().is_some_and(|at| (FIRST_NAMED as u64..LAST as u64).contains(&at));
    let tags = rules.iter().filter(is_named).filter_map(|rule| rule["selection"]["tagPatternList"][0].as_str());
    let tags: BTreeSet<String> = tags.map(str::to_owned).collect();
    let ours = [self::rules(&first_policy()), self::rules(&policy(&tags))];
    ours.contains(&rules).then_some(tags)
}

/// Whether no image with that tag expires.
pub(crate) fn is_shielded(tag: &str) -> bool {
    SHIELDS.iter().any(|(pattern, ..)| fits(tag, pattern))
}

/// Whether a tag matches a pattern, in which `*` stands for any text, also for none.
fn fits(tag: &str, pattern: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return tag == pattern };
    let Some(tag) = tag.strip_prefix(before) else { return false };
    let ends = tag.char_indices().map(|(at, _)| at).chain([tag.len()]);
    ends.into_iter().any(|at| fits(&tag[at..], rest))
}

/// With a rule for each of these tags.
fn policy(named: &BTreeSet<String>) -> Value {
    let shields = SHIELDS.iter().enumerate().map(|(at, &(pattern, most, why))| shield(at + 1, pattern, most, why));
    let own = named
        .iter()
        .enumerate()
        .map(|(at, tag)| shield(FIRST_NAMED + at, tag, 1, &format!("Never expire the image tagged {tag}")));
    let rules: Vec<Value> = shields.chain(own).chain([expiry(LAST)]).collect();
    json!({ "rules": rules })
}

/// That of the versions of this program that knew of no versions of images.
fn first_policy() -> Value {
    let (pattern, most, why) = SHIELDS[0];
    let mut expiry = expiry(2);
    let selection = expiry["selection"].as_object_mut().expect("a table");
    selection.remove("tagPatternList");
    selection.insert("tagStatus".to_owned(), json!("any"));
    json!({ "rules": [shield(1, pattern, most, why), expiry] })
}

fn shield(priority: usize, pattern: &str, most: u32, why: &str) -> Value {
    json!({
        "rulePriority": priority,
        "description": why,
        "selection": {
            "tagStatus": "tagged", "tagPatternList": [pattern],
            "countType": "imageCountMoreThan", "countNumber": most
        },
        "action": { "type": "expire" }
    })
}

fn expiry(priority: usize) -> Value {
    json!({
        "rulePriority": priority,
        "description": "Expire all other images 30 days after their push",
        "selection": {
            "tagStatus": "tagged", "tagPatternList": ["*"],
            "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS
        },
        "action": { "type": "expire" }
    })
}

fn rules(policy: &Value) -> Vec<Value> {
    let mut rules = policy["rules"].as_array().cloned().unwrap_or_default();
    rules.sort_by_key(|rule| rule["rulePriority"].as_i64());
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(name: &str) -> Tag {
        name.parse().expect("a good tag")
    }

    fn put(verdict: Verdict) -> Value {
        match verdict {
            Verdict::Put(text) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_order_of_the_rules_does_not_count_and_their_content_does() {
        let mut other = policy(&BTreeSet::new());
        other["rules"].as_array_mut().expect("rules").reverse();
        assert_eq!(judge(Some(&other), None, false), Verdict::Stays);
        other["rules"][0]["selection"]["countNumber"] = json!(7);
        assert_eq!(judge(Some(&other), None, false), Verdict::Foreign);
        assert_eq!(judge(Some(&json!({})), None, false), Verdict::Foreign);
        assert_eq!(put(judge(Some(&other), None, true)), policy(&BTreeSet::new()));
    }

    #[test]
    fn that_of_an_earlier_version_is_ours_and_brought_up_to_date() {
        assert_eq!(put(judge(Some(&first_policy()), None, false)), policy(&BTreeSet::new()));
        assert_eq!(put(judge(None, None, false)), policy(&BTreeSet::new()));
    }

    #[test]
    fn a_tag_that_no_pattern_shields_gets_a_rule_and_those_of_others_stay() {
        let first = put(judge(None, Some(&tag("production")), false));
        let both = put(judge(Some(&first), Some(&tag("main")), false));
        assert_eq!(both, policy(&["main", "production"].map(str::to_owned).into()));
        for known in ["main", "production", "latest", "1.4.2", "main.previous"] {
            assert_eq!(judge(Some(&both), Some(&tag(known)), false), Verdict::Stays, "{known}");
        }
    }

    #[test]
    fn where_too_many_tags_have_a_rule_one_more_gets_none() {
        let many: BTreeSet<String> = (0..MOST_NAMED).map(|number| format!("tag-{number}")).collect();
        let standing = policy(&many);
        assert_eq!(judge(Some(&standing), Some(&tag("one-more")), false), Verdict::Full);
        assert_eq!(judge(Some(&standing), Some(&tag("tag-7")), false), Verdict::Stays);
    }

    #[test]
    fn what_ecr_demands_of_a_policy_is_met() {
        let named = (0..MOST_NAMED).map(|number| format!("{}{number}", "x".repeat(120))).collect();
        let policy = policy(&named);
        let rules = policy["rules"].as_array().expect("rules");
        assert!((100..=30_720).contains(&policy.to_string().len()), "{}", policy.to_string().len());
        assert!(rules.len() <= 50);
        let priorities: BTreeSet<u64> = rules.iter().filter_map(|rule| rule["rulePriority"].as_u64()).collect();
        assert_eq!(priorities.len(), rules.len(), "priorities are unique");
        let last = rules.iter().find(|rule| rule["selection"]["tagPatternList"][0] == "*");
        let last = last.expect("a last rule");
        assert_eq!(last["rulePriority"].as_u64(), priorities.last().copied());
        for pattern in rules.iter().filter_map(|rule| rule["selection"]["tagPatternList"][0].as_str()) {
            assert!(pattern.matches('*').count() <= 4, "{pattern}");
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (tag, pattern) in [("1.4.2", "*.*.*"), ("1.0.0-rc.1", "*.*.*"), ("latest", "latest"), ("a", "*")] {
            assert!(fits(tag, pattern), "{tag} {pattern}");
        }
        for (tag, pattern) in [("1.4", "*.*.*"), ("latest-1", "latest"), ("x-latest", "latest"), ("ab", "a*c")] {
            assert!(!fits(tag, pattern), "{tag} {pattern}");
        }
    }
}
