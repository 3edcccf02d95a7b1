//! `build-colony --sign`: what is asked before the build, what is signed after the push, and what a failure says.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ecr_tags::digest;
use crate::ecr_world::{DIGEST, HOST, PUSH, colony, pushed};
use crate::leak::KEY_PASSWORD;
use crate::outcome::Outcome;
use crate::signing_world::{PUBLIC, PUBLIC_DIGEST, PUBLIC_KEY, SECOND, SIGN, THIRD, VERIFY, key, pinned, private};
use crate::support::Fixture;
use crate::workspace::Workspace;

/// `build-colony --sign` with a key, and what else is said.
fn signed<'a>(workspace: &'a Workspace, version: &str, more: &[&str]) -> Fixture<'a> {
    let path = key(workspace, "cosign.key", &private()).display().to_string();
    let args = ["build-colony", "--sign", "--sign-key", &path].into_iter().chain(more.iter().copied());
    colony(workspace).with_cosign(version).xtask(args)
}

fn name(tag: &str) -> String {
    format!("{HOST}/distributed-colony:{tag}")
}

#[track_caller]
fn is_signed_between(outcome: &Outcome, fixed: &str, moving: &str) {
    outcome.makes_in_order(&[&["docker", "push", &name(fixed)], &SIGN, &["docker", "push", &name(moving)]]);
}

fn record(workspace: &Workspace) -> Value {
    serde_json::from_str(&workspace.read("target/xtask/deploy-colony.json")).expect("the record is JSON")
}

#[test]
fn what_was_pushed_is_signed_by_its_digest_with_the_flags_of_the_version() {
    let folder = "target/xtask/cosign";
    let third = format!("--signing-config {folder}/no-services.json --trusted-root {folder}/no-root.json");
    for (version, flags) in [(SECOND, "--tlog-upload=false".to_owned()), (THIRD, third)] {
        let workspace = Workspace::new();
        let outcome = signed(&workspace, version, &["--verbose"]).run();
        let path = key(&workspace, "cosign.key", &private()).display().to_string();
        outcome.exits(0).prints(&format!("{}\n", pinned())).says("\n[INFO] signed  ").says(&format!("  {path}\n"));
        let [call] = outcome.calls_to(&SIGN)[..] else { outcome.fail("one image is signed") };
        assert_eq!(call.args.join(" "), format!("sign --yes --key {path} {flags} {}", pinned()));
        assert_eq!(call.env["COSIGN_PASSWORD"], KEY_PASSWORD);
        is_signed_between(&outcome, "v1-0123456789ab", "latest");
        let public = format!("sha256:{PUBLIC_DIGEST}");
        assert_eq!(record(&workspace)["signed"], json!({ "by": path, "public_key": public, "identity": null }));
        let step = record(&workspace)["steps"].as_array().map(|steps| steps.iter().any(|step| step["name"] == "sign"));
        assert_eq!(step, Some(true));
        let config = workspace.root().join(folder).join("no-services.json");
        assert_eq!(config.exists(), version == THIRD);
    }
}

#[test]
fn an_image_that_bears_the_signature_gets_no_second_one() {
    let workspace = Workspace::new();
    let outcome = signed(&workspace, SECOND, &[]).answer(VERIFY, Answer::stdout("[{}]\n")).run();
    outcome.exits(0).never_calls(&SIGN).says("[INFO] it bears that signature already\n");
    let file = format!("target/xtask/cosign/{PUBLIC_DIGEST}.pub");
    let flags = format!("--key {file} --insecure-ignore-tlog=true --check-claims=true");
    assert_eq!(outcome.calls_to(&VERIFY)[0].args.join(" "), format!("verify {flags} {}", pinned()));
    assert_eq!(workspace.read(&file), PUBLIC);
    assert_ne!(record(&workspace)["signed"], Value::Null);
}

#[test]
fn without_the_flag_nobody_asks_for_cosign() {
    let workspace = Workspace::new();
    colony(&workspace).env("COSIGN_KEY", "cosign.key").run().exits(0);
    assert_eq!(record(&workspace)["signed"], Value::Null);
}

#[test]
fn a_signature_that_fails_says_so_and_the_same_command_completes_it() {
    let workspace = Workspace::new();
    for (words, what) in [
        ("dial tcp 10.0.0.1:443: connect: connection refused", "the registry does not answer"),
        (
            "TAG_INVALID: The image tag 'sha256-4444.sig' already exists and cannot be overwritten because the \
             repository is immutable.",
            "the tags of the repository are immutable, those of signatures too",
        ),
        ("the moon is full", "cosign failed"),
    ] {
        let outcome = signed(&workspace, SECOND, &[]).answer(SIGN, Answer::fails(1, words)).run();
        outcome
            .exits(1)
            .prints("")
            .says(&format!("sign {}: {what}\n", pinned()))
            .says(words)
            .says(&format!("[INFO] Pushed, but not signed: {}\n", pinned()))
            .says("[INFO] The same command again signs it, and pushes nothing twice\n")
            .says("[INFO] Not moved, for no tag moves to what is not signed: latest\n")
            .never_says("Remember to deploy");
        assert!(!workspace.root().join("target/xtask/deploy-colony.json").exists(), "a record of what is not signed");
        assert_eq!(outcome.pushes(), [name("v1-0123456789ab")], "a tag moved to what is not signed");
    }
    let again = signed(&workspace, SECOND, &[]).built(&pushed("distributed-colony"));
    let again = again.registry_has(&name("v1-0123456789ab")).run();
    assert_eq!(again.exits(0).pushes(), [name("latest")]);
    assert_eq!(again.calls_to(&SIGN).len(), 1);
}

#[test]
fn what_was_pushed_whole_before_is_signed_without_a_push() {
    let workspace = Workspace::new();
    let fixture = signed(&workspace, SECOND, &[]).built(&pushed("distributed-colony"));
    let outcome = fixture.registry_has(&name("v1-0123456789ab")).registry_has(&name("latest")).run();
    outcome.exits(0).never_calls(&PUSH);
    assert_eq!(outcome.calls_to(&SIGN).len(), 1);
}

#[test]
fn names_of_a_version_wait_for_its_signature() {
    let workspace = Workspace::new();
    let version = ["--version-tag=1.4.2"];
    let cut = signed(&workspace, SECOND, &version).answer(SIGN, Answer::fails(1, "the moon is full")).run();
    cut.exits(1).says("[INFO] Not moved, for no tag moves to what is not signed: 1.4, 1, latest\n");
    let published = ["v1-0123456789ab", "1.4.2"].map(name);
    cut.says(&format!("[INFO] Published before that: {}\n", published.join(", ")));
    assert_eq!(cut.pushes(), published);
    let outcome = signed(&workspace, SECOND, &version).run();
    assert_eq!(outcome.exits(0).pushes(), ["v1-0123456789ab", "1.4.2", "1.4", "1", "latest"].map(name));
    is_signed_between(&outcome, "1.4.2", "1.4");
}

/// An engine that pulled and pushed one image knows two digests of it.
#[test]
fn a_tag_that_stays_with_another_digest_of_the_image_is_signed_too() {
    let workspace = Workspace::new();
    let other = digest('7');
    let image = pushed("distributed-colony").digest(&format!("{HOST}/distributed-colony@{other}"));
    let fixture = signed(&workspace, SECOND, &[]).built(&image).registry_has(&name("v1-0123456789ab"));
    let outcome = fixture.registry_has_other(&name("latest"), &other).run();
    outcome.exits(0).never_calls(&PUSH);
    let signed: Vec<_> =
        outcome.calls_to(&SIGN).iter().map(|call| call.args.last().expect("an image").clone()).collect();
    assert_eq!(signed, [pinned(), format!("{HOST}/distributed-colony@{other}")]);
}

#[test]
fn a_registry_that_goes_before_the_signature_is_told_likewise() {
    let workspace = Workspace::new();
    let gone = Answer::fails(1, "dial tcp: lookup x: no such host");
    let outcome = signed(&workspace, SECOND, &[]).answer(VERIFY, gone).run();
    outcome.exits(1).prints("").never_calls(&SIGN).says("the registry's host name is not known\n");
    outcome.says("Pushed, but not signed");
}

#[test]
fn an_interruption_says_that_the_image_is_not_signed() {
    let workspace = Workspace::new();
    let outcome = signed(&workspace, SECOND, &[]).answer(SIGN, Answer::hangs()).signalled("INT", SIGN);
    outcome.exits(130).prints("").says("interrupted\n").says("[INFO] Pushed, but not signed: ");
    assert_eq!(outcome.pushes(), [name("v1-0123456789ab")]);
}

/// A machine that a refusal finds before anything is looked at.
fn asked_early<'a>(workspace: &'a Workspace, version: &str) -> Fixture<'a> {
    Fixture::new(workspace).in_aws().with_cosign(version).xtask(["build-colony", "--sign"])
}

#[test]
fn whatever_signing_lacks_is_told_before_the_build() {
    let workspace = Workspace::new();
    let refused = |fixture: Fixture<'_>, key: &str, what: &str, cure: &str| {
        let outcome = fixture.xtask(["build-colony", "--sign", "--sign-key", key]).run();
        outcome.exits(3).prints("").touches_nothing().says(what).says(cure);
    };
    let file = |name: &str, text: &str| key(&workspace, name, text).display().to_string();
    let good = file("cosign.key", &private());
    let none = Fixture::new(&workspace).in_aws();
    refused(none, &good, "[ERROR] prerequisites not met: cosign\n", "no working `cosign` on PATH\n");
    refused(asked_early(&workspace, "v1.13.1"), &good, "v1.13.1 is older than 2.0", "doctor --install");

    let ready = || asked_early(&workspace, SECOND);
    refused(ready(), &file("cosign.pub", PUBLIC), "is a public key", "--sign-key cosign.key\n");
    let plain = file("plain.key", "-----BEGIN PRIVATE KEY-----\n");
    refused(ready(), &plain, "does not take as it is", "cosign import-key-pair --key ");
    refused(ready(), "nowhere.key", "the key nowhere.key cannot be read", "generate-key-pair");
    refused(ready(), "env://COSIGN_PRIVATE_KEY", "the variable COSIGN_PRIVATE_KEY", "Set it to the text");
    let wrong = Answer::fails(1, "Error: reading key: decrypt: encrypted: decryption failed");
    let what = "the password of the key is wrong, or missing\n";
    refused(ready().answer(PUBLIC_KEY, wrong), &good, what, "Set COSIGN_PASSWORD");
    let denied = Answer::fails(1, "Error: kms get: AccessDeniedException: not authorized to perform: kms:GetPublicKey");
    let what = "use the key awskms:///alias/colony: the key cannot be used\n";
    refused(ready().answer(PUBLIC_KEY, denied), "awskms:///alias/colony", what, "Allow kms:Sign");
}

#[test]
fn without_a_key_and_without_a_token_nothing_is_built() {
    let workspace = Workspace::new();
    let refused = |fixture: Fixture<'_>, cure: &str| {
        let missing = "[ERROR] there is neither a key to sign with nor an identity token\n";
        fixture.run().exits(3).prints("").touches_nothing().says(missing).says(cure);
    };
    refused(asked_early(&workspace, SECOND), "cosign generate-key-pair");
    refused(asked_early(&workspace, SECOND).env("GITHUB_ACTIONS", "true"), "`id-token: write`");
}

#[test]
fn a_key_may_be_in_a_variable_or_with_a_service() {
    let workspace = Workspace::new();
    for named in ["env://COSIGN_PRIVATE_KEY", "awskms:///alias/colony"] {
        let fixture = colony(&workspace).with_cosign(SECOND).env("COSIGN_PRIVATE_KEY", &private());
        let outcome = fixture.env("COSIGN_KEY", named).xtask(["build-colony", "--sign", "-v"]).run();
        outcome.exits(0);
        assert_eq!(outcome.calls_to(&SIGN)[0].args[2..4], ["--key", named]);
        assert_eq!(record(&workspace)["signed"]["by"], named);
    }
}

#[test]
fn the_text_of_a_key_in_the_place_of_its_name_is_shown_nowhere() {
    let workspace = Workspace::new();
    let with_text = || asked_early(&workspace, SECOND).env("COSIGN_KEY", &private());
    let outcome = with_text().xtask(["build-colony", "--sign", "--verbose"]).run();
    outcome.exits(2).touches_nothing().says("this is the text of a key").says("env://COSIGN_PRIVATE_KEY");
    with_text().xtask(["build-colony", "--help"]).run().exits(0).lists("[env: COSIGN_KEY]");
}

#[test]
fn without_a_key_the_identity_of_the_job_signs() {
    let workspace = Workspace::new();
    let workflow = "o/r/.github/workflows/images.yml@refs/heads/main";
    let fixture = colony(&workspace)
        .with_cosign(THIRD)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_SERVER_URL", "https://github.com")
        .env("GITHUB_WORKFLOW_REF", workflow)
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", "https://actions.example/token")
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t");
    let outcome = fixture.xtask(["build-colony", "--sign"]).run();
    outcome.exits(0).never_calls(&PUBLIC_KEY);
    let call = outcome.calls_to(&SIGN)[0];
    assert_eq!((call.args.join(" "), call.env["COSIGN_KEY"].as_str()), (format!("sign --yes {}", pinned()), ""));
    let identity = format!("https://github.com/{workflow}");
    let asked = &outcome.calls_to(&VERIFY)[0].args;
    assert_eq!(asked[1..3], ["--certificate-identity", &identity]);
    assert_eq!(record(&workspace)["signed"], json!({ "by": "keyless", "public_key": null, "identity": identity }));
}

#[test]
fn flags_that_say_nothing_together_are_refused() {
    let workspace = Workspace::new();
    let bad: [&[&str]; 4] = [
        &["build-colony", "--no-push", "--sign"],
        &["build-colony", "--no-push", "--sign-key", "cosign.key"],
        &["build-colony", "--sign-key", "cosign.key"],
        &["build-colony", "--sign", "--sign-key", "https://host.example/cosign.key"],
    ];
    for args in bad {
        let outcome = Fixture::new(&workspace).xtask(args).run();
        outcome.exits(2).prints("");
        assert!(outcome.calls.is_empty(), "{args:?} asked: {:?}", outcome.calls);
    }
}

#[test]
fn the_pasted_lines_of_a_dry_run_sign_as_the_run_does() {
    for version in [SECOND, THIRD] {
        let workspace = Workspace::new();
        let fixture = signed(&workspace, version, &["--dry-run"]);
        let before = workspace.listing();
        let printed = fixture.run();
        printed.exits(0).touches_nothing().never_calls(&SIGN);
        assert!(workspace.listing() == before, "the workspace was touched");
        let run = signed(&workspace, version, &[]).run();
        run.exits(0);
        let (_, lines) = printed.stdout.split_once("\nDIGEST=").expect("lines that sign");
        let (lines, after) = lines.split_once("\ndocker tag ").expect("the moving tag comes after them");
        assert!(after.ends_with("distributed-colony:latest\n"), "{after}");
        let ask = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}"];
        let shell = Fixture::new(&workspace).in_aws().with_cosign(version).with("mkdir");
        let shell = shell.background(["mkdir"], Answer::default()).answer(ask, Answer::stdout(format!("{DIGEST}\n")));
        let pasted = shell.shell(&format!("IMAGE_ID=0123456789ab\nDIGEST={lines}"));
        assert_eq!(pasted.exits(0).calls_to(&SIGN)[0].args, run.calls_to(&SIGN)[0].args);
    }
}
