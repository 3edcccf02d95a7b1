//! The real xtask binary on small temporary workspaces, with compiled fakes in place of the tools that it calls.
//! Needs nothing but Rust: no docker, no network.

mod answer;
mod build_base;
mod build_colony;
mod build_version;
mod check_base;
mod doctor;
mod dry_run;
mod ecr_credentials;
mod ecr_killed;
mod ecr_push;
mod ecr_record;
mod ecr_refusals;
mod ecr_settings;
mod ecr_setup;
mod ecr_signals;
mod ecr_steps;
mod ecr_world;
mod edits_that_do_not_count;
mod edits_that_make_stale;
mod failures;
mod help;
mod image;
mod leak;
mod outcome;
mod output;
mod readme;
mod registry;
mod stand_ins;
mod support;
mod temp_dir;
mod tidy;
mod workspace;
