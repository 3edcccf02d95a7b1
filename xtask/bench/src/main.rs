//! `cargo xtask bench`: the same edits built by the usual ways and by ours, in one run on one machine.
//!
//! Every alternative has its own copy of the workspace, its own image names and its own cache mounts, so the user's
//! tree and images stay as they are.

mod args;
mod chart;
mod clock;
mod compiled;
mod contender;
mod course;
mod docker;
mod dockerfiles;
mod edits;
mod limit;
mod machine;
mod ours;
mod outcome;
mod process;
mod record;
mod report;
mod run;
mod sizes;
mod tables;
mod traces;
mod updates;
mod verdicts;
mod workspace_copy;

use std::process::ExitCode;

use clap::Parser;

use crate::process::Stop;

/// The beginning of every name that the benchmark gives to an image, a container or a cache mount.
const PREFIX: &str = "distributed-colony-bench";

fn main() -> ExitCode {
    let args = args::Bench::parse();
    let Err(error) = process::catch_signals().and_then(|()| args.run()) else {
        return ExitCode::SUCCESS;
    };
    report::error(format!("{error:#}"));
    let stop = error.chain().find_map(|cause| cause.downcast_ref::<Stop>());
    if let Some(Stop::Precondition(_)) = stop {
        report::info("See what is missing, and how to mend it: cargo xtask doctor");
    }
    ExitCode::from(stop.map_or(1, Stop::code))
}
