//! A builder of another driver than the engine's own, and a registry that it reaches.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ecr_world::{DESCRIBE_IMAGES, DIGEST, HOST, has_image};
use crate::support::{Fixture, current_base};
use crate::workspace::Workspace;

/// Each driver of buildx but the engine's own.
pub(crate) const DRIVERS: [&str; 3] = ["docker-container", "kubernetes", "remote"];

/// The question for the driver of a builder.
pub(crate) const BUILDER: [&str; 4] = ["docker", "buildx", "inspect", "far"];

/// What the builder made: another digest than that of the base.
pub(crate) const MADE: &str = "sha256:7777777777777777777777777777777777777777777777777777777777777777";

/// What a look at an image in a registry begins with.
pub(crate) const LOOK_AT: [&str; 6] = ["docker", "buildx", "imagetools", "inspect", "--format", "{{json .Image}}"];

/// The base in the registry, by its digest.
pub(crate) fn base_there() -> String {
    format!("{HOST}/distributed-colony-base@{DIGEST}")
}

/// An image in a registry as buildx tells of it.
pub(crate) fn config(labels: &BTreeMap<String, String>, version: &str) -> Answer {
    let variables = [format!("BUILD_VERSION={version}")];
    let image = json!({ "os": "linux", "architecture": "amd64", "config": { "Labels": labels, "Env": variables } });
    Answer::stdout(image.to_string())
}

/// `batch-get-image` has one manifest, with two layers of 5 bytes together.
pub(crate) fn manifest() -> Answer {
    let text = json!({ "config": { "digest": "sha256:c" }, "layers": [{ "size": 2 }, { "size": 3 }] }).to_string();
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let image = json!({
        "imageId": { "imageDigest": MADE }, "imageManifest": text, "imageManifestMediaType": media_type
    });
    Answer::stdout(json!({ "images": [image], "failures": [] }).to_string())
}

impl<'a> Fixture<'a> {
    /// A builder `far` of that driver, and an account whose registry takes what it makes.
    pub(crate) fn with_far(self, driver: &str) -> Self {
        let by_digest = format!("imageDigest={MADE}");
        self.in_aws()
            .background(BUILDER, Answer::stdout(format!("Name: far\nDriver: {driver}\n")))
            .at_digest(&by_digest)
    }

    fn at_digest(self, wish: &str) -> Self {
        let [name, ids] = ["--repository-name", "--image-ids"];
        let of = |repository| ["aws", "ecr", "batch-get-image", name, repository, ids, wish];
        let builds = Answer::builds(MADE);
        self.background(of("distributed-colony"), manifest())
            .background(of("distributed-colony-base"), manifest())
            .background(["docker", "buildx", "build"], builds)
    }

    /// The registry has the base of this workspace.
    pub(crate) fn base_in_registry(self, workspace: &Workspace) -> Self {
        let [docker, buildx, imagetools, inspect, format, template] = LOOK_AT;
        let reference = base_there();
        self.background(DESCRIBE_IMAGES, has_image()).background(
            [docker, buildx, imagetools, inspect, format, template, &reference],
            config(current_base(workspace).own_labels(), ""),
        )
    }
}

/// `build-base` there.
pub(crate) fn far_base<'a>(workspace: &'a Workspace, driver: &str) -> Fixture<'a> {
    Fixture::new(workspace).with_far(driver).xtask(["build-base", "--builder=far"])
}

/// `build-colony` there, whose base the registry has.
pub(crate) fn far_colony<'a>(workspace: &'a Workspace, driver: &str) -> Fixture<'a> {
    let fixture = Fixture::new(workspace).with_far(driver).base_in_registry(workspace);
    fixture.background(LOOK_AT, Answer::fails(1, "ERROR: {last}: not found")).xtask(["build-colony", "--builder=far"])
}

/// The one line of JSON that a run printed.
pub(crate) fn record(stdout: &str) -> Value {
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    serde_json::from_str(stdout).expect("JSON")
}
