//! What the table gives, line by line.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::workspace::toml_tree;

/// The table of a workspace that ships `app`, with these further keys.
fn images(further: Value) -> Images {
    let mut table = json!({ "binaries": ["app"] });
    let further = further.as_object().expect("a table").clone();
    table.as_object_mut().expect("a table").extend(further);
    Images::read(&json!({ "images": table })).expect("a sound table")
}

/// Those of a workspace of that name.
fn names(repository: &str) -> Names {
    let manifest = format!("[workspace.metadata.images]\nrepository = \"{repository}\"");
    Names::of_manifest(&manifest, "folder").expect("sound names")
}

fn file(path: &str, further: Value) -> String {
    files(&images(further), &names("mine")).remove(path).expect("it is generated")
}

fn colony(further: Value) -> String {
    file(COLONY_DOCKERFILE, further)
}

fn base(further: Value) -> String {
    file(BASE_DOCKERFILE, further)
}

/// The lines of one text that the other one has not.
fn added(more: &str, less: &str) -> Vec<String> {
    let less: Vec<&str> = less.lines().collect();
    more.lines().filter(|line| !less.contains(line) && !line.starts_with(MARK)).map(str::to_owned).collect()
}

#[test]
fn the_files_of_this_repository_are_those_of_its_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
    let manifest = toml_tree::parse("Cargo.toml", &fs::read_to_string(root.join("Cargo.toml")).expect("a manifest"));
    let images = Images::read(&manifest.expect("TOML")["workspace"]["metadata"]).expect("a sound table");
    for (path, text) in files(&images, &Names::read(root).expect("sound names")) {
        let committed = fs::read_to_string(root.join(&path)).unwrap_or_default();
        assert!(committed == text, "{path} is not what the table gives: cargo xtask codegen");
    }
}

#[test]
fn a_table_of_one_name_gives_a_command_and_a_user() {
    let text = colony(json!({}));
    let end = "COPY --link --from=builder /out/app/ /\n# The plain distroless tag would run as root.\nUSER 65532:65532\n\
               CMD [\"/usr/local/bin/app\"]\n# Last,";
    assert!(text.contains(end), "{text}");
    assert!(!text.contains("EXPOSE") && !text.contains("WORKDIR") && !text.contains(".copy"), "{text}");
}

#[test]
fn what_runs_is_what_the_table_says() {
    let text = colony(json!({
        "binaries": ["app", { "name": "tool", "verify": false }],
        "default": "tool",
        "args": ["--port", "$PORT \"x\""],
        "ports": [80, "53/udp"],
        "env": { "B": "2", "A": "a $b" },
        "user": "nobody",
        "workdir": "/srv/data",
        "copy": { "config/app.toml": "/etc/app/app.toml" },
    }));
    let end = "COPY --link --from=builder /out/app/ /\nCOPY --link --from=builder /out/tool/ /\n# `copy` of the table, \
               likewise.\nCOPY --link --from=builder /out/.copy/ /\nENV A=\"a \\$b\" \\\n    B=2\nEXPOSE 80 53/udp\n\
               WORKDIR /srv/data\n# The plain distroless tag would run as root.\nUSER nobody\n\
               CMD [\"/usr/local/bin/tool\", \"--port\", \"$PORT \\\"x\\\"\"]\n";
    assert!(text.contains(end), "{text}");
}

#[test]
fn packages_are_installed_by_the_tool_that_is_there() {
    let further = json!({ "packages": { "apt": ["cmake", "g++"], "apk": ["cmake"] } });
    let added = added(&base(further), &base(json!({})));
    assert_eq!(
        added[..3],
        ["# `packages` of the table.", "ARG APK_PACKAGES=\"cmake\"", "ARG APT_PACKAGES=\"cmake g++\""]
    );
    assert!(added.iter().any(|line| line.contains("apk add --no-cache $APK_PACKAGES")), "{added:?}");
    assert!(added.iter().any(|line| line.contains("--no-install-recommends $APT_PACKAGES")), "{added:?}");
}

#[test]
fn cook_and_what_asks_cargo_after_it_use_the_same_features() {
    let text = base(json!({ "features": ["tls", "app/fast"], "no-default-features": true }));
    let flags = "--no-default-features --features tls,app/fast";
    assert!(text.contains(&format!("--locked {flags} --recipe-path recipe.json \\\n")), "{text}");
    assert!(text.contains(&format!("keep /var/cache/base-target /layers {flags}\n")), "{text}");
}

#[test]
fn variables_of_the_compiler_stand_where_it_runs_and_where_what_it_made_is_kept() {
    let further = json!({ "build-env": ["SQLX_OFFLINE"] });
    let all = [(colony(further.clone()), &["builder"][..]), (base(further), &["planter", "builder"])];
    for (with, stages) in all {
        let stage_of = |at: usize| {
            let (_, stage) = with[..at].rsplit_once("\nFROM ")?.1.lines().next()?.rsplit_once(" AS ")?;
            Some(stage)
        };
        let found: Vec<_> = with.match_indices("ARG SQLX_OFFLINE\n").filter_map(|(at, _)| stage_of(at)).collect();
        assert_eq!(found, stages, "{with}");
    }
}

#[test]
fn secrets_reach_cargo_chef_alone() {
    let further = json!({
        "secrets": [{ "id": "token", "env": "CARGO_REGISTRIES_X_TOKEN" }, { "id": "key", "src": "key.pem" }],
        "ssh": true,
    });
    let text = base(further.clone());
    for mount in ["secret,id=token,required=true", "secret,id=key,required=true", "ssh,required=true"] {
        assert!(text.contains(&format!("    --mount=type={mount} \\\n")), "{text}");
    }
    let cook = "&& ( export CARGO_REGISTRIES_X_TOKEN=\"$(cat /run/secrets/token)\"; cargo chef cook --profile";
    assert!(text.contains(cook), "{text}");
    assert_eq!(colony(further), colony(json!({})));
}

#[test]
fn base_and_cache_mounts_are_called_after_the_workspace() {
    let all = files(&images(json!({})), &names("team/app"));
    let [colony, base] = [COLONY_DOCKERFILE, BASE_DOCKERFILE].map(|path| &all[path]);
    let own = names("team/app").workspace;
    assert!(colony.contains("ARG BASE_IMAGE=team/app-base:latest\n"), "{colony}");
    assert!(colony.contains(&format!("--mount=type=cache,id={}-${{BASE_ID}},target=", own.app_mount())), "{colony}");
    assert!(base.contains(&format!("--mount=type=cache,id={},target=", own.base_mount())), "{base}");
}

#[test]
fn each_file_tells_of_which_table_it_was_generated() {
    let (one, other) = (colony(json!({})), colony(json!({ "ports": [1] })));
    assert!(mark(&one).is_some() && mark(&one) != mark(&other));
    assert_eq!(mark(&colony(json!({ "features": ["x"] }))), mark(&one), "features decide the base's alone");
}
