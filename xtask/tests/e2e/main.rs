//! The real xtask binary against a real Docker engine, on copies of this workspace: base and colony are built, run and
//! looked into, and the colony is always its source.
//!
//! Every test is ignored unless asked for (`cargo xtask ci` asks), and fails where no engine answers. They share the
//! engine's one builder, so they run one after the other:
//!
//! ```sh
//! cargo test --package xtask --test e2e -- --include-ignored --test-threads=1
//! ```

mod aws;
mod base;
mod cached_base;
mod copy;
mod edits;
mod engine;
mod fixture;
mod flags;
mod image;
mod killed;
mod leftovers;
mod marks;
mod outcome;
mod process;
mod property;
mod random;
mod regressions;
mod services;
mod shapes;
mod states;
#[path = "../cli/temp_dir.rs"]
mod temp_dir;
mod unchanged;
