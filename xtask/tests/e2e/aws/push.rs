//! The colony from its sources to containers that run what the registry holds.

use crate::aws::deploy::Deploy;
use crate::aws::lab::PASSWORD;
use crate::aws::{registry, setup};
use crate::engine::{self, docker};
use crate::services;

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_colony_is_pushed_once_and_an_edit_makes_another_beside_it() {
    let deploy = Deploy::new();
    deploy.fixture.build_base();
    let colony = deploy.fixture.colony();
    let (remote, tag) = deploy.remote(&colony);

    let first = deploy.xtask(&["build-colony"]);
    first.exits(0).never_says(PASSWORD);
    let digest = deploy.digest(&colony);
    first
        .prints(&format!("{remote}@{digest}"))
        .has_row("pushed", &format!("{remote}:{tag}"))
        .has_row("digest", &digest)
        .says("Remember to deploy the CDK stack");
    assert!(registry::is_locked(deploy.lab.registry.port), "the registry lets everybody in");
    setup::is_as_specified(&deploy.lab, "distributed-colony-e2e");
    let record = deploy.record("colony");
    assert_eq!((&record["digest"], &record["sent"]), (&digest.clone().into(), &true.into()), "{record}");
    let permanent = permanent(&record);
    assert_eq!(deploy.digest(&permanent), digest);

    deploy.shows_no_password();

    let second = deploy.xtask(&["build-colony"]);
    second
        .exits(0)
        .prints(&format!("{remote}@{digest}"))
        .has_row("pushed", &format!("{remote}:{tag} (ECR holds it already)"))
        .never_says("set the lifecycle policy")
        .never_says("created the repository");
    assert_eq!(deploy.record("colony")["sent"], false);
    assert_eq!(deploy.digest(&colony), digest);

    pasted_lines_leave_nothing_to_do(&deploy);

    let line = "\n/// One more line.\npub const LINE: u8 = 1;\n";
    deploy.fixture.copy.append("crates/shared/src/lib.rs", line);
    deploy.xtask(&["build-colony"]).exits(0);
    let edited = deploy.digest(&colony);
    assert_ne!(edited, digest);
    let other = self::permanent(&deploy.record("colony"));
    assert_eq!([deploy.digest(&permanent), deploy.digest(&other)], [digest, edited]);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn what_is_pulled_by_digest_runs_as_the_user_data_of_the_instances_starts_it() {
    let deploy = Deploy::new();
    deploy.fixture.build_base();
    let colony = deploy.fixture.colony();
    let (remote, tag) = deploy.remote(&colony);
    deploy.xtask(&["build-colony"]).exits(0);
    let record = deploy.record("colony");
    let pinned = format!("{remote}@{}", deploy.digest(&colony));
    let id = deploy.fixture.colony_id().expect("just built");
    for name in [&colony, &format!("{remote}:{tag}"), &format!("{}/{}", deploy.lab.host(), permanent(&record))] {
        docker(["image", "rm", name]);
    }
    assert_eq!(engine::image(&id), None, "the image is still here: a pull would prove nothing");

    deploy.docker(&["pull", "--quiet", &pinned]);
    let commands: [(&str, &[&str]); 2] = [
        ("8082", &["/usr/local/bin/backend", "0.0.0.0", "8082", "aws"]),
        ("8083", &["/usr/local/bin/coordinator", "aws"]),
    ];
    for (port, command) in commands {
        let publish = format!("127.0.0.1::{port}");
        let container = deploy.fixture.start_container_of(&pinned, &["--publish", &publish], command);
        let health = services::health(&container, port);
        assert_eq!(record["build_version"].as_str().map(|version| health.to_string().contains(version)), Some(true));
    }
}

/// What a dry run prints, pasted into a shell in another folder, does all that a run does: that finds the image built and
/// both tags in the registry.
fn pasted_lines_leave_nothing_to_do(deploy: &Deploy) {
    deploy.fixture.copy.append("crates/shared/src/lib.rs", "\n/// Pasted.\npub const PASTED: u8 = 1;\n");
    let printed = deploy.xtask(&["build-colony", "--dry-run"]);
    printed.exits(0);
    let cargo = format!(
        "cargo() {{ shift; CARGO_MANIFEST_DIR='{}' '{}' \"$@\"; }}",
        deploy.fixture.copy.root().join("xtask").display(),
        env!("CARGO_BIN_EXE_xtask")
    );
    deploy.paste(&format!("{cargo}\n{}", printed.stdout())).exits(0);
    let image = deploy.fixture.colony_id().expect("just built");
    deploy.xtask(&["build-colony"]).exits(0).has_row("image ID", &image);
    let record = deploy.record("colony");
    assert_eq!(record["sent"], false, "{record}");
    assert_eq!(deploy.digest(&permanent(&record)), deploy.digest(&deploy.fixture.colony()));
}

/// `repository:tag` of the tag that never moves.
#[track_caller]
fn permanent(record: &serde_json::Value) -> String {
    let reference = record["permanent"].as_str().unwrap_or_else(|| panic!("no permanent tag in {record}"));
    reference.split_once('/').expect("a registry").1.to_owned()
}
