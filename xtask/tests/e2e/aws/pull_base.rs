//! A base that one machine has pushed, on a machine that has none.

use serde_json::Value;

use crate::aws::deploy::Deploy;
use crate::aws::lab::PASSWORD;
use crate::engine::{self, docker};
use crate::fixture::unique;
use crate::shape::supplied;

/// Dependencies whose sources lie beside the members: cargo tells by the times of these files whether it compiles one
/// anew, and a layer that was packed and unpacked keeps whole seconds only.
#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_base_is_found_by_its_identity_and_no_dependency_is_compiled_on_it() {
    let shape = &supplied::SHAPES[0];
    let deploy = Deploy::of(shape);
    let fixture = &deploy.fixture;
    // Else it may be the base of an earlier run, whose layers are here.
    fixture.copy.append("Docker/seed.sh", &format!("# {}\n", unique()));
    // And the layer of the sources, which has a build script among them.
    fixture.copy.append("tools/beside/build.rs", &format!("// {}\n", unique()));
    let known = engine::build_records();
    deploy.xtask(&["build-base"]).exits(0).never_says(PASSWORD);
    let record = deploy.record("base");
    let told = |key: &str| record[key].as_str().unwrap_or_else(|| panic!("no {key} in {record}"));
    let (_, by_identity) = told("permanent").split_once('/').expect("a registry");
    assert_eq!(deploy.digest(by_identity), told("digest"));

    // From here on it is another machine.
    for name in [fixture.base().as_str(), told("reference"), told("permanent")] {
        docker(["image", "rm", name]);
    }
    engine::drop_records(|record| !known.contains(record));
    assert_eq!(engine::image(told("image_id")), None, "the image is still here: a pull would prove nothing");
    let asked = deploy.xtask(&["check-base", "--remote", "--json"]);
    let answer: Value = serde_json::from_str(asked.exits(5).stdout()).expect("a line of JSON");
    assert_eq!((&answer["state"], &answer["remote"]), (&"missing".into(), &"available".into()));

    let pulled = deploy.xtask(&["pull-base"]);
    pulled.exits(0).prints(&fixture.base()).never_says(PASSWORD);
    if !engine::is_own() {
        pulled.says("Pull complete");
    }
    let image = engine::image(&fixture.base()).expect("just pulled");
    let digests = image["RepoDigests"].as_array().expect("a list");
    assert!(digests.contains(&told("pinned").into()), "{digests:?}");
    fixture.xtask(&["check-base"], &[]).exits(0).prints("current");
    deploy.xtask(&["pull-base"]).exits(0).prints(&fixture.base()).says("is current, so nothing is pulled\n");
    // It fails where a dependency is compiled anew.
    fixture.build_colony(&[]);
    let (binary, words) = shape.binaries[0];
    assert_eq!(engine::run_binary(&fixture.colony(), binary, &[]).trim(), words);

    fixture.copy.replace("patched/leaf/src/word.txt", "leaf", "LEAF");
    deploy.xtask(&["pull-base"]).exits(3).says("[ERROR] the registry has no base of this workspace: ");
    assert_eq!(deploy.xtask(&["check-base", "--remote"]).exits(4).stdout(), "stale\n");

    fixture.copy.replace("patched/leaf/src/word.txt", "LEAF", "leaf");

    // The next base starts from what the pulled one holds, and here nothing differs but who needs it.
    fixture.copy.replace("app/Cargo.toml", "twig = \"1\"", "twig = \"1\"\nleaf = \"1\"");
    fixture.xtask(&["check-base"], &[]).exits(4);
    let next = fixture.build_base();
    next.says("keep what the pulled base holds: ok").says("from what the last base compiled");
    for dependency in ["leaf", "twig", "far", "farther", "beside"] {
        next.never_says(&format!(" Compiling {dependency} "));
    }
    fixture.build_colony(&[]);
    assert_eq!(engine::run_binary(&fixture.colony(), binary, &[]).trim(), words);
    // And the one after that from what was built here.
    fixture.build_base().never_says("the pulled base").never_says(" Compiling ");
}
