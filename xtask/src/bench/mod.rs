//! The benchmark: the same edits built by the usual ways and by ours, in one run on one machine.
//!
//! Every alternative has its own copy of the workspace, its own image names and its own cache mounts, so the user's
//! tree and images stay as they are. The command itself is `commands/bench.rs`.

pub(crate) mod args;
pub(crate) mod chart;
pub(crate) mod contender;
pub(crate) mod course;
mod dockerfiles;
pub(crate) mod edits;
mod limit;
pub(crate) mod machine;
mod ours;
pub(crate) mod outcome;
pub(crate) mod record;
pub(crate) mod tables;
pub(crate) mod traces;
pub(crate) mod updates;
mod verdicts;
pub(crate) mod workspace_copy;

/// The beginning of every name that the benchmark gives to an image, a container or a cache mount.
pub(crate) const PREFIX: &str = "distributed-colony-bench";
