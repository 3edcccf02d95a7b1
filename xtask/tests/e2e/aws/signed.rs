//! Signatures by the real cosign in the lab's registry, without any service of Sigstore: good ones, and each way not to be.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::aws::deploy::Deploy;
use crate::aws::registry;
use crate::outcome::Outcome;
use crate::process;
use crate::temp_dir::TempDir;
use crate::tools;

const LIMIT: Duration = Duration::from_secs(60);

/// Of the keys.
const PASSWORD: &str = "the-password-of-the-private-keys-e04b7c";

/// Where nobody listens: whoever asks a service of Sigstore fails.
const NOWHERE: &str = "http://127.0.0.1:9";

const FOREIGN: &str = "is not signed by this key: its signature is another key's, or was changed\n";

/// Makes a pair of keys in that folder: `<name>.key` and `<name>.pub`.
pub(crate) fn make_pair(folder: &Path, name: &str, password: &str) {
    let mut command = Command::new(tools::find("cosign"));
    command.args(["generate-key-pair", "--output-key-prefix", name]).current_dir(folder);
    let ended = process::run(command.env("COSIGN_PASSWORD", password), LIMIT);
    assert!(ended.code == Some(0), "{ended:?}");
}

/// A copy with its lab, and two pairs of keys beside them.
struct Signing {
    deploy: Deploy,
    keys: TempDir,
}

impl Signing {
    fn new() -> Self {
        let signing = Self { deploy: Deploy::new(), keys: TempDir::new("keys") };
        for name in ["own", "foreign"] {
            make_pair(signing.keys.path(), name, PASSWORD);
        }
        signing
    }

    fn key(&self, file: &str) -> PathBuf {
        self.keys.path().join(file)
    }

    fn xtask(&self, args: &[&str], password: &str) -> Outcome {
        let proxies = [("HTTP_PROXY", NOWHERE), ("HTTPS_PROXY", NOWHERE)];
        // With a region there is one question less.
        let env = [&proxies[..], &[("COSIGN_PASSWORD", password), ("AWS_REGION", "eu-west-1")]].concat();
        let outcome = self.deploy.xtask_with(args, &env);
        self.shows_nothing(&outcome);
        outcome
    }

    fn sign(&self, password: &str) -> Outcome {
        let key = self.key("own.key").display().to_string();
        self.xtask(&["build-colony", "--sign", "--sign-key", &key, "--verbose"], password)
    }

    fn verify(&self, key: &str, words: &[&str]) -> Outcome {
        let key = self.key(key).display().to_string();
        self.xtask(&[&["verify", "--key", &key, "--verbose"], words].concat(), "")
    }

    /// Neither the password nor a line of the private key is in the output or in a file of the copy.
    #[track_caller]
    fn shows_nothing(&self, outcome: &Outcome) {
        let key = std::fs::read_to_string(self.key("own.key")).expect("it was made");
        let line = key.lines().nth(1).expect("what the first line wraps");
        for secret in [PASSWORD, line] {
            assert!(!outcome.0.stdout.contains(secret) && !outcome.0.stderr.contains(secret), "{outcome:?}");
            let grep = ["--recursive", "--files-with-matches", "--fixed-strings", secret, "target"];
            let mut command = Command::new("grep");
            let ended = process::run(command.args(grep).current_dir(self.deploy.fixture.copy.root()), LIMIT);
            assert!(ended.code == Some(1), "a secret is in {ended:?}");
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_signature_is_good_and_each_other_image_is_refused_in_its_own_words() {
    let mut signing = Signing::new();
    signing.deploy.fixture.build_base();
    let colony = signing.deploy.fixture.colony();
    let (remote, tag) = signing.deploy.remote(&colony);
    let (repository, port) =
        (remote.split_once('/').expect("a registry").1.to_owned(), signing.deploy.lab.registry.port);

    // Before the build: the password is wrong.
    signing.sign("wrong").exits(3).says("the password of the key is wrong, or missing\n").never_says("build colony");

    // Signed, once, and good.
    signing.sign(PASSWORD).exits(0).has_row("signed", &signing.key("own.key").display().to_string());
    let digest = signing.deploy.digest(&colony);
    let pinned = format!("{remote}@{digest}");
    let signed = &signing.deploy.record("colony")["signed"];
    assert!(signed["public_key"].as_str().is_some_and(|key| key.len() == "sha256:".len() + 64), "{signed}");
    signing.sign(PASSWORD).exits(0).says("it bears that signature already\n");
    signing.verify("own.pub", &[&format!("{remote}:{tag}"), "--digest", &digest]).exits(0).prints(&pinned);

    // Another key than the one that signed, and one that verifies nothing.
    let refused = |outcome: &Outcome, code: i32, words: &str| {
        outcome.exits(code).says(words);
        assert_eq!(outcome.stdout(), "", "what is not good is not to be deployed");
    };
    refused(&signing.verify("foreign.pub", &[tag]), 1, FOREIGN);
    refused(&signing.verify("own.key", &[tag]), 3, "is a private key, and a public one verifies\n");

    // The tag moves to another image, which nobody signed.
    let (kind, text) = registry::manifest(port, &repository, tag);
    let mut other: Value = serde_json::from_str(&text).expect("a manifest is JSON");
    other["annotations"] = serde_json::json!({ "changed": "by somebody" });
    let moved = registry::put(port, &repository, tag, &kind, &other.to_string());
    let what = format!("the tag {tag} has moved: it means {moved}, and not {digest}\n");
    refused(&signing.verify("own.pub", &[tag, "--digest", &digest]), 1, &what);
    refused(&signing.verify("own.pub", &[tag]), 1, &format!("{remote}@{moved} is not signed\n"));

    // The good signature is laid beside it.
    let place = |digest: &str| format!("{}.sig", digest.replace(':', "-"));
    let (kind, signature) = registry::manifest(port, &repository, &place(&digest));
    registry::put(port, &repository, &place(&moved), &kind, &signature);
    refused(&signing.verify("own.pub", &[tag]), 1, "bears a signature that was made for another image\n");

    // The signature is changed, or something else laid in its place.
    registry::put(port, &repository, &place(&digest), &kind, &changed(&signature));
    refused(&signing.verify("own.pub", &[&pinned]), 1, FOREIGN);
    let (kind, image) = registry::manifest(port, &repository, tag);
    registry::put(port, &repository, &place(&digest), &kind, &image);
    refused(&signing.verify("own.pub", &[&pinned]), 1, "has something in the place of its signature that is none\n");

    signing.deploy.lab.registry.stop();
    signing.verify("own.pub", &[&pinned]).exits(3);
}

/// The manifest of a signature in which one character of that is another.
fn changed(manifest: &str) -> String {
    let mut manifest: Value = serde_json::from_str(manifest).expect("a manifest is JSON");
    let signature = &mut manifest["layers"][0]["annotations"]["dev.cosignproject.cosign/signature"];
    let text = signature.as_str().expect("a signature");
    // In the first of its two numbers, so that its form stays sound.
    let other = if text[20..].starts_with('A') { "B" } else { "A" };
    *signature = format!("{}{other}{}", &text[..20], &text[21..]).into();
    manifest.to_string()
}
