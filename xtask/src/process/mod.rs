//! Starting programs: `invocation.rs` is a call as a value, `runner.rs` the only place that starts one, `child.rs` waits for
//! it, `detach.rs` and `replace.rs` start those that outlive us, `complete.rs` what an interruption may not cut short, `interrupt.rs` is Ctrl-C, `secret.rs` what nobody may see,
//! `last_lines.rs` the end of what they printed.

mod child;
mod complete;
mod detach;
pub(crate) mod interrupt;
pub(crate) mod invocation;
pub(crate) mod last_lines;
mod replace;
pub(crate) mod runner;
pub(crate) mod secret;
pub(crate) mod threads;
