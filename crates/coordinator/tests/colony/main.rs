//! The colony as its users run it: real processes that speak over the loopback interface.

mod command_line;
mod failures;
mod health;
mod processes;
mod signals;
mod worlds;
