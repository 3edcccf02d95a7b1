//! Where an engine keeps its images: in its own classic store, or in that of containerd. The two differ in what the ID of
//! an image is, in its size, and in what becomes of an image whose name another one takes.

use std::env;

use serde_json::{Value, json};

use crate::engine;
use crate::fixture::Fixture;

/// Asks for the store by its name; without it the engine at hand will do, whatever it has.
const VARIABLE: &str = "E2E_STORE";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Classic,
    Containerd,
}

impl Store {
    /// The store that this run of the tests is for.
    pub(crate) fn asked() -> Option<Self> {
        let name = env::var(VARIABLE).ok().filter(|name| !name.is_empty())?;
        Some(Self::named(&name).unwrap_or_else(|| panic!("{VARIABLE} is classic or containerd, not `{name}`")))
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "classic" => Some(Self::Classic),
            "containerd" => Some(Self::Containerd),
            _ => None,
        }
    }

    /// From what `docker info --format '{{json .DriverStatus}}'` prints: pairs of a key and a value. The classic store
    /// tells of its filesystem there.
    pub(crate) fn of_driver_status(printed: &str) -> Self {
        let pairs: Value = serde_json::from_str(printed).unwrap_or_else(|error| panic!("{error}: {printed:?}"));
        let pairs = pairs.as_array().unwrap_or_else(|| panic!("no pairs: {printed}"));
        let kind = pairs.iter().find(|pair| pair[0] == "driver-type");
        match kind.and_then(|pair| pair[1].as_str()) {
            Some("io.containerd.snapshotter.v1") => Self::Containerd,
            None => Self::Classic,
            Some(kind) => panic!("a store of the unknown kind {kind}"),
        }
    }
}

#[test]
fn the_store_is_read_from_what_either_engine_says() {
    // Both of engine 26.1.5.
    let classic = r#"[["Backing Filesystem","extfs"],["Supports d_type","true"],["Using metacopy","false"]]"#;
    assert_eq!(Store::of_driver_status(classic), Store::Classic);
    let containerd = r#"[["driver-type","io.containerd.snapshotter.v1"]]"#;
    assert_eq!(Store::of_driver_status(containerd), Store::Containerd);
}

/// Else a whole run might look at one store twice.
#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_engine_under_test_has_the_store_that_was_asked_for() {
    let fixture = Fixture::new();
    let store = engine::store();
    if let Some(asked) = Store::asked() {
        assert_eq!(store, asked);
    }
    // And it acts so: an image that was never pushed has a digest in the one, which is its ID, and none in the other.
    fixture.build_base();
    let base = engine::image(&fixture.base()).expect("just built");
    let name = fixture.base();
    let (repository, _) = name.split_once(':').expect("a tag");
    let digest = format!("{repository}@{}", base["Id"].as_str().expect("an ID"));
    // Once for each name that the image has; tests before this one may have built the same.
    let digests = base["RepoDigests"].as_array().expect("a list");
    match store {
        Store::Classic => assert!(digests.is_empty(), "{digests:?}"),
        Store::Containerd => {
            assert!(!digests.is_empty() && digests.iter().all(|known| *known == json!(digest)), "{digests:?}");
        }
    }
}
