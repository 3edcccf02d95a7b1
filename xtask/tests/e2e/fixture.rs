//! The real xtask binary on a copy of this workspace, as a workspace of its own, so that the
//! images and the warm target directory of whoever runs the tests stay as they are. Everything goes when the value
//! goes, also when a test fails.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::copy::Copy;
use crate::engine::{self, docker, try_docker};
use crate::leftovers;
use crate::outcome::Outcome;
use crate::process::{self, Running};
use crate::shape::Shape;

const COLONY: &str = "distributed-colony-e2e";
const BASE: &str = "distributed-colony-e2e-base";
const CHEF: &str = "distributed-colony-e2e-chef";

/// What this workspace is called in its table, and so in its Dockerfiles.
const REAL_NAME: &str = "distributed-colony";

/// A base from nothing compiles every dependency; anything else is far quicker.
const LIMIT: Duration = Duration::from_secs(900);

/// What would change the meaning of a test if the caller had it set.
const UNWANTED: [&str; 12] = [
    "BUILD_VERSION",
    "IMAGE_TAG",
    "BASE_IMAGE_TAG",
    "AWS_ACCOUNT_ID",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_SESSION_TOKEN",
    "COSIGN_KEY",
    "COSIGN_PASSWORD",
    "ECR_REGISTRY",
    "GITHUB_ACTIONS",
    "SOURCE_DATE_EPOCH",
];

static COUNT: AtomicU32 = AtomicU32::new(0);

/// One copy and what belongs to it in the engine.
pub(crate) struct Fixture {
    pub(crate) copy: Copy,
    tag: String,
    /// What the base is made from; unless said, whatever a user's would be.
    chef: Option<String>,
    /// What the copy is called as a workspace.
    name: String,
    /// Whether no other copy is called so; the cache mounts of a name that is shared stay for the next test.
    is_own: bool,
    images: RefCell<BTreeSet<String>>,
    containers: RefCell<Vec<String>>,
}

impl Fixture {
    /// A copy whose target directory other tests of this run have warmed. An older one might hide a fault, or keep one
    /// that is mended.
    pub(crate) fn new() -> Self {
        static SHARED: OnceLock<String> = OnceLock::new();
        engine::require();
        let name = SHARED.get_or_init(|| {
            leftovers::remove(COLONY, [COLONY, BASE, CHEF]);
            format!("{COLONY}-{}", unique())
        });
        Self::called(Copy::new(), name, false).never_seen()
    }

    /// A copy whose target directory does not exist yet.
    pub(crate) fn cold() -> Self {
        engine::require();
        Self::called(Copy::new(), &format!("{COLONY}-{}", unique()), true).never_seen()
    }

    /// A workspace of another shape, with a target directory of its own.
    pub(crate) fn of(shape: &Shape) -> Self {
        engine::require();
        let copy = Copy::of(shape);
        // A script that was never seen before, as below: no place for a file is none of the sources in every shape.
        copy.append("Docker/compile.sh", &format!("# {}\n", unique()));
        Self::called(copy, &format!("{COLONY}-{}", unique()), true)
    }

    fn called(copy: Copy, name: &str, is_own: bool) -> Self {
        copy.replace("Cargo.toml", &format!("repository = \"{REAL_NAME}\""), &format!("repository = \"{name}\""));
        let tag = format!("test-{}", unique());
        let (images, containers) = (RefCell::default(), RefCell::default());
        let fixture = Self { copy, tag, chef: None, name: name.to_owned(), is_own, images, containers };
        fixture.codegen();
        fixture
    }

    /// BuildKit remembers what it ran on the same content, from earlier runs of the tests too. This content was never seen
    /// before, so that what a test watches really happens.
    fn never_seen(self) -> Self {
        self.copy.write("crates/never-seen-before.txt", &unique());
        self
    }

    /// Another image with a toolchain to make the base from.
    pub(crate) fn with_chef(mut self, image: &str) -> Self {
        self.chef = Some(image.to_owned());
        self
    }

    /// What the copy is called as a workspace.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The cache mounts of the colony's builds on the base that stands, and of the base's.
    #[track_caller]
    pub(crate) fn mounts(&self) -> [String; 2] {
        let base = engine::image_id(&self.base()).expect("a base");
        [format!("{}-app-{}", self.name, &base["sha256:".len()..][..16]), format!("{}-base-target", self.name)]
    }

    /// Generates the files that follow from the table.
    pub(crate) fn codegen(&self) {
        self.xtask(&["codegen"], &[]).exits(0);
    }

    /// The names of the two images.
    pub(crate) fn colony(&self) -> String {
        format!("{COLONY}:{}", self.tag)
    }

    pub(crate) fn base(&self) -> String {
        format!("{BASE}:{}", self.tag)
    }

    fn command(&self, args: &[&str], env: &[(&str, &str)]) -> Command {
        let mut command = self.bare_command(env!("CARGO_BIN_EXE_xtask"), env);
        command.args(args);
        command
    }

    /// A program in the root of the copy that knows the names of our images.
    fn bare_command(&self, program: &str, env: &[(&str, &str)]) -> Command {
        let mut command = engine::command(program);
        command.current_dir(self.copy.root());
        for key in UNWANTED {
            command.env_remove(key);
        }
        command
            .env("CARGO_MANIFEST_DIR", self.copy.root().join("xtask"))
            .env("ECR_REPOSITORY", COLONY)
            .env("ECR_BASE_REPOSITORY", BASE)
            .env("IMAGE_TAG", &self.tag)
            .env("BASE_IMAGE_TAG", &self.tag)
            .envs(self.chef.iter().map(|image| ("CHEF_IMAGE", image)))
            .envs(env.iter().copied());
        command
    }

    /// Runs xtask to its end.
    pub(crate) fn xtask(&self, args: &[&str], env: &[(&str, &str)]) -> Outcome {
        self.note_images();
        let outcome = Outcome(process::run(&mut self.command(args, env), LIMIT));
        self.note_images();
        outcome
    }

    /// Runs a shell line in the root of the copy.
    pub(crate) fn shell(&self, line: &str, env: &[(&str, &str)]) -> Outcome {
        self.note_images();
        let mut command = self.bare_command("sh", env);
        command.args(["-euc", line]).env_remove("CARGO_MANIFEST_DIR");
        let outcome = Outcome(process::run(&mut command, LIMIT));
        self.note_images();
        outcome
    }

    /// Starts xtask.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        self.note_images();
        Running::start(&mut self.command(args, &[]), LIMIT)
    }

    #[track_caller]
    pub(crate) fn build_base(&self) -> Outcome {
        let outcome = self.xtask(&["build-base", "--no-push"], &[]);
        outcome.exits(0);
        outcome
    }

    /// A colony build that works, with further flags. It never compiles a dependency anew.
    #[track_caller]
    pub(crate) fn build_colony(&self, flags: &[&str]) -> Outcome {
        let outcome = self.try_colony(flags, &[]);
        outcome.exits(0).recompiles_no_dependency();
        outcome
    }

    /// A colony build, whatever comes of it.
    pub(crate) fn try_colony(&self, flags: &[&str], env: &[(&str, &str)]) -> Outcome {
        self.xtask(&[&["build-colony", "--no-push"], flags].concat(), env)
    }

    /// The image ID that bears the colony's name now.
    pub(crate) fn colony_id(&self) -> Option<String> {
        engine::image_id(&self.colony())
    }

    /// Starts a container of the colony image in the background and returns its name.
    pub(crate) fn start_container(&self, flags: &[&str], command: &[&str]) -> String {
        self.start_container_of(&self.colony(), flags, command)
    }

    /// The same with another image.
    pub(crate) fn start_container_of(&self, image: &str, flags: &[&str], command: &[&str]) -> String {
        let name = format!("{COLONY}-{}", unique());
        self.containers.borrow_mut().push(name.clone());
        docker(["run", "--detach", "--name", &name].iter().chain(flags).chain([&image]).chain(command).copied());
        name
    }

    /// A container that never runs, for a look at its files.
    pub(crate) fn create_container(&self) -> String {
        let name = format!("{COLONY}-{}", unique());
        self.containers.borrow_mut().push(name.clone());
        docker(["create", "--name", &name, &self.colony()]);
        name
    }

    /// A later build takes the name away from an image; we must still be able to find it.
    fn note_images(&self) {
        self.images.borrow_mut().extend([self.colony(), self.base()].iter().filter_map(|name| engine::image_id(name)));
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        // Nothing here may panic: a failed test is on its way out already.
        let report = |what: &str, args: &[&str]| {
            let ended = try_docker(args.iter().copied());
            if ended.code != Some(0) {
                eprintln!("remove {what}: {}", ended.stderr);
            }
        };
        for name in self.containers.take() {
            report(&name, &["rm", "--force", "--volumes", &name]);
        }
        // An engine of our own takes its images along when it ends. To remove one makes the containerd store collect
        // garbage, which the next build would run into.
        if engine::is_own() {
            return;
        }
        for name in [self.colony(), self.base()] {
            if engine::image_id(&name).is_some() {
                report(&name, &["image", "rm", &name]);
            }
        }
        // An image of the same content may bear a name of somebody else's.
        let nameless = |id: &String| engine::image(id).is_some_and(|image| image["RepoTags"] == serde_json::json!([]));
        for id in self.images.take().iter().filter(|id| nameless(id)) {
            report(id, &["image", "rm", id]);
        }
        if self.is_own {
            let own = format!("{}-", self.name);
            engine::drop_caches(|mount| mount.starts_with(&own));
        }
    }
}

/// A name for an image with a toolchain.
pub(crate) fn chef_name() -> String {
    format!("{CHEF}:test-{}", unique())
}

/// A text that no other test of any run has; it begins with the number of our process.
pub(crate) fn unique() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock after 1970");
    format!("{}-{:x}-{}", std::process::id(), since.as_micros(), COUNT.fetch_add(1, Ordering::Relaxed))
}
