//! What runs of these tests left behind: a run that is killed cannot tidy up, and no run can tell which of its tests is
//! the last one to use the shared cache mount. So the next run does it, by the number of the process in every name.

use std::process::Command;
use std::time::Duration;

use crate::engine::{self, try_docker};
use crate::process;

const LIMIT: Duration = Duration::from_secs(10);

/// Removes containers, networks, named images and cache mounts of runs that are over. All but the images are called
/// `<name>-<process>-…`, the tags in `repositories` `test-<process>-…`.
pub(crate) fn remove(name: &str, repositories: [&str; 3]) {
    let names = try_docker(["ps", "--all", "--format", "{{.Names}}"]).stdout;
    for container in names.lines().filter(|container| is_over(container, &format!("{name}-"))) {
        report(&try_docker(["rm", "--force", "--volumes", container]));
    }
    let networks = try_docker(["network", "ls", "--format", "{{.Name}}"]).stdout;
    for network in networks.lines().filter(|network| is_over(network, &format!("{name}-"))) {
        report(&try_docker(["network", "rm", network]));
    }
    let images = try_docker(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]).stdout;
    let is_old = |image: &&str| repositories.iter().any(|name| is_over(image, &format!("{name}:test-")));
    for image in images.lines().filter(is_old) {
        report(&try_docker(["image", "rm", image]));
    }
    engine::drop_caches(|mount| is_over(mount, &format!("{name}-")));
}

/// Whether the name is that prefix and the number of a process that does not run.
fn is_over(name: &str, prefix: &str) -> bool {
    process_over(name, prefix).is_some()
}

/// The number of the process in a name that begins with that prefix, if it does not run.
pub(crate) fn process_over(name: &str, prefix: &str) -> Option<u32> {
    let number = name.strip_prefix(prefix)?.split('-').next()?.parse::<u32>().ok()?;
    let is_there = process::run(Command::new("kill").args(["-0", &number.to_string()]), LIMIT).code == Some(0);
    (!is_there).then_some(number)
}

fn report(ended: &process::Ended) {
    if ended.code != Some(0) {
        eprintln!("remove what an earlier run left: {}", ended.stderr);
    }
}
