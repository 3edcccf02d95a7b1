//! Writing folders that builds read: `tree.rs` writes a tree of files, `states.rs` keeps such trees in folders that are
//! named by their content, so that runs at the same time never get in each other's way.

pub(crate) mod digests;
pub(crate) mod own_folder;
pub(crate) mod states;
pub(crate) mod tree;
