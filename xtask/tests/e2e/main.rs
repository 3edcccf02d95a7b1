//! The real xtask binary against a real Docker engine, on copies of this workspace: base and colony are built, run and
//! looked into, and the colony is always its source.
//!
//! Every test is ignored unless asked for (`cargo xtask ci` asks), and fails where no engine answers. They share the
//! engine's one builder, so they run one after the other:
//!
//! ```sh
//! cargo test --package xtask --test e2e -- --include-ignored --test-threads=1
//! ```
//!
//! `E2E_STORE=classic` or `E2E_STORE=containerd` says where that engine has to keep its images. If the one at hand does
//! not, a second one is started beside it for as long as the tests run, which takes Linux, root, and `dockerd`.

mod aws;
mod base;
mod busybox;
mod cached_base;
mod chef;
mod clean;
mod compose;
mod copy;
mod edits;
mod engine;
mod every_shape;
mod fixture;
mod flags;
mod git_sources;
mod image;
mod kept_sources;
mod killed;
mod layout;
mod leftovers;
mod marks;
mod outcome;
mod process;
mod profile;
mod property;
mod published;
mod random;
mod regressions;
mod second_engine;
mod seeded_base;
mod services;
#[path = "../shape/mod.rs"]
mod shape;
mod shapes;
mod states;
mod store;
mod table;
#[path = "../cli/temp_dir.rs"]
mod temp_dir;
mod tools;
mod unchanged;
mod watch;
