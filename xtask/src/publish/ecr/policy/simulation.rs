//! A year of pushes, releases, promotes and rollbacks under a policy, by the rules that ECR documents: all rules are
//! evaluated, then applied in the order of their priority, and an image that matches a rule is out of reach of the later
//! ones; an image counts from the first push of its digest, whatever tags it gets later; what refers to an image goes with
//! it.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

type Day = u32;

#[derive(Default)]
struct Repository {
    /// Digest -> day of its push.
    pushed: BTreeMap<String, Day>,
    /// Tag -> digest.
    tags: BTreeMap<String, String>,
    /// Digest of what has no tag and refers to an image -> digest of that.
    referrers: BTreeMap<String, String>,
}

impl Repository {
    fn push(&mut self, today: Day, digest: &str, tag: &str) {
        self.pushed.entry(digest.to_owned()).or_insert(today);
        self.tags.insert(tag.to_owned(), digest.to_owned());
    }

    /// Moves a tag with the records of what it meant before, as `publish/former.rs` does.
    fn move_to(&mut self, tag: &str, digest: &str) {
        let record = format!("{tag}.previous");
        if let Some(known) = self.tags.get(&record).cloned() {
            self.tags.insert(format!("{record}.previous"), known);
        }
        if let Some(current) = self.tags.get(tag).cloned() {
            self.tags.insert(record, current);
        }
        self.tags.insert(tag.to_owned(), digest.to_owned());
    }

    fn roll_back(&mut self, tag: &str) {
        if let Some(to) = self.tags.get(&format!("{tag}.previous")).cloned() {
            self.move_to(tag, &to);
        }
    }

    fn matches(&self, digest: &str, selection: &Value) -> bool {
        let mut tags = self.tags.iter().filter(|(_, of)| *of == digest).map(|(tag, _)| tag);
        match selection["tagPatternList"][0].as_str() {
            Some(pattern) => tags.any(|tag| fits(tag, pattern)),
            None => selection["tagStatus"] == "any",
        }
    }

    /// What the policy deletes on that day goes, with its tags.
    fn expire(&mut self, policy: &Value, today: Day) {
        let mut open: BTreeSet<String> = self.pushed.keys().cloned().collect();
        let mut gone = BTreeSet::new();
        for rule in rules(policy) {
            let selection = &rule["selection"];
            let number = selection["countNumber"].as_u64().expect("a number");
            let mut matching: Vec<&String> = open.iter().filter(|digest| self.matches(digest, selection)).collect();
            matching.sort_by_key(|digest| std::cmp::Reverse(self.pushed[*digest]));
            let is_gone = |(at, digest): &(usize, &String)| match selection["countType"].as_str() {
                Some("imageCountMoreThan") => *at as u64 >= number,
                _ => u64::from(today - self.pushed[*digest]) > number,
            };
            gone.extend(matching.iter().copied().enumerate().filter(is_gone).map(|(_, digest)| digest.clone()));
            let taken: BTreeSet<String> = matching.into_iter().cloned().collect();
            open.retain(|digest| !taken.contains(digest));
        }
        gone.extend(
            self.referrers
                .iter()
                .filter(|(_, of)| gone.contains(*of))
                .map(|(digest, _)| digest.clone())
                .collect::<Vec<_>>(),
        );
        self.referrers.retain(|digest, _| !gone.contains(digest));
        self.pushed.retain(|digest, _| !gone.contains(digest));
        self.tags.retain(|_, digest| !gone.contains(digest));
    }
}

/// Runs a year and returns what was missed: an image that runs, that a rollback could need, a version, or its signature.
fn missed_in_a_year(policy: &Value) -> (BTreeSet<String>, Repository) {
    let mut repository = Repository::default();
    let mut released: Vec<(String, String)> = Vec::new();
    let mut missed = BTreeSet::new();
    for today in 0..365 {
        let digest = format!("sha256:{today:04}");
        // Nobody works in summer: what is `latest` then gets old.
        if !(150..240).contains(&today) {
            repository.push(today, &digest, &format!("aaaaaaaaaaaa-{today:012}"));
            repository.move_to("latest", &digest);
        }
        if today % 21 == 5 && repository.pushed.contains_key(&digest) {
            let (version, signature) = (format!("1.{}.0", today / 21), format!("sha256-{today:04}.sig"));
            repository.push(today, &digest, &version);
            repository.push(today, &format!("sha256:signature of {today}"), &signature);
            let referrer = format!("sha256:referrer of {today}");
            repository.pushed.insert(referrer.clone(), today);
            repository.referrers.insert(referrer, digest.clone());
            released.push((version, signature));
        }
        // What is released a while ago is what production gets, and some image that was never released.
        if today % 40 == 30 {
            let digest = repository.tags[&released[released.len() - 2].0].clone();
            repository.move_to("production", &digest);
        }
        if today % 90 == 80 {
            let digest = repository.tags["latest"].clone();
            repository.move_to("production", &digest);
        }
        if today % 45 == 44 {
            repository.roll_back("production");
            repository.roll_back("latest");
        }
        let before = repository.tags.clone();
        repository.expire(policy, today);
        let is_needed = |tag: &&String| !tag.starts_with("aaaaaaaaaaaa-");
        missed.extend(before.keys().filter(is_needed).filter(|tag| !repository.tags.contains_key(*tag)).cloned());
        let is_signed = |digest: &String| repository.referrers.values().any(|of| of == digest);
        let unsigned = released.iter().filter(|(version, _)| !repository.tags.get(version).is_some_and(is_signed));
        missed.extend(unsigned.map(|(version, _)| format!("the referrer of {version}")));
        // A tag that was lost is pushed again, so that the year goes on.
        for (tag, digest) in before {
            if !repository.tags.contains_key(&tag) && !tag.starts_with("aaaaaaaaaaaa-") {
                repository.push(today, &digest, &tag);
            }
        }
    }
    (missed, repository)
}

#[test]
fn in_a_year_nothing_goes_that_runs_or_that_a_rollback_could_need_and_all_else_does() {
    let (missed, repository) = missed_in_a_year(&policy(&["production".to_owned()].into()));
    assert_eq!(missed, BTreeSet::new());
    let mut needed: BTreeSet<&String> =
        repository.tags.iter().filter(|(tag, _)| !tag.starts_with("aaaaaaaaaaaa-")).map(|(_, digest)| digest).collect();
    needed.extend(repository.referrers.keys());
    let old = repository.pushed.iter().filter(|(_, day)| **day < 364 - DAYS).map(|(digest, _)| digest);
    let kept: BTreeSet<&String> = old.collect();
    assert!(kept.is_subset(&needed), "{:?}", kept.difference(&needed));
    assert!(repository.pushed.len() < 120, "{} images", repository.pushed.len());
}

#[test]
fn the_earlier_policy_and_the_one_of_the_specification_lose_some() {
    let (missed, _) = missed_in_a_year(&first_policy());
    for tag in ["latest.previous", "production", "1.3.0", "sha256-0068.sig", "the referrer of 1.3.0"] {
        assert!(missed.contains(tag), "{tag} of {missed:?}");
    }
    let (missed, _) = missed_in_a_year(&json!({ "rules": [expiry(1)] }));
    assert!(missed.contains("latest"), "{missed:?}");
}
