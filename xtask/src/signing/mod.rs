//! Signatures of pushed images, which Cosign makes and checks: `signer.rs` signs what a build pushed.
//!
//! `key.rs` is a key as people name it, `identity.rs` who signs without one, `flags.rs` what cosign 2 and 3 are given,
//! `words.rs` what their words mean, `cosign.rs` the verbs that we use. Passwords and private keys go to cosign by its own
//! environment and files; nothing here holds one, and no argument, log or record gets one.

pub(crate) mod cosign;
pub(crate) mod flags;
pub(crate) mod identity;
pub(crate) mod key;
pub(crate) mod signer;
mod words;
