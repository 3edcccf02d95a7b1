//! Releases, promotes and rollbacks in a real registry, by the real aws CLI: a tag moves and the digest stays.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::aws::deploy::Deploy;
use crate::engine::{self, docker};
use crate::marks;

const REPOSITORY: &str = "distributed-colony-e2e";

/// What the registry itself says that a tag means.
fn digest(deploy: &Deploy, tag: &str) -> String {
    deploy.digest(&format!("{REPOSITORY}:{tag}"))
}

/// Builds and pushes a version of changed sources, and returns its digest. The change is one that the binaries show: what
/// holds and does the same counts as the same version.
fn release(deploy: &Deploy, version: &str) -> String {
    deploy.fixture.mark("shared", version);
    deploy.xtask(&["build-colony", "--version-tag", version]).exits(0).has_row("version", version);
    digest(deploy, version)
}

fn images(deploy: &Deploy) -> Vec<Value> {
    let outcome = deploy.xtask(&["images", "--json"]);
    outcome.exits(0);
    let told: Value = serde_json::from_str(&outcome.0.stdout).expect("one line of JSON");
    told["images"].as_array().expect("a list").clone()
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_release_is_promoted_and_rolled_back_by_its_digest() {
    let deploy = Deploy::new();
    marks::install(&deploy.fixture.copy);
    deploy.fixture.build_base();
    let colony = deploy.fixture.colony();
    let (remote, latest) = deploy.remote(&colony);
    let mean = |tags: &[&str], expected: &str| {
        for tag in tags {
            assert_eq!(digest(&deploy, tag), expected, "{tag}");
        }
    };

    let one = release(&deploy, "1.0.0");
    mean(&["1.0", "1", latest], &one);
    let two = release(&deploy, "1.0.1");
    assert_ne!(one, two);
    mean(&["1.0", "1", latest], &two);
    mean(&["1.0.0", &format!("{latest}.previous"), "1.0.previous"], &one);
    let record = deploy.record("colony");
    assert_eq!(record["moved"][2], json!({ "tag": latest, "from": one }), "{record:#}");

    let refused = deploy.xtask(&["build-colony", "--version-tag", "1.0.0"]);
    refused.exits(1).says("the version 1.0.0 is there with other content").never_says("push 1.0");
    mean(&["1.0.0"], &one);

    for (expected, before) in [(&one, &two), (&two, &one)] {
        deploy.xtask(&["rollback", latest]).exits(0).prints(&format!("{remote}@{expected}"));
        mean(&[latest], expected);
        mean(&[&format!("{latest}.previous")], before);
    }
    deploy.xtask(&["promote", "1.0.0", "--to", "production"]).exits(0).prints(&format!("{remote}@{one}"));
    mean(&["production", "1.0.0"], &one);

    let held: Vec<Value> =
        images(&deploy).iter().map(|image| json!([image["digest"], image["version"], image["signed"]])).collect();
    assert_eq!(held, [json!([two, "1.0.1", false]), json!([one, "1.0.0", false])]);
    what_would_expire_is_what_bears_no_lasting_name(&deploy);
}

/// As a job whose runner went away after the version was pushed, and that is run again on another one.
#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_release_is_gone_on_with_by_a_machine_that_has_nothing_of_it() {
    let deploy = Deploy::new();
    marks::install(&deploy.fixture.copy);
    deploy.fixture.build_base();
    let colony = deploy.fixture.colony();
    let (remote, latest) = deploy.remote(&colony);
    let released = release(&deploy, "1.0.0");
    let made = engine::image_id(&colony).expect("just built");

    let names = docker(["image", "inspect", "--format", "{{range .RepoTags}}{{println .}}{{end}}", &made]);
    for name in names.lines().filter(|name| !name.is_empty()) {
        docker(["image", "rm", name]);
    }
    assert_eq!(engine::image(&made), None, "the image is still here, and would be pushed again");
    // The clock of another machine: BuildKit's cache would give the very same image.
    let again = deploy.xtask_with(&["build-colony", "--version-tag", "1.0.0"], &[("SOURCE_DATE_EPOCH", "1000000000")]);
    again.exits(0).prints(&format!("{remote}@{released}")).says("is there with the same content under another time");
    assert_ne!(engine::image_id(&colony), Some(made), "the very same image would have been success before");
    for tag in ["1.0.0", "1.0", "1", latest] {
        assert_eq!(digest(&deploy, tag), released, "{tag}");
    }
    // What stands here now is another one, and success again.
    deploy.xtask(&["build-colony", "--version-tag", "1.0.0"]).exits(0).prints(&format!("{remote}@{released}"));
}

/// The same layers under a manifest that is written otherwise: another image, which nobody moved a tag to.
fn what_would_expire_is_what_bears_no_lasting_name(deploy: &Deploy) {
    let of = ["--repository-name", REPOSITORY];
    let ask = ["ecr", "batch-get-image", "--image-ids", "imageTag=1.0.0"];
    let image = &deploy.lab.aws(&[&ask[..], &of].concat())["images"][0];
    let text = |key: &str| image[key].as_str().expect("a text").to_owned();
    let (manifest, kind) = (text("imageManifest") + "\n", text("imageManifestMediaType"));
    let put = ["ecr", "put-image", "--image-tag", "ffffffffffff-0123456789ab", "--image-manifest", &manifest];
    let put = deploy.lab.aws(&[&put[..], &["--image-manifest-media-type", &kind], &of].concat());
    let other = put["image"]["imageId"]["imageDigest"].as_str().expect("a digest");

    deploy.lab.age(SystemTime::now() - Duration::from_secs(40 * 24 * 60 * 60));
    let preview = deploy.xtask(&["setup-ecr", "--preview"]);
    preview.exits(0).says("the repository distributed-colony-e2e-base is not there yet\n");
    let lines: Vec<&str> = preview.0.stdout.lines().collect();
    assert!(lines.len() == 1 && lines[0].contains(other), "{other} of {lines:?}");
}
