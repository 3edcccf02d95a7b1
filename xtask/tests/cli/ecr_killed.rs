//! A run that is killed between any two calls, and the one after it, which completes what is missing.

use std::collections::BTreeSet;

use crate::ecr_world::{
    CREATE, DIGEST, GET_POLICY, HOST, PUSH, PUT_POLICY, colony_on, has_policy, no_policy, policy, pushed, says,
};
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{Fixture, current_base};
use crate::workspace::Workspace;

const URI: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/distributed-colony";

/// What AWS and the registry have after the runs so far.
#[derive(Debug, Default)]
struct State {
    repository: bool,
    policy: bool,
    tags: BTreeSet<String>,
}

impl State {
    /// The tools answer as this state wants it.
    fn fixture<'a>(&self, workspace: &'a Workspace, base: &Image) -> Fixture<'a> {
        let mut fixture = colony_on(workspace, base);
        if !self.repository {
            fixture = fixture.without_repositories();
        }
        let policy = if self.policy { has_policy(&policy()) } else { says(1, &no_policy()) };
        fixture = fixture.background(GET_POLICY, policy);
        // An engine that has pushed an image knows it and asks the registry before the next push.
        if !self.tags.is_empty() {
            fixture = fixture.built(&pushed("distributed-colony"));
        }
        for reference in &self.tags {
            fixture = fixture.registry_has(reference);
        }
        fixture
    }

    fn take_over(&mut self, outcome: &Outcome) {
        self.repository |= !outcome.calls_to(&CREATE).is_empty();
        self.policy |= !outcome.calls_to(&PUT_POLICY).is_empty();
        self.tags.extend(outcome.pushes().iter().map(|reference| (*reference).to_owned()));
    }
}

#[test]
fn the_next_run_completes_whatever_is_missing() {
    assert_eq!(URI, format!("{HOST}/distributed-colony"));
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let mut calls = 1;
    loop {
        let mut state = State::default();
        let killed = state.fixture(&workspace, &base).killed_at(calls);
        if killed.ended_by_itself() {
            killed.exits(0);
            break;
        }
        state.take_over(&killed);
        let next = state.fixture(&workspace, &base).run();
        next.exits(0).prints(&format!("{URI}@{DIGEST}\n"));
        // What is there already is not made again.
        assert!(!state.repository || next.calls_to(&CREATE).is_empty(), "created twice, killed at call {calls}");
        assert!(!state.policy || next.calls_to(&PUT_POLICY).is_empty(), "set twice, killed at call {calls}");
        assert!(next.pushes().iter().all(|tag| !state.tags.contains(*tag)), "pushed twice, killed at call {calls}");
        state.take_over(&next);
        assert!(state.repository && state.policy && state.tags.len() == 2, "killed at call {calls}: {state:?}");
        assert_eq!(next.calls_to(&PUSH).len() + killed.calls_to(&PUSH).len(), 2);
        calls += 1;
    }
    assert!(calls > 15, "only {calls} calls were cut");
}
