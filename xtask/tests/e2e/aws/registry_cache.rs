//! BuildKit's cache in a registry: what one machine has compiled, another one takes from there.

use crate::aws::deploy::Deploy;
use crate::engine::{self, docker};
use crate::fixture::unique;
use crate::shape::supplied;
use crate::store::Store;

#[test]
#[ignore = "needs an engine of its own with containerd's store, for trying by hand: it drops all that BuildKit keeps"]
fn a_machine_without_a_base_compiles_nothing_that_the_registry_has_as_a_cache() {
    assert!(engine::is_own() && engine::store() == Store::Containerd, "E2E_STORE=containerd, beside a classic one");
    let deploy = Deploy::of(&supplied::SHAPES[0]);
    // Else it may be the base of an earlier run, whose layers are here.
    deploy.fixture.copy.append("Docker/seed.sh", &format!("# {}\n", unique()));
    deploy.xtask(&["build-base", "--registry-cache"]).exits(0).says(" Compiling leaf ");
    let record = deploy.record("base");

    // From here on it is another machine.
    for name in [&deploy.fixture.base(), record["reference"].as_str().expect("a text")] {
        docker(["image", "rm", name]);
    }
    docker(["image", "rm", record["permanent"].as_str().expect("a text")]);
    docker(["buildx", "prune", "--all", "--force"]);
    let again = deploy.xtask(&["build-base", "--registry-cache"]);
    again.exits(0).says("importing cache manifest from ").says(" CACHED\n").never_says(" Compiling ");
    // It fails where a dependency is compiled anew, such as one with a build script beside the members: its layers keep
    // whole seconds only.
    deploy.fixture.build_colony(&[]);
}
