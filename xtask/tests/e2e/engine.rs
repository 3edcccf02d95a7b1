//! The real Docker engine. Without one every test fails: a test that skips itself proves nothing.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use crate::process::{self, Ended};
use crate::second_engine;
use crate::store::Store;

/// How long a docker call that builds nothing may take.
const LIMIT: Duration = Duration::from_secs(60);

/// The image with a toolchain, and what is made on this machine where its registry is out of reach.
pub(crate) const PUBLIC_CHEF: &str = "lukemathwalker/cargo-chef:latest-rust-1.87-alpine";
pub(crate) const CHEF_STAND_IN: &str = "distributed-colony-chef:local";

/// A program that reaches the engine under test, by itself or through the docker that it starts.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.envs(host().map(|host| ("DOCKER_HOST", host)));
    command
}

/// Runs docker, whatever comes of it.
pub(crate) fn try_docker<'a>(args: impl IntoIterator<Item = &'a str>) -> Ended {
    process::run(command("docker").args(args), LIMIT)
}

/// Runs docker and returns its stdout without the trailing line break.
#[track_caller]
pub(crate) fn docker<'a>(args: impl IntoIterator<Item = &'a str>) -> String {
    let args: Vec<&str> = args.into_iter().collect();
    let ended = try_docker(args.iter().copied());
    assert!(ended.code == Some(0), "docker {args:?}: {ended:?}");
    ended.stdout.trim_end().to_owned()
}

/// Fails unless an engine answers.
pub(crate) fn require() {
    static VERSION: OnceLock<String> = OnceLock::new();
    let version = VERSION.get_or_init(|| try_docker(["version", "--format", "{{.Server.Version}}"]).stdout);
    assert!(!version.trim().is_empty(), "the end-to-end tests need a Docker engine; see `cargo xtask doctor`");
}

/// Where the engine under test listens: `None` for the one at hand, unless that keeps its images in another store than
/// the one that this run is for.
fn host() -> Option<&'static str> {
    static HOST: OnceLock<Option<String>> = OnceLock::new();
    let choose = || {
        let asked = Store::asked()?;
        let at_hand = second_engine::ask_first(&["info", "--format", "{{json .DriverStatus}}"]);
        (Store::of_driver_status(&at_hand) != asked).then(|| second_engine::start(asked))
    };
    HOST.get_or_init(choose).as_deref()
}

/// Whether the engine under test was started by this run, and ends with it.
pub(crate) fn is_own() -> bool {
    host().is_some()
}

/// Where the engine under test keeps its images.
pub(crate) fn store() -> Store {
    Store::of_driver_status(&docker(["info", "--format", "{{json .DriverStatus}}"]))
}

/// What the engine knows of a local image.
pub(crate) fn image(reference: &str) -> Option<Value> {
    let ended = try_docker(["image", "inspect", "--format", "{{json .}}", reference]);
    (ended.code == Some(0)).then(|| serde_json::from_str(&ended.stdout).expect("docker writes JSON"))
}

pub(crate) fn image_id(reference: &str) -> Option<String> {
    Some(image(reference)?["Id"].as_str().expect("an image has an ID").to_owned())
}

/// The image with a toolchain that a build takes which is told of none.
pub(crate) fn chef_image() -> String {
    let chosen = std::env::var("CHEF_IMAGE").ok().filter(|image| !image.is_empty());
    let default = || if image(CHEF_STAND_IN).is_some() { CHEF_STAND_IN } else { PUBLIC_CHEF };
    chosen.unwrap_or_else(|| default().to_owned())
}

/// The builder that bears the context's name, which sees the images of the engine.
pub(crate) fn builder() -> String {
    docker(["context", "show"])
}

/// Runs one binary of an image to its end, without a network, and returns its stdout.
#[track_caller]
pub(crate) fn run_binary(image: &str, binary: &str, args: &[&str]) -> String {
    let path = format!("/usr/local/bin/{binary}");
    let call = ["run", "--rm", "--network", "none", image, &path];
    docker(call.into_iter().chain(args.iter().copied()))
}

/// Where the engine's layers are mounted, as this machine sees it.
pub(crate) fn mounts() -> BTreeSet<String> {
    let root = docker(["info", "--format", "{{.DockerRootDir}}"]);
    let mounts = fs::read_to_string("/proc/self/mounts").expect("list the mounts");
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    places.filter(|place| place.starts_with(&root)).map(str::to_owned).collect()
}

/// Drops the target directories that builds left behind in cache mounts whose ID is `unwanted`. BuildKit names the mount
/// in the description of the record. Never panics, since values are dropped by it.
///
/// An engine of this run's own takes them along when it ends. There, in containerd's store, engine 26.1 forgets with one of
/// them the steps of every base that has no name at the time, and the next test would compile all dependencies again.
pub(crate) fn drop_caches(unwanted: impl Fn(&str) -> bool) {
    let mount =
        |record: &str| record.split_once("with id \"/").and_then(|(_, rest)| Some(rest.split('"').next()?.to_owned()));
    drop_described(|_, record| mount(record).is_some_and(|mount| unwanted(&mount)));
}

/// The IDs of what BuildKit keeps.
pub(crate) fn build_records() -> BTreeSet<String> {
    described().into_iter().map(|(id, _)| id).collect()
}

/// Drops the layers that are part of an image, of those records whose ID is `unwanted`; not in an engine of this run's own,
/// as above.
pub(crate) fn drop_records(unwanted: impl Fn(&String) -> bool) {
    drop_described(|id, record| record.contains("] COPY --link ") && unwanted(id));
}

/// ID and description of all that BuildKit keeps.
fn described() -> Vec<(String, String)> {
    let listed = try_docker(["buildx", "du", "--verbose", "--builder", &builder_of_context()]).stdout;
    let id = |record: &str| record.lines().find_map(|line| line.strip_prefix("ID:")).map(|id| id.trim().to_owned());
    listed.split("\n\n").filter_map(|record| Some((id(record)?, record.to_owned()))).collect()
}

/// Never panics, since values are dropped by it.
fn drop_described(is_unwanted: impl Fn(&String, &str) -> bool) {
    if is_own() {
        return;
    }
    let mut unwanted = described();
    unwanted.retain(|(id, record)| is_unwanted(id, record));
    // What was made from another one holds it.
    let made_at = |record: &str| record.lines().find_map(|line| line.strip_prefix("Created at:").map(str::to_owned));
    unwanted.sort_by_cached_key(|(_, record)| Reverse(made_at(record)));
    let builder = builder_of_context();
    for (id, record) in unwanted {
        let filter = format!("id={id}");
        let ended = try_docker(["buildx", "prune", "--force", "--filter", &filter, "--builder", &builder]);
        if ended.code != Some(0) {
            eprintln!("drop {record}: {}", ended.stderr);
        }
    }
}

fn builder_of_context() -> String {
    try_docker(["context", "show"]).stdout.trim_end().to_owned()
}
