//! The way into ECR with the real aws CLI: moto plays STS and ECR, Debian's docker-registry plays the registry behind
//! it, with a password, and `ecr/` tells aws of the images that docker pushed there. All listen on 127.0.0.1 only, on
//! ports that the system chooses.

mod deploy;
mod failures;
mod lab;
mod pull_base;
mod push;
mod registry;
mod registry_cache;
mod release;
mod runner;
mod scripts;
mod service;
mod setup;
mod signed;
mod two_machines;
mod workflow;
