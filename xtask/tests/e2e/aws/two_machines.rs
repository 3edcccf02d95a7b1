//! From one machine to a team: a second one goes on where the first one stopped, with nothing but the registry between them,
//! and the first one checks and runs what comes back.
//!
//! The second machine is the engine that this run of the tests started for itself, the first one that at hand.

use std::process::Command;
use std::time::Duration;

use crate::aws::deploy::Deploy;
use crate::aws::signed::make_pair;
use crate::engine::{self, docker};
use crate::fixture::Fixture;
use crate::outcome::Outcome;
use crate::process;
use crate::temp_dir::TempDir;

const LIMIT: Duration = Duration::from_secs(120);

/// The engine at hand, with a checkout of its own, and the registry of the other one.
struct First<'a> {
    second: &'a Deploy,
    checkout: Fixture,
}

impl First<'_> {
    fn xtask(&self, args: &[&str]) -> Outcome {
        // Said last, for the checkout would reach the engine under test.
        self.second.xtask_of(&self.checkout, args, &[("DOCKER_HOST", "")])
    }

    #[track_caller]
    fn docker(&self, args: &[&str]) -> String {
        let ended = process::run(Command::new("docker").args(args).envs(self.second.lab.environment()), LIMIT);
        assert!(ended.code == Some(0), "docker {args:?}: {ended:?}");
        ended.stdout.trim_end().to_owned()
    }
}

impl Drop for First<'_> {
    /// The lab and the checkout tidy up in the engine under test. Nothing here may panic.
    fn drop(&mut self) {
        let format = "{{.Repository}}:{{.Tag}} {{.Repository}}@{{.Digest}}";
        let mut list = Command::new("docker");
        let listed = process::run(list.args(["images", "--digests", "--format", format]), LIMIT).stdout;
        let ours = |name: &&str| name.starts_with(&self.second.lab.host()) || **name == self.checkout.base();
        for name in listed.split_whitespace().filter(ours).filter(|name| !name.contains("<none>")) {
            process::run(Command::new("docker").args(["image", "rm", name]), LIMIT);
        }
    }
}

#[test]
#[ignore = "needs two Docker engines: cargo xtask ci"]
fn a_second_machine_goes_on_where_the_first_one_stopped() {
    assert!(engine::is_own(), "the engine at hand is the first machine; E2E_STORE has to ask for a second one");
    let second = Deploy::new();
    let first = First { second: &second, checkout: Fixture::new() };
    let keys = TempDir::new("keys");
    make_pair(keys.path(), "release", "");
    let key = |end: &str| keys.path().join(format!("release.{end}")).display().to_string();
    let (private, public) = (key("key"), key("pub"));
    let colony = second.fixture.colony();
    let (remote, tag) = second.remote(&colony);

    // The first machine makes the base, and the second one, which has none, gets it.
    first.xtask(&["build-base"]).exits(0);
    assert_eq!(engine::image(&second.fixture.base()), None);
    second.xtask(&["pull-base"]).exits(0).prints(&second.fixture.base());
    let release = |version: &str, more: &[&str]| {
        let outcome = second
            .xtask_with(&[&["build-colony", "--version-tag", version], more].concat(), &[("COSIGN_PASSWORD", "")]);
        outcome.exits(0).recompiles_no_dependency();
        (second.digest(&colony), outcome)
    };
    let (old, _) = release("1.0.0", &[]);
    second.fixture.copy.append("crates/backend/src/main.rs", "\nconst _: &str = \"an edit\";\n");
    let (new, edited) = release("1.0.1", &["--sign", "--sign-key", &private]);
    assert_ne!(old, new);
    // What was pulled stays the same base from build to build.
    edited.compiles(&["backend"]);

    // The first one takes nothing on trust, and runs what it checked.
    let verify = |what: &str| first.xtask(&["verify", what, "--key", &public]);
    let pinned = format!("{remote}@{new}");
    verify("1.0.1").exits(0).prints(&pinned);
    verify("1.0.0").exits(1).says(&format!("{remote}@{old} is not signed\n"));
    let said = first.docker(&["run", "--rm", "--network", "none", &pinned, "/usr/local/bin/backend", "--version"]);
    assert!(said.contains("1.0.1"), "{said}");

    // Back to what was, and forth again: a digest stays what it is.
    let means = |digest: &str| assert_eq!(second.digest(&colony), digest);
    means(&new);
    first.xtask(&["promote", "1.0.0", "--to", tag]).exits(0);
    means(&old);
    verify(tag).exits(1);
    first.xtask(&["rollback", tag]).exits(0).prints(&pinned);
    means(&new);
    verify(tag).exits(0).prints(&pinned);
    // Which the second machine, that has the image, sees too.
    assert!(docker(["image", "inspect", &colony]).contains(&new), "it is the one that was built there");
}
