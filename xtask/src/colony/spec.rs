//! The build of a colony as a value, whoever builds. Pure.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::colony::DOCKERFILE;
use crate::docker::build_spec::{BuildSpec, Output, mount_namespace};
use crate::docker::name::ImageReference;
use crate::start_images::RUNTIME;
use crate::workspace::{Workspace, own_name};

/// What it is made of.
pub(super) struct Parts<'a> {
    pub(super) image: &'a ImageReference,
    /// The base as the builder finds it.
    pub(super) base: String,
    /// Image ID of the base, or its digest in the registry.
    pub(super) base_id: String,
    /// Reference of the image that the binaries run in.
    pub(super) runtime: String,
    pub(super) version: String,
    /// The folder of the staged sources.
    pub(super) context: PathBuf,
    pub(super) labels: BTreeMap<String, String>,
}

impl Parts<'_> {
    pub(super) fn spec(self, workspace: &Workspace, builder: String) -> BuildSpec {
        BuildSpec {
            name: self.image.to_string(),
            dockerfile: DOCKERFILE,
            builder,
            output: Output::Engine,
            contexts: [("source", self.context)].into(),
            build_args: [
                ("BASE_ID", own_name::mount_key(&self.base_id).to_owned()),
                ("BASE_IMAGE", self.base),
                (RUNTIME.variable, self.runtime),
                ("BUILD_VERSION", self.version),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .chain(workspace.build_env.clone())
            .chain(mount_namespace())
            .collect(),
            labels: self.labels,
            secrets: [].into(),
            ssh: false,
            crates: Some(workspace.members.len()),
            target: None,
            anew: &[],
            cache: None,
        }
    }
}
