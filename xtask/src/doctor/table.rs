//! The checks as people and as programs read them, and what follows from them.

use serde_json::{Value, json};

use crate::doctor::{Check, State};
use crate::failure::Failure;

/// One line for each check that is met, two (why and cure) for each that is not; a note stands below.
pub(crate) fn to_text(checks: &[Check]) -> String {
    checks.iter().map(lines).collect::<Vec<_>>().join("\n")
}

fn lines(check: &Check) -> String {
    let name = check.subject.name();
    let note = check.note.map(|note| format!("\n{:15}  note     {note}", "")).unwrap_or_default();
    match &check.state {
        State::Met(detail) => format!("{name:15}  ok       {detail}{note}"),
        State::Missing { why, cure } => {
            let needed = check.subject.only_for().map(|what| format!(" (only {what} need it)")).unwrap_or_default();
            format!("{name:15}  missing  {why}{needed}\n{:15}  cure     {cure}{note}", "")
        }
    }
}

/// One object: `ok` (all that builds need is met) and a list of checks.
pub(crate) fn to_json(checks: &[Check]) -> Value {
    let rows: Vec<Value> = checks.iter().map(row).collect();
    json!({ "ok": unmet(checks).next().is_none(), "checks": rows })
}

fn row(check: &Check) -> Value {
    let (name, needed) = (check.subject.name(), check.subject.only_for().unwrap_or("builds"));
    let mut row = match &check.state {
        State::Met(detail) => json!({ "name": name, "needed_for": needed, "state": "ok", "detail": detail }),
        State::Missing { why, cure } => {
            json!({ "name": name, "needed_for": needed, "state": "missing", "why": why, "cure": cure })
        }
    };
    if let Some(note) = check.note {
        row["note"] = note.into();
    }
    row
}

/// Fails when something that builds need is missing, for those who have seen the table.
pub(crate) fn verdict(checks: &[Check]) -> Result<(), Failure> {
    not_met(&unmet(checks).collect::<Vec<_>>())
}

/// Fails when any of these is missing: all of them at once, each with its reason and its cure.
pub(crate) fn demand(checks: &[Check]) -> Result<(), Failure> {
    let unmet: Vec<&Check> = checks.iter().filter(|check| !check.is_met()).collect();
    not_met(&unmet).map_err(|failure| {
        unmet.iter().fold(failure, |failure, check| match &check.state {
            State::Met(_) => failure,
            State::Missing { why, cure } => {
                failure.hint(format!("{}: {why}", check.subject.name())).hint(format!("  cure: {cure}"))
            }
        })
    })
}

fn not_met(checks: &[&Check]) -> Result<(), Failure> {
    if checks.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = checks.iter().map(|check| check.subject.name()).collect();
    Err(Failure::precondition(format!("prerequisites not met: {}", names.join(", "))))
}

fn unmet(checks: &[Check]) -> impl Iterator<Item = &Check> {
    checks.iter().filter(|check| !check.is_met() && check.subject.only_for().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Subject;

    fn checks() -> Vec<Check> {
        vec![
            Check::met(Subject::Client, "28.2.2"),
            Check::missing(Subject::Engine, "it is down", "start it"),
            Check::missing(Subject::Buildx, "no plugin", "install it"),
            Check::missing(Subject::Aws, "no `aws`", "get it"),
        ]
    }

    #[test]
    fn a_missing_thing_stands_above_its_cure() {
        assert_eq!(lines(&checks()[0]), "docker client    ok       28.2.2");
        assert_eq!(lines(&checks()[1]), "docker engine    missing  it is down\n                 cure     start it");
        assert!(lines(&checks()[3]).contains("(only pushes need it)"));
    }

    #[test]
    fn a_note_stands_below_and_changes_no_verdict() {
        let noted = Check::met(Subject::Builder, "default").with_note(Some("mind the gap"));
        assert_eq!(lines(&noted), "builder          ok       default\n                 note     mind the gap");
        assert_eq!(row(&noted)["note"], "mind the gap");
        assert!(verdict(&[noted]).is_ok());
        assert!(row(&checks()[0])["note"].is_null());
    }

    #[test]
    fn all_that_is_missing_is_told_at_once() {
        let failure = demand(&checks()).expect_err("three are missing");
        assert_eq!(failure.message, "prerequisites not met: docker engine, docker buildx, aws cli");
        assert_eq!(
            failure.hints[..4],
            ["docker engine: it is down", "  cure: start it", "docker buildx: no plugin", "  cure: install it"]
        );
    }

    #[test]
    fn what_only_pushes_need_fails_a_push_and_nothing_else() {
        let without_aws = [Check::missing(Subject::Aws, "no `aws`", "get it")];
        assert!(verdict(&without_aws).is_ok());
        assert!(demand(&without_aws).is_err());
    }

    #[test]
    fn programs_read_the_same_table() {
        let table = to_json(&checks());
        assert_eq!(table["ok"], false);
        assert_eq!(table["checks"][1]["cure"], "start it");
        assert_eq!(table["checks"][3]["needed_for"], "pushes");
        assert_eq!(to_json(&checks()[..1])["ok"], true);
    }
}
