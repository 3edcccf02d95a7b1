//! What GitHub Actions needs of this workspace: the workflow (`workflow.rs`, of the steps in `steps.rs`), and the IAM roles
//! that it takes (`role.rs`). Texts alone, which follow from the table. Pure.

pub(crate) mod branch;
pub(crate) mod called;
pub(crate) mod repository;
pub(crate) mod role;
mod steps;
pub(crate) mod workflow;

#[cfg(test)]
mod tests;
