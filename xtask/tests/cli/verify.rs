//! `cargo xtask verify`: what is good, and each way not to be.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ecr_world::{DESCRIBE_COLONY, DIGEST, HOST, IDENTITY, LOGIN, no_repository, says, service_error};
use crate::outcome::Outcome;
use crate::signing_world::{NOT_SIGNED, PUBLIC, SECOND, VERIFY, key, pinned, private};
use crate::support::Fixture;
use crate::workspace::Workspace;

const DESCRIBE_IMAGES: [&str; 3] = ["aws", "ecr", "describe-images"];

const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// An account whose repository has one image, which nobody signed.
fn world(workspace: &Workspace) -> Fixture<'_> {
    let image = json!({ "imageDetails": [{ "imageDigest": DIGEST, "imageTags": ["latest"] }] });
    Fixture::new(workspace).in_aws().with_cosign(SECOND).background(DESCRIBE_IMAGES, Answer::stdout(image.to_string()))
}

/// `verify` of that image with a public key, and what else is said.
fn by_key(fixture: Fixture<'_>, workspace: &Workspace, words: &[&str]) -> Outcome {
    let path = key(workspace, "cosign.pub", PUBLIC).display().to_string();
    let args = ["verify"].iter().chain(words).copied().chain(["--key", &path, "--verbose"]);
    fixture.xtask(args).run()
}

fn is_good() -> Answer {
    Answer::stdout("[{\"critical\":{}}]\n")
}

#[test]
fn what_is_good_is_printed_by_its_digest_however_it_was_named() {
    let workspace = Workspace::new();
    let path = key(&workspace, "cosign.pub", PUBLIC).display().to_string();
    let (tag, digest) = (format!("imageTag={}", "latest"), format!("imageDigest={DIGEST}"));
    let reference = format!("{HOST}/distributed-colony:latest");
    for (named, asked) in [
        ("latest", &tag),
        ("distributed-colony:latest", &tag),
        (&reference, &tag),
        (DIGEST, &digest),
        (&pinned(), &digest),
    ] {
        let outcome = by_key(world(&workspace).answer(VERIFY, is_good()), &workspace, &[named]);
        outcome.exits(0).prints(&format!("{}\n", pinned())).makes_in_order(&[&DESCRIBE_IMAGES, &LOGIN, &VERIFY]);
        let describe = outcome.calls_to(&DESCRIBE_IMAGES)[0].args.join(" ");
        assert!(describe.contains(&format!("--image-ids {asked}")), "{named}: {describe}");
        let flags = format!("--key {path} --insecure-ignore-tlog=true --check-claims=true");
        assert_eq!(outcome.calls_to(&VERIFY)[0].args.join(" "), format!("verify {flags} {}", pinned()));
    }
}

#[test]
fn as_json_it_says_by_whom() {
    let workspace = Workspace::new();
    let outcome = by_key(world(&workspace).answer(VERIFY, is_good()), &workspace, &["latest", "--json"]);
    let printed: Value = serde_json::from_str(&outcome.exits(0).stdout).expect("one line of JSON");
    let by = key(&workspace, "cosign.pub", PUBLIC).display().to_string();
    assert_eq!(printed, json!({ "pinned": pinned(), "digest": DIGEST, "signed_by": by }));
}

#[test]
fn an_identity_is_asked_for_in_place_of_a_key() {
    let workspace = Workspace::new();
    let identity = "https://github.com/o/r/.github/workflows/images.yml@refs/heads/main";
    let args = ["verify", "latest", "--certificate-identity", identity, "--certificate-oidc-issuer", ISSUER];
    let fixture = world(&workspace).answer(VERIFY, is_good()).env("COSIGN_KEY", "cosign.key");
    let outcome = fixture.xtask(args).run();
    outcome.exits(0).prints(&format!("{}\n", pinned()));
    let call = outcome.calls_to(&VERIFY)[0];
    let flags = format!("--certificate-identity {identity} --certificate-oidc-issuer {ISSUER} --check-claims=true");
    assert_eq!(call.args.join(" "), format!("verify {flags} {}", pinned()));
    assert_eq!(call.env["COSIGN_KEY"], "", "the key of a variable would count before the identity");
}

#[test]
fn each_way_not_to_be_good_has_its_own_words() {
    let workspace = Workspace::new();
    let foreign = "no matching signatures: invalid signature when validating ASN.1 encoded signature";
    for (words, what) in [
        (NOT_SIGNED, "is not signed\n"),
        (foreign, "is not signed by this key: its signature is another key's, or was changed\n"),
        (
            "no matching signatures: invalid or missing digest in claim: sha256:55",
            "bears a signature that was made for another image\n",
        ),
        ("no matching signatures: no certificate found on signature", "is signed by a key, and not by an identity\n"),
        ("none of the expected identities matched what was in the certificate", "is signed by another identity\n"),
        ("no matching signatures: x", "has something in the place of its signature that is none\n"),
        // Who does not know what is wrong takes it for the worst.
        ("the moon is full", "cannot be verified: cosign failed\n"),
    ] {
        let outcome = by_key(world(&workspace).answer(VERIFY, Answer::fails(10, words)), &workspace, &["latest"]);
        outcome.exits(1).prints("").says(&format!("[ERROR] {} {what}", pinned()));
        outcome.says(words.lines().next().expect("a line")).says("[ERROR] verify the signature: failed");
    }
}

#[test]
fn a_tag_that_has_moved_is_not_good_whoever_signed_what_it_means_now() {
    let workspace = Workspace::new();
    let other = format!("sha256:{}", "5".repeat(64));
    let moved = by_key(world(&workspace), &workspace, &["latest", "--digest", &other]);
    moved.exits(1).prints("").never_calls(&VERIFY);
    moved.says(&format!("[ERROR] the tag latest has moved: it means {DIGEST}, and not {other}\n"));
    let stays = by_key(world(&workspace).answer(VERIFY, is_good()), &workspace, &["latest", "--digest", DIGEST]);
    stays.exits(0);
}

#[test]
fn what_cannot_be_told_is_no_verdict() {
    let workspace = Workspace::new();
    let cannot = |fixture: Fixture<'_>, named: &str, what: &str| {
        by_key(fixture, &workspace, &[named]).exits(3).prints("").says(what);
    };
    let fresh = || world(&workspace);
    let no_image = service_error("ImageNotFoundException", "DescribeImages", "The image does not exist");
    let what = format!("[ERROR] there is no image 1.4.2 in {HOST}/distributed-colony\n");
    cannot(fresh().answer(DESCRIBE_IMAGES, says(2, &no_image)), "1.4.2", &what);
    let no_repository = says(2, &no_repository("distributed-colony"));
    cannot(fresh().answer(DESCRIBE_COLONY, no_repository), "latest", "there is no repository distributed-colony");
    cannot(fresh().without("cosign"), "latest", "prerequisites not met: cosign\n");
    cannot(fresh(), "other:latest", "`other` is another repository than ");
    let unknown = says(2, "Unable to locate credentials");
    cannot(fresh().answer(IDENTITY, unknown), "latest", "AWS CLI is not configured");
    // Both after the login, which is not what was to be done.
    let refused = Answer::fails(1, "Error response from daemon: login attempt failed with status: 401 Unauthorized");
    cannot(fresh().answer(LOGIN, refused), "latest", "the registry refuses the login\n");
    let gone = Answer::fails(1, "Get \"https://x/v2/\": dial tcp 10.0.0.1:443: connect: connection refused");
    cannot(fresh().answer(VERIFY, gone), "latest", "the registry does not answer\n");
}

#[test]
fn an_interruption_is_no_verdict_either() {
    let workspace = Workspace::new();
    let path = key(&workspace, "cosign.pub", PUBLIC).display().to_string();
    let fixture = world(&workspace).answer(VERIFY, Answer::hangs()).xtask(["verify", "latest", "--key", &path]);
    let outcome = fixture.signalled("INT", VERIFY);
    outcome.exits(130).prints("").says("interrupted\n").never_says("is not signed").never_says("cannot be verified");
}

#[test]
fn the_account_has_to_be_the_one_that_was_named() {
    let workspace = Workspace::new();
    let outcome = by_key(world(&workspace), &workspace, &["latest", "--account", "210987654321"]);
    outcome.exits(3).prints("").never_calls(&VERIFY).says("the credentials belong to account 123456789012");
}

#[test]
fn a_wrong_key_is_known_before_anybody_is_asked() {
    let workspace = Workspace::new();
    for (text, what) in
        [(private(), "is a private key, and a public one verifies\n"), ("nothing".to_owned(), "holds no public key\n")]
    {
        let path = key(&workspace, "wrong.pub", &text).display().to_string();
        let outcome = world(&workspace).xtask(["verify", "latest", "--key", &path]).run();
        outcome.exits(3).prints("").says(what);
        assert!(outcome.calls.is_empty(), "{:?}", outcome.calls);
    }
    let outcome = world(&workspace).xtask(["verify", "latest", "--key", "nowhere.pub"]).run();
    outcome.exits(3).prints("").says("the key nowhere.pub cannot be read: No such file");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_asked() {
    let workspace = Workspace::new();
    let both = format!("distributed-colony:latest@{DIGEST}");
    let bad: [&[&str]; 7] = [
        &["verify", "--key", "cosign.pub"],
        &["verify", "latest"],
        &["verify", "latest", "--certificate-identity", "x"],
        &["verify", "latest", "--certificate-oidc-issuer", ISSUER],
        &["verify", "latest", "--key", "k", "--certificate-identity", "x", "--certificate-oidc-issuer", ISSUER],
        &["verify", "latest", "--key", "cosign.pub", "--digest", "sha256:12"],
        &["verify", &both, "--key", "cosign.pub"],
    ];
    for args in bad {
        let outcome = Fixture::new(&workspace).xtask(args).run();
        outcome.exits(2).prints("");
        assert!(outcome.calls.is_empty(), "{args:?} asked: {:?}", outcome.calls);
    }
}
