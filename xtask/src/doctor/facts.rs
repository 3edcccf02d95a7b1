//! What the machine answers. Every question is bounded in time, and a dead engine is an answer, not an error.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use crate::base_images::BaseImage;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::doctor::version::Version;
use crate::invocation::Invocation;
use crate::runner::Answer;

/// A client or a registry that takes longer than this is taken for dead.
const LIMIT: Duration = Duration::from_secs(10);

/// The first engine whose builder knows named build contexts.
pub(crate) const ENGINE_WANTED: Version = Version(23, 0);

/// The docker client on PATH.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) version: Option<String>,
    /// Unknown when the chosen context does not exist.
    pub(crate) context: Option<String>,
    pub(crate) engine: Result<Engine, Trouble>,
}

/// An engine that answers and can do what we need.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Engine {
    pub(crate) version: String,
}

/// Why the engine is of no use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Down(String),
    /// The socket is there, but not for this user.
    Denied(String),
    /// The docker context does not exist.
    NoContext(String),
    /// `DOCKER_HOST` or a context names another engine than the one of this machine, which does not answer.
    Elsewhere(String),
    TooOld(String),
    /// It runs Windows containers.
    WrongSystem(String),
}

/// The buildx plugin, or why it can't be told.
#[derive(Debug)]
pub(crate) enum Buildx {
    Version(String),
    Missing,
    NoClient,
}

/// The builder that bears the context's name, and its driver.
#[derive(Debug)]
pub(crate) enum Builder {
    Driver { name: String, driver: String },
    Unknown,
}

/// Where a base image is to be had.
#[derive(Debug)]
pub(crate) enum Source {
    Local(String),
    StandIn,
    Registry(String),
    Nowhere {
        reference: String,
        chosen: bool,
        why: String,
    },
    /// Without client or engine nothing can be looked up.
    Unknown,
}

/// Free space in KiB at the tightest of the places that a build fills.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) path: PathBuf,
    pub(crate) free_kib: u64,
}

/// `None` when there is no docker client.
pub(crate) fn client(ctx: &Ctx) -> anyhow::Result<Option<Client>> {
    if !on_path("docker") {
        return Ok(None);
    }
    let call = Invocation::new("docker").args(["version", "--format", "{{json .}}"]);
    let answer = ctx.runner.probe_within(&call, LIMIT)?;
    let host = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
    Ok(Some(read_client(answer.as_ref(), host.as_deref())))
}

/// With no engine the client still tells of itself, on stdout, and fails.
fn read_client(answer: Option<&Answer>, host: Option<&str>) -> Client {
    let Some(answer) = answer else {
        let why = format!("no answer within {} s", LIMIT.as_secs());
        return Client { version: None, context: None, engine: Err(trouble(why, host)) };
    };
    let told: Value = serde_json::from_str(&answer.stdout).unwrap_or_default();
    let text = |part: &str, key: &str| told[part][key].as_str().map(str::to_owned);
    let engine = match text("Server", "Version") {
        Some(version) if answer.success => judge(version, text("Server", "Os").as_deref()),
        _ => Err(trouble(last_line(&answer.stderr), host)),
    };
    Client { version: text("Client", "Version"), context: text("Client", "Context"), engine }
}

fn judge(version: String, system: Option<&str>) -> Result<Engine, Trouble> {
    if let Some(system) = system.filter(|system| *system != "linux") {
        return Err(Trouble::WrongSystem(system.to_owned()));
    }
    match Version::find(&version) {
        Some(found) if found < ENGINE_WANTED => Err(Trouble::TooOld(version)),
        _ => Ok(Engine { version }),
    }
}

fn trouble(why: String, host: Option<&str>) -> Trouble {
    let lower = why.to_lowercase();
    if lower.contains("permission denied") {
        Trouble::Denied(why)
    } else if lower.contains("context not found") {
        Trouble::NoContext(why)
    } else if let Some(host) = host.filter(|host| *host != "unix:///var/run/docker.sock") {
        Trouble::Elsewhere(format!("DOCKER_HOST={host}: {why}"))
    } else {
        Trouble::Down(why)
    }
}

pub(crate) fn buildx(ctx: &Ctx) -> anyhow::Result<Buildx> {
    if !on_path("docker") {
        return Ok(Buildx::NoClient);
    }
    let call = Invocation::new("docker").args(["buildx", "version"]);
    let answer = ctx.runner.probe_within(&call, LIMIT)?;
    Ok(match answer.filter(|answer| answer.success) {
        Some(answer) => Buildx::Version(answer.stdout),
        None => Buildx::Missing,
    })
}

/// The driver is empty while the engine is down, although the call succeeds.
pub(crate) fn builder(ctx: &Ctx, client: Option<&Client>) -> anyhow::Result<Builder> {
    let Some(Client { context: Some(name), engine: Ok(_), .. }) = client else {
        return Ok(Builder::Unknown);
    };
    let call = Invocation::new("docker").args(["buildx", "inspect", name]);
    let answer = ctx.runner.probe_within(&call, LIMIT)?;
    let driver = answer.as_ref().filter(|answer| answer.success).and_then(|answer| driver(&answer.stdout));
    Ok(match driver {
        Some(driver) => Builder::Driver { name: name.clone(), driver },
        None => Builder::Unknown,
    })
}

fn driver(inspected: &str) -> Option<String> {
    let driver = inspected.lines().find_map(|line| line.strip_prefix("Driver:"))?.trim();
    (!driver.is_empty()).then(|| driver.to_owned())
}

/// Whether the user made a builder of that name: buildx looks there before it takes the context's own.
pub(crate) fn is_stored_builder(name: &str) -> bool {
    let variable = |key| std::env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    let docker = variable("DOCKER_CONFIG").or_else(|| Some(variable("HOME")?.join(".docker")));
    let buildx = variable("BUILDX_CONFIG").or_else(|| Some(docker?.join("buildx")));
    buildx.is_some_and(|folder| folder.join("instances").join(name).exists())
}

/// The engine's data folder counts only when it lies on this machine.
pub(crate) fn disk(ctx: &Ctx, client: Option<&Client>) -> anyhow::Result<Disk> {
    let mut paths = vec![ctx.root.clone()];
    if client.is_some_and(|client| client.engine.is_ok()) {
        let call = Invocation::new("docker").args(["info", "--format", "{{.DockerRootDir}}"]);
        let answer = ctx.runner.probe_within(&call, LIMIT)?;
        let folder = answer.filter(|answer| answer.success).map(|answer| PathBuf::from(answer.stdout));
        paths.extend(folder.filter(|folder| folder.is_dir()));
    }
    let call = Invocation::new("df").arg("-Pk").args(&paths);
    let table = ctx.runner.capture("measure the free disk space", &call)?;
    let free = table.lines().skip(1).map(available).collect::<Option<Vec<u64>>>();
    let free = free.with_context(|| format!("read `{call}`"))?;
    let tightest = paths.into_iter().zip(free).min_by_key(|(_, free)| *free);
    let (path, free_kib) = tightest.with_context(|| format!("`{call}` lists nothing"))?;
    Ok(Disk { path, free_kib })
}

/// The fourth column of `df -P`, counted from the right, since a device name may hold blanks.
fn available(line: &str) -> Option<u64> {
    let percent = line.find("% ")?;
    line[..percent].split_whitespace().rev().nth(1)?.parse().ok()
}

/// By the rule by which the builds choose: what the user chose, else a local stand-in, else the public image.
pub(crate) fn base_image(
    ctx: &Ctx,
    client: Option<&Client>,
    image: &BaseImage,
    chosen: Option<&str>,
) -> anyhow::Result<Source> {
    if client.is_none_or(|client| client.engine.is_err()) {
        return Ok(Source::Unknown);
    }
    let docker = Docker::new(ctx);
    if chosen.is_none() && docker.image(image.stand_in)?.is_some() {
        return Ok(Source::StandIn);
    }
    let reference = chosen.unwrap_or(image.public).to_owned();
    if docker.image(&reference)?.is_some() {
        return Ok(Source::Local(reference));
    }
    let call = Invocation::new("docker").args(["manifest", "inspect", &reference]);
    let why = match ctx.runner.probe_within(&call, LIMIT)? {
        Some(answer) if answer.success => return Ok(Source::Registry(reference)),
        Some(answer) => last_line(&answer.stderr),
        None => format!("no answer within {} s", LIMIT.as_secs()),
    };
    Ok(Source::Nowhere { reference, chosen: chosen.is_some(), why })
}

/// What `aws --version` prints, `None` when there is no aws.
pub(crate) fn aws(ctx: &Ctx) -> anyhow::Result<Option<String>> {
    if !on_path("aws") {
        return Ok(None);
    }
    let answer = ctx.runner.probe_within(&Invocation::new("aws").arg("--version"), LIMIT)?;
    Ok(answer.filter(|answer| answer.success).map(|answer| answer.stdout))
}

/// The account that the credentials belong to, or why there is none.
pub(crate) fn aws_account(ctx: &Ctx, region: Option<&str>) -> anyhow::Result<Result<String, String>> {
    if !on_path("aws") {
        return Ok(Err("no aws".to_owned()));
    }
    let query = ["sts", "get-caller-identity", "--query", "Account", "--output", "text"];
    let region = region.map(|region| ["--region", region]);
    let call = Invocation::new("aws").args(query).args(region.into_iter().flatten()).env("AWS_PAGER", "");
    Ok(match ctx.runner.probe_within(&call, LIMIT)? {
        Some(answer) if answer.success => Ok(answer.stdout),
        Some(answer) => Err(last_line(&answer.stderr)),
        None => Err(format!("no answer within {} s", LIMIT.as_secs())),
    })
}

pub(crate) fn on_path(program: &str) -> bool {
    which::which(program).is_ok()
}

/// The last line that says something: what programs print before it are usage hints and progress.
fn last_line(text: &str) -> String {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given").to_owned()
}

/// Whether this machine is run by systemd, which then starts the engine.
pub(crate) fn has_systemd() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(success: bool, stdout: &str, stderr: &str) -> Answer {
        Answer { success, stdout: stdout.to_owned(), stderr: stderr.to_owned() }
    }

    const CLIENT: &str = r#""Client":{"Version":"28.2.2","Context":"default"}"#;

    fn with_engine(version: &str, system: &str) -> Answer {
        answer(true, &format!(r#"{{{CLIENT},"Server":{{"Version":"{version}","Os":"{system}"}}}}"#), "")
    }

    #[test]
    fn one_call_tells_of_client_and_engine() {
        let client = read_client(Some(&with_engine("26.1.5+dfsg1", "linux")), None);
        assert_eq!(client.version.as_deref(), Some("28.2.2"));
        assert_eq!(client.context.as_deref(), Some("default"));
        assert_eq!(client.engine, Ok(Engine { version: "26.1.5+dfsg1".to_owned() }));
    }

    #[test]
    fn an_engine_without_named_contexts_is_too_old() {
        let client = read_client(Some(&with_engine("20.10.24+dfsg1", "linux")), None);
        assert_eq!(client.engine, Err(Trouble::TooOld("20.10.24+dfsg1".to_owned())));
    }

    #[test]
    fn an_engine_for_windows_containers_is_of_no_use() {
        let client = read_client(Some(&with_engine("27.0.1", "windows")), None);
        assert_eq!(client.engine, Err(Trouble::WrongSystem("windows".to_owned())));
    }

    #[test]
    fn the_exit_status_counts_and_not_what_stands_on_stdout() {
        let down = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
        let client = read_client(Some(&answer(false, &format!(r#"{{{CLIENT},"Server":null}}"#), down)), None);
        assert_eq!(client.version.as_deref(), Some("28.2.2"));
        assert_eq!(client.engine, Err(Trouble::Down(down.to_owned())));
    }

    #[test]
    fn troubles_with_different_cures_are_told_apart() {
        let text = |text: &str| text.to_owned();
        assert!(matches!(trouble(text("permission denied while trying to connect"), None), Trouble::Denied(_)));
        assert!(matches!(trouble(text("context \"nope\": context not found"), None), Trouble::NoContext(_)));
        assert!(matches!(trouble(text("cannot connect"), Some("tcp://10.0.0.1")), Trouble::Elsewhere(_)));
        assert!(matches!(trouble(text("cannot connect"), None), Trouble::Down(_)));
        assert!(matches!(read_client(None, None).engine, Err(Trouble::Down(_))));
    }

    #[test]
    fn the_driver_is_read_and_is_unknown_while_the_engine_is_down() {
        assert_eq!(driver("Name:          default\nDriver:        docker\n").as_deref(), Some("docker"));
        assert_eq!(driver("Name:          default\nDriver:        \nError: x\n"), None);
    }

    #[test]
    fn free_space_is_read_whatever_the_device_is_called() {
        let line = "/dev/my disk 264212084 18474944  76810944      20% /var/lib/docker";
        assert_eq!(available(line), Some(76_810_944));
        assert_eq!(available("nonsense"), None);
    }

    #[test]
    fn the_reason_is_the_last_line_that_says_something() {
        assert_eq!(last_line("Unable to locate\n\nTry again\n\n"), "Try again");
        assert_eq!(last_line(""), "no reason given");
    }
}
