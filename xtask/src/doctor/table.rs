//! The checks as people and as programs read them, and what follows from them.

use serde_json::{Value, json};

use crate::doctor::{Check, State};
use crate::failure::Failure;
use crate::report::Report;

/// One line for each check that is met, two (why and cure) for each that is not.
pub(crate) fn print(report: &Report, checks: &[Check]) {
    for check in checks {
        let lines = lines(check);
        match &check.state {
            State::Met(_) => report.info(lines),
            State::Missing { .. } if check.subject.only_for_pushes() => report.warning(lines),
            State::Missing { .. } => report.error(lines),
        }
    }
}

fn lines(check: &Check) -> String {
    let name = check.subject.name();
    match &check.state {
        State::Met(detail) => format!("{name:15}  ok       {detail}"),
        State::Missing { why, cure } => {
            let needed = if check.subject.only_for_pushes() { " (only pushes need it)" } else { "" };
            format!("{name:15}  missing  {why}{needed}\n{:15}  cure     {cure}", "")
        }
    }
}

/// One object: `ok` (all that builds need is met) and a list of checks.
pub(crate) fn to_json(checks: &[Check]) -> Value {
    let rows: Vec<Value> = checks.iter().map(row).collect();
    json!({ "ok": unmet(checks).next().is_none(), "checks": rows })
}

fn row(check: &Check) -> Value {
    let (name, needed) = (check.subject.name(), if check.subject.only_for_pushes() { "pushes" } else { "builds" });
    match &check.state {
        State::Met(detail) => json!({ "name": name, "needed_for": needed, "state": "ok", "detail": detail }),
        State::Missing { why, cure } => {
            json!({ "name": name, "needed_for": needed, "state": "missing", "why": why, "cure": cure })
        }
    }
}

/// Fails when something that builds need is missing, naming all of it.
pub(crate) fn verdict(checks: &[Check]) -> Result<(), Failure> {
    let names: Vec<&str> = unmet(checks).map(|check| check.subject.name()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let verb = if names.len() == 1 { "is" } else { "are" };
    Err(Failure::precondition(format!("{} {verb} missing", names.join(", "))))
}

/// A [`verdict`] for those who have not seen the table: each missing thing with its reason and its cure.
pub(crate) fn verdict_with_cures(checks: &[Check]) -> Result<(), Failure> {
    verdict(checks).map_err(|failure| {
        unmet(checks).fold(failure, |failure, check| match &check.state {
            State::Met(_) => failure,
            State::Missing { why, cure } => {
                failure.hint(format!("{}: {why}", check.subject.name())).hint(format!("  cure: {cure}"))
            }
        })
    })
}

fn unmet(checks: &[Check]) -> impl Iterator<Item = &Check> {
    checks.iter().filter(|check| !check.is_met() && !check.subject.only_for_pushes())
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
    fn all_that_is_missing_is_told_at_once() {
        let failure = verdict_with_cures(&checks()).expect_err("two are missing");
        assert_eq!(failure.message, "docker engine, docker buildx are missing");
        assert_eq!(
            failure.hints,
            ["docker engine: it is down", "  cure: start it", "docker buildx: no plugin", "  cure: install it"]
        );
    }

    #[test]
    fn what_only_pushes_need_does_not_fail_a_build() {
        assert!(verdict(&[Check::missing(Subject::Aws, "no `aws`", "get it")]).is_ok());
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
