//! The real xtask binary on small temporary workspaces, with compiled fakes in place of the tools that it calls.
//! Needs nothing but Rust: no docker, no network.

mod answer;
mod build_base;
mod build_colony;
mod build_version;
mod check_base;
mod doctor;
mod dry_run;
mod edits_that_do_not_count;
mod edits_that_make_stale;
mod failures;
mod help;
mod image;
mod outcome;
mod output;
mod readme;
mod registry;
mod stand_ins;
mod support;
mod temp_dir;
mod tidy;
mod workspace;
