//! Which states of the sources are built in which order. Pure.

use crate::args::Case;

/// A state of the sources. Equal states have equal files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The mark in the backend's sources.
    pub(crate) leaf: u64,
    /// The mark in the shared library's sources.
    pub(crate) shared: u64,
    /// The last part of the members' version; `None` is the version that the workspace has.
    pub(crate) patch: Option<u64>,
    /// Which lock file: 0 is the workspace's own.
    pub(crate) lock: usize,
    /// How many dependencies of the binaries have another version than there.
    pub(crate) updates: usize,
}

/// One measured build of every alternative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) case: Case,
    /// From 1.
    pub(crate) round: u16,
    /// Built first, without being measured.
    pub(crate) detour: Option<State>,
    pub(crate) target: State,
}

/// The state that is built before anything is measured. `mark` has to differ from run to run, since BuildKit would
/// answer from its layers of an earlier run.
pub(crate) fn start(mark: u64) -> State {
    State { leaf: mark, shared: mark, patch: None, lock: 0, updates: 0 }
}

/// All steps of all rounds; each begins where the one before it ended. Round N has lock file N. Updates of dependencies
/// come when all else is done: cargo alone could build nothing after one.
pub(crate) fn plan(start: State, rounds: u16, cases: &[Case]) -> Vec<Step> {
    let mut mark = start.leaf;
    let mut steps = Vec::new();
    let (mut now, mut before_edit) = (start, None);
    for is_last in [false, true] {
        let cases = cases.iter().filter(|case| (**case == Case::DependencyUpdate) == is_last);
        for (round, &case) in (1..=rounds).flat_map(|round| cases.clone().map(move |case| (round, case))) {
            mark += 1;
            let mut detour = None;
            let target = match case {
                Case::Leaf => State { leaf: mark, ..now },
                Case::Undone => {
                    // Straight after the edit it undoes that one; alone it makes one to undo.
                    let edit = State { leaf: mark, ..now };
                    before_edit.unwrap_or_else(|| {
                        detour = Some(edit);
                        now
                    })
                }
                Case::Shared => State { shared: mark, ..now },
                Case::Unchanged => now,
                Case::GuiDependency => State { lock: usize::from(round), ..now },
                Case::VersionBump => State { patch: Some(mark), ..now },
                Case::DependencyUpdate => State { updates: usize::from(round), ..now },
            };
            before_edit = (case == Case::Leaf).then_some(now);
            now = target;
            steps.push(Step { case, round, detour, target });
        }
    }
    steps
}

/// The order of `all` in step number `index`: rotated, so that nobody always comes first or after the same other one.
pub(crate) fn rotated<T: Copy>(all: &[T], index: usize) -> Vec<T> {
    let mut order = all.to_vec();
    order.rotate_left(index % all.len().max(1));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undo_after_an_edit_goes_back_to_the_state_before_it() {
        let steps = plan(start(100), 1, &[Case::Leaf, Case::Undone]);
        assert_eq!(steps[0].target, State { leaf: 101, ..start(100) });
        assert_eq!((steps[1].detour, steps[1].target), (None, start(100)));
    }

    #[test]
    fn an_undo_alone_first_builds_an_edit_that_is_not_measured() {
        let steps = plan(start(100), 1, &[Case::Undone]);
        assert_eq!((steps[0].detour, steps[0].target), (Some(State { leaf: 101, ..start(100) }), start(100)));
    }

    #[test]
    fn an_undo_after_another_case_undoes_an_edit_of_its_own() {
        let steps = plan(start(100), 1, &[Case::Leaf, Case::Shared, Case::Undone]);
        let now = State { leaf: 101, shared: 102, ..start(100) };
        assert_eq!((steps[2].detour, steps[2].target), (Some(State { leaf: 103, ..now }), now));
    }

    #[test]
    fn every_round_has_marks_a_version_and_a_lock_file_of_its_own() {
        let steps = plan(start(100), 2, &[Case::Shared, Case::GuiDependency, Case::VersionBump]);
        let states: Vec<State> = steps.iter().map(|step| step.target).collect();
        let distinct: std::collections::BTreeSet<_> =
            states.iter().map(|state| (state.shared, state.lock, state.patch)).collect();
        assert_eq!(distinct.len(), states.len(), "{states:?}");
        assert_eq!(states[5], State { leaf: 100, shared: 104, patch: Some(106), lock: 2, updates: 0 });
    }

    #[test]
    fn each_round_updates_one_more_dependency_when_all_else_is_done() {
        let steps = plan(start(100), 2, &[Case::Leaf, Case::DependencyUpdate]);
        let order: Vec<_> = steps.iter().map(|step| (step.case, step.round, step.target.updates)).collect();
        let (leaf, update) = (Case::Leaf, Case::DependencyUpdate);
        assert_eq!(order, [(leaf, 1, 0), (leaf, 2, 0), (update, 1, 1), (update, 2, 2)]);
    }

    #[test]
    fn nothing_changes_where_nothing_is_to_change() {
        let steps = plan(start(100), 1, &[Case::Unchanged]);
        assert_eq!((steps[0].detour, steps[0].target), (None, start(100)));
    }

    #[test]
    fn the_order_is_rotated_from_step_to_step() {
        assert_eq!(rotated(&[1, 2, 3], 0), [1, 2, 3]);
        assert_eq!(rotated(&[1, 2, 3], 4), [2, 3, 1]);
    }
}
