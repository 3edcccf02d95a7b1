//! What the keys of `[workspace.metadata.images]` come to in the calls of docker and in the staged context.

use std::fs;
use std::path::PathBuf;

use crate::archives::unpack;
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, Fixture, current_base, generate};
use crate::workspace::Workspace;

/// One whose table has these further lines.
fn with(lines: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.replace("Cargo.toml", "verify = [\"--version\"]\n", &format!("verify = [\"--version\"]\n{lines}\n"));
    generate(&workspace);
    workspace
}

/// What a build of the base is handed.
fn base_build(workspace: &Workspace, env: &[(&str, &str)]) -> Outcome {
    let fixture = env.iter().fold(Fixture::new(workspace), |fixture, (key, value)| fixture.env(key, value));
    fixture.builds(&Image::new("sha256:base")).xtask(["build-base", "--no-push"]).run()
}

/// What a build of the colony is handed, and the folder of its sources.
fn colony_build(workspace: &Workspace, base: &Image, env: &[(&str, &str)]) -> (Outcome, PathBuf) {
    let fixture = env.iter().fold(Fixture::new(workspace), |fixture, (key, value)| fixture.env(key, value));
    let fixture = fixture.image(BASE, base).builds(&Image::new("sha256:new"));
    let outcome = fixture.xtask(["build-colony", "--no-push"]).run();
    let context = outcome.exits(0).build().pairs("--build-context").remove("source").expect("a context");
    let context = workspace.root().join(context);
    (outcome, context)
}

/// Gives the backend these features.
fn has_features(workspace: &Workspace, lines: &str) {
    workspace.append("crates/backend/Cargo.toml", &format!("\n[features]\n{lines}"));
}

fn read(context: &std::path::Path, name: &str) -> String {
    fs::read_to_string(context.join(name)).unwrap_or_else(|error| panic!("read {name}: {error}"))
}

#[test]
fn each_binary_gets_its_own_words_to_answer_to_and_cargo_the_features() {
    let workspace = with("no-default-features = true");
    has_features(&workspace, "x = []\ny = []\n");
    workspace.replace("Cargo.toml", "no-default-features", "features = [\"x\", \"backend/y\"]\nno-default-features");
    generate(&workspace);
    workspace.replace(
        "Cargo.toml",
        "[\"backend\", \"coordinator\"]",
        "[{ name = \"backend\", verify = false }, \"coordinator\"]",
    );
    let base = current_base(&workspace);
    let (_, context) = colony_build(&workspace, &base, &[]);
    assert_eq!(read(&context, "verify"), "coordinator\ncoordinator --version\n");
    let flags = "--bin\nbackend\n--bin\ncoordinator\n--no-default-features\n--features\nx,backend/y\n";
    assert_eq!(read(&context, "flags"), flags);
}

#[test]
fn other_features_are_another_base_and_other_compilations_of_all_members() {
    let workspace = with("");
    has_features(&workspace, "x = []\n");
    let base = current_base(&workspace);
    let (_, before) = colony_build(&workspace, &base, &[]);
    workspace.replace("Cargo.toml", "verify = [\"--version\"]\n", "verify = [\"--version\"]\nfeatures = [\"x\"]\n");
    generate(&workspace);
    let asked = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run();
    asked.exits(4).says("Docker/Dockerfile.base changed (RUN ").says("--features x");
    let base = current_base(&workspace);
    let (_, after) = colony_build(&workspace, &base, &[]);
    let all = |context| read(context, "members").lines().next().expect("the line of all").to_owned();
    assert_ne!(all(&before), all(&after));
}

#[test]
fn a_feature_that_no_shipped_member_has_is_refused_by_name() {
    for feature in ["z", "backend/z", "gui"] {
        let workspace = with("");
        has_features(&workspace, "x = []\n");
        let line = format!("verify = [\"--version\"]\nfeatures = [\"x\", \"{feature}\"]\n");
        workspace.replace("Cargo.toml", "verify = [\"--version\"]\n", &line);
        let outcome = Fixture::new(&workspace).xtask(["check-base"]).run();
        outcome.exits(2).says(&format!("[ERROR] no shipped member has the feature `{feature}`\n"));
    }
}

#[test]
fn files_to_copy_travel_in_an_archive_and_decide_the_image_but_no_compilation() {
    let workspace = with("copy = { \"config/app.toml\" = \"/etc/app/app.toml\", \"static\" = \"/srv/static\" }");
    let base = current_base(&workspace);
    let refused = Fixture::new(&workspace).image(BASE, &base).xtask(["build-colony", "--no-push"]).run();
    refused
        .exits(2)
        .has_no_effect()
        .says("[ERROR] [workspace.metadata.images] copy: there is no `config/app.toml` in the workspace\n");
    workspace.write("config/app.toml", "level = 1\n");
    workspace.write("static/js/a.js", "a\n");
    workspace.write("static/b.css~", "left by an editor\n");
    let (_, before) = colony_build(&workspace, &base, &[]);
    let archive = read(&before, "copy");
    // The archive is one like those of the sources.
    let alone = workspace.root().join("alone");
    fs::create_dir(&alone).expect("make a folder");
    fs::copy(before.join(archive.trim()), alone.join(archive.trim())).expect("it is staged");
    fs::write(alone.join("packs"), &archive).expect("write a file of ours");
    let unpacked = unpack(&alone);
    assert_eq!(read(&unpacked, "etc/app/app.toml"), "level = 1\n");
    assert_eq!(read(&unpacked, "srv/static/js/a.js"), "a\n");
    assert!(!unpacked.join("srv/static/b.css~").exists());

    workspace.write("config/app.toml", "level = 2\n");
    let (_, after) = colony_build(&workspace, &base, &[]);
    assert_ne!(before, after);
    for list in ["members", "packs", "flags"] {
        assert_eq!(read(&before, list), read(&after, list), "{list}");
    }
    assert_ne!(read(&before, "copy"), read(&after, "copy"));
}

#[test]
fn variables_of_the_compiler_reach_both_builds_and_are_part_of_what_decides_them() {
    let workspace = with("build-env = [\"SQLX_OFFLINE\", \"NOT_SET\"]");
    let offline = [("SQLX_OFFLINE", "true")];
    let outcome = base_build(&workspace, &offline);
    let build = outcome.exits(0).build();
    let arguments = build.pairs("--build-arg");
    assert_eq!(arguments["SQLX_OFFLINE"], "true");
    assert!(!arguments.contains_key("NOT_SET"), "{arguments:?}");
    let base = Image::new("sha256:base").labels(&build.pairs("--label"));
    let ask =
        |value| Fixture::new(&workspace).env("SQLX_OFFLINE", value).image(BASE, &base).xtask(["check-base"]).run();
    ask("true").exits(0);
    ask("false").exits(4).says("because build-env changed (SQLX_OFFLINE true -> false)\n");

    let (outcome, before) = colony_build(&workspace, &base, &offline);
    assert_eq!(outcome.build().pairs("--build-arg")["SQLX_OFFLINE"], "true");
    let other = base_build(&workspace, &[("SQLX_OFFLINE", "false")]);
    let base = Image::new("sha256:base").labels(&other.build().pairs("--label"));
    let (_, after) = colony_build(&workspace, &base, &[("SQLX_OFFLINE", "false")]);
    assert_ne!(read(&before, "members").lines().next(), read(&after, "members").lines().next());
}

#[test]
fn secrets_are_named_to_the_base_build_and_stand_nowhere() {
    let table = "secrets = [{ id = \"token\", env = \"MY_TOKEN\" }, { id = \"key\", src = \"key.pem\" }]\nssh = true";
    let workspace = with(table);
    workspace.write("key.pem", "the key itself");
    let env = [("MY_TOKEN", "the token itself"), ("SSH_AUTH_SOCK", "/run/agent")];
    let outcome = base_build(&workspace, &env);
    let build = outcome.exits(0).build();
    for pair in [["--secret", "id=token,env=MY_TOKEN"], ["--secret", "id=key,src=key.pem"], ["--ssh", "default"]] {
        assert!(build.args.windows(2).any(|words| words == pair), "{pair:?}: {:?}", build.args);
    }
    let told = format!("{:?}{}{}", build.args, outcome.stdout, outcome.stderr);
    assert!(!told.contains("itself"), "{told}");
    for (path, (_, _, content)) in workspace.listing() {
        let text = String::from_utf8_lossy(&content);
        assert!(!text.contains("the token itself"), "{} has the token", path.display());
    }
    let base = Image::new("sha256:base").labels(&build.pairs("--label"));
    let (outcome, _) = colony_build(&workspace, &base, &env);
    let args = outcome.build().args.clone();
    assert!(!args.iter().any(|word| word == "--secret" || word == "--ssh"), "{args:?}");
    // Another value is no other base.
    Fixture::new(&workspace).env("MY_TOKEN", "another").image(BASE, &base).xtask(["check-base"]).run().exits(0);
}

#[test]
fn a_secret_that_is_not_there_is_told_before_anything_is_done() {
    let workspace = with("secrets = [{ id = \"token\", env = \"MY_TOKEN\" }]");
    let build = |workspace: &Workspace, env: &[(&str, &str)]| {
        let fixture = env.iter().fold(Fixture::new(workspace), |fixture, (key, value)| fixture.env(key, value));
        let outcome = fixture.xtask(["build-base", "--no-push"]).run();
        outcome.exits(3).has_no_effect();
        outcome
    };
    build(&workspace, &[]).says("[ERROR] the variable MY_TOKEN is not set, which the secret `token` is to come from\n");
    let workspace = with("secrets = [{ id = \"token\", src = \"gone\" }]");
    build(&workspace, &[]).says("[ERROR] there is no file gone, which the secret `token` is to come from\n");
    let workspace = with("ssh = true");
    build(&workspace, &[]).says("[ERROR] no SSH agent is known (SSH_AUTH_SOCK), and the base build is to use one\n");
}
