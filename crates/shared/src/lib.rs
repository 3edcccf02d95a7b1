//! What the programs of the colony agree on: the pure rules of the world, the messages they exchange, the settings
//! they read, and (with the feature `service`) the frame in which both services run.

#[cfg(feature = "service")]
pub mod client;
#[cfg(feature = "service")]
pub mod health;
pub mod noise;
#[cfg(feature = "service")]
pub mod service;
pub mod settings;
pub mod step;
pub mod wire;
pub mod world;
