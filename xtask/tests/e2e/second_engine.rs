//! A second Docker engine of the same programs beside the one at hand, with the other image store. It ends with the process
//! of the tests, however that ends: `second_engine.sh` watches the pipe that we hold.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::engine::{CHEF_STAND_IN, PUBLIC_CHEF};
use crate::leftovers;
use crate::process;
use crate::store::Store;

/// Engines, folders and all else are called `<name>-<process>`.
const NAME: &str = "distributed-colony-e2e";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/second_engine.sh");

/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(50);

/// Images of about 1 GB are sent from engine to engine.
const LIMIT: Duration = Duration::from_secs(300);

/// What the builds start from, where the engine at hand has it: the stand-ins, and the images that they stand in for.
const START_IMAGES: [&str; 4] =
    [CHEF_STAND_IN, "distributed-colony-runtime:local", PUBLIC_CHEF, "gcr.io/distroless/cc"];

/// The supervisor; its stdin is open as long as this process lives.
static SUPERVISOR: Mutex<Option<Child>> = Mutex::new(None);

/// Asks the engine at hand.
#[track_caller]
pub(crate) fn ask_first(args: &[&str]) -> String {
    let ended = process::run(Command::new("docker").args(args), LIMIT);
    assert!(
        ended.code == Some(0),
        "the end-to-end tests need a Docker engine; see `cargo xtask doctor`: docker {args:?}: {ended:?}"
    );
    ended.stdout.trim_end().to_owned()
}

/// Starts it with what the builds start from, and returns where it listens.
pub(crate) fn start(store: Store) -> String {
    let parent = data_parent();
    remove_old_ones(&parent);
    let number = std::process::id();
    let (name, data, bridge) = parts(&parent, number);
    let store = (store == Store::Containerd).to_string();
    let mut command = Command::new("sh");
    command.args([SCRIPT, "run", &name]).arg(&data).args([&bridge, &free_subnet(number), &store]);
    // Of a group of its own, so that Ctrl-C ends us and not the one that has to tidy up after us.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut supervisor = command.spawn().unwrap_or_else(|error| panic!("start {SCRIPT}: {error}"));
    let host = format!("unix:///run/{name}/docker.sock");
    wait(&mut supervisor, &host, &Path::new("/run").join(&name).join("log"));
    *SUPERVISOR.lock().expect("no panic holds it") = Some(supervisor);
    move_images(&host);
    host
}

/// Where the folder of its data can lie: beside that of the engine at hand, on a filesystem that serves for images.
fn data_parent() -> PathBuf {
    let first = PathBuf::from(ask_first(&["info", "--format", "{{.DockerRootDir}}"]));
    let parent = first.parent().filter(|parent| parent.is_dir());
    parent.unwrap_or_else(|| Path::new("/var/lib")).to_owned()
}

/// Name, folder of the data, and bridge, whose name must not be longer than 15 characters.
fn parts(parent: &Path, process: u32) -> (String, PathBuf, String) {
    let name = format!("{NAME}-{process}");
    let data = parent.join(&name);
    (name, data, format!("e2e-{process}"))
}

/// Three numbers of a network that this machine knows no way to.
fn free_subnet(process: u32) -> String {
    let routes = process::run(Command::new("ip").args(["-4", "route", "show", "table", "all"]), LIMIT).stdout;
    let candidates = (0..256).map(|number| format!("172.29.{}", (process + number) % 256));
    let mut free = candidates.filter(|subnet| !routes.contains(&format!("{subnet}.")));
    free.next().unwrap_or_else(|| panic!("no free network in 172.29.0.0/16:\n{routes}"))
}

fn wait(supervisor: &mut Child, host: &str, log: &Path) {
    let started = Instant::now();
    let answers = || process::run(Command::new("docker").args(["--host", host, "version"]), LIMIT).code == Some(0);
    while !answers() {
        let said = fs::read_to_string(log).unwrap_or_default();
        let has_ended = supervisor.try_wait().expect("our own child").is_some();
        let has_given_up = has_ended || said.contains("failed to start daemon") || started.elapsed() > PATIENCE;
        assert!(!has_given_up, "the second engine, which needs Linux, root, dockerd and containerd:\n{said}");
        thread::sleep(PAUSE);
    }
}

fn move_images(host: &str) {
    let chosen = ["CHEF_IMAGE", "RUNTIME_IMAGE"].map(|variable| std::env::var(variable).unwrap_or_default());
    let images = chosen.iter().map(String::as_str).chain(START_IMAGES).filter(|image| !image.is_empty());
    let is_here =
        |image: &&str| process::run(Command::new("docker").args(["image", "inspect", image]), LIMIT).code == Some(0);
    for image in images.filter(is_here) {
        let line = "docker save \"$1\" | docker --host \"$2\" load";
        let ended = process::run(Command::new("sh").args(["-c", line, "sh", image, host]), LIMIT);
        assert!(ended.code == Some(0), "send {image} to {host}: {ended:?}");
    }
}

/// Engines of runs that were killed together with the one that had to tidy up after them.
fn remove_old_ones(parent: &Path) {
    let mut found = Vec::new();
    for folder in [Path::new("/run"), parent] {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("list {}: {error}", folder.display()));
        found.extend(entries.filter_map(|entry| entry.expect("list a folder").file_name().into_string().ok()));
    }
    found.sort();
    found.dedup();
    for process in found.iter().filter_map(|name| leftovers::process_over(name, &format!("{NAME}-"))) {
        let (name, data, bridge) = parts(parent, process);
        let mut command = Command::new("sh");
        command.args([SCRIPT, "remove", &name]).arg(&data).arg(&bridge);
        let ended = process::run(&mut command, LIMIT);
        eprintln!("removed the engine {name} of an earlier run: {}", ended.stderr);
    }
}
