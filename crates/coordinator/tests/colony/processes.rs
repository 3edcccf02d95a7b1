//! Starts the services on free ports, reads their logs, asks them questions, and ends them whatever happens.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::client::{CallError, Client};
use shared::noise::{row_hash, world_hash};
use shared::step::step;
use shared::wire::{Phase, StartRequest, Statistics, Topology};
use shared::world::{Edge, Strip};

/// No expected event takes longer, even on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

const VARIABLES: [&str; 6] =
    ["BACKEND_HOST", "BACKEND_PORT", "BUILD_VERSION", "COORDINATOR_HOST", "COORDINATOR_PORT", "COORDINATOR_START_WITH"];

/// The command for a service, without settings from the environment of the test.
pub fn command(service: &str) -> Command {
    let mut command = match service {
        "coordinator" => Command::new(env!("CARGO_BIN_EXE_coordinator")),
        _ => Command::new(backend_binary()),
    };
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null());
    command
}

/// Cargo builds only the binaries of the tested package before a test, so the one of the other package is built here;
/// that takes no time when it is up to date.
fn backend_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in the target directory");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "backend", "--message-format", "json", "--target-dir"]);
        build.arg(target).current_dir(env!("CARGO_MANIFEST_DIR"));
        let output = build.stderr(Stdio::inherit()).output().expect("cargo runs, since it runs this test");
        assert!(output.status.success(), "cargo cannot build the backend");
        let messages = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["target"]["name"] == "backend")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .expect("cargo names the binary it built")
    })
}

/// Runs a command that should end by itself, and kills it when it does not.
pub fn run(command: &mut Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut guard = Guard(child.expect("the binary was built and can start"));
    let (status, _) = guard.wait();
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    // Read only now, which is safe because a pipe holds far more than these commands write.
    guard.0.stdout.take().expect("stdout is a pipe").read_to_end(&mut stdout).expect("the output is there");
    guard.0.stderr.take().expect("stderr is a pipe").read_to_end(&mut stderr).expect("the output is there");
    Output { status, stdout, stderr }
}

/// A process that is killed when it goes out of scope, also when the test fails.
struct Guard(Child);

impl Guard {
    /// Waits until the process ended, and says how and after how long.
    fn wait(&mut self) -> (ExitStatus, Duration) {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Some(status) = self.0.try_wait().expect("it is a child of this process") {
                return (status, begin.elapsed());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("process {} does not end", self.0.id());
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // It may have ended already, which is just as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running service. It is killed when it goes out of scope, also when the test fails.
pub struct Service {
    process: Guard,
    log: Receiver<String>,
    /// `host:port` on which it listens.
    pub address: String,
}

impl Service {
    /// A coordinator on this port.
    pub fn coordinator(port: &str) -> Self {
        Self::start(command("coordinator").args(["local", "--port", port]))
    }

    /// A backend on this port for this coordinator.
    pub fn backend(port: &str, coordinator: &str) -> Self {
        let (_, coordinator_port) = split(coordinator);
        Self::start(command("backend").args(["127.0.0.1", port, "local", "--coordinator-port", coordinator_port]))
    }

    /// Any service; waits until it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary was built and can start");
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let (sender, log) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                println!("{line}");
                // The test no longer reads, but the service must still be able to write.
                let _ = sender.send(line);
            }
        });
        let mut service = Self { process: Guard(child), log, address: String::new() };
        let line = service.expect_log("listening on ");
        service.address = line.rsplit(' ').next().unwrap_or_default().to_owned();
        service
    }

    /// Waits for the next log line with this text and returns it.
    pub fn expect_log(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.log.recv_timeout(left) {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(error) => panic!("no log line with `{text}`: {error}"),
            }
        }
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        // The kill of the shell itself: the program of that name is missing on some systems.
        let status = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.process.0.id())]).status();
        assert!(status.expect("there is a shell").success());
    }

    /// Waits until the process ended, and says how and after how long.
    pub fn wait(&mut self) -> (ExitStatus, Duration) {
        self.process.wait()
    }

    /// The port on which it listens.
    pub fn port(&self) -> &str {
        split(&self.address).1
    }
}

fn split(address: &str) -> (&str, &str) {
    address.rsplit_once(':').expect("an address is host:port")
}

/// A coordinator with some backends.
pub struct Colony {
    pub coordinator: Service,
    pub backends: Vec<Service>,
    client: Client,
}

impl Colony {
    /// Starts the processes; the world does not tick yet.
    pub fn of(backends: usize) -> Self {
        let coordinator = Service::coordinator("0");
        let backends = (0..backends).map(|_| Service::backend("0", &coordinator.address)).collect();
        Self { coordinator, backends, client: Client::new().expect("there are means for a client") }
    }

    /// Asks for a world.
    pub async fn begin(&self, request: &StartRequest) {
        self.try_begin(request).await.expect("the coordinator takes the request");
    }

    /// Asks for a world with any body.
    pub async fn try_begin(&self, body: &impl Serialize) -> Result<Statistics, CallError> {
        self.client.post(&self.coordinator.address, "/start", body, PATIENCE).await
    }

    /// The answer to a GET of the coordinator.
    pub async fn ask<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.client.get(&self.coordinator.address, path, &(), PATIENCE).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Waits until the statistics are so.
    pub async fn until(&self, what: &str, wanted: impl Fn(&Statistics) -> bool) -> Statistics {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let statistics: Statistics = self.ask("/statistics").await;
            if wanted(&statistics) {
                return statistics;
            }
            assert!(Instant::now() < deadline, "not in time: {what}; {statistics:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the world is at its limit and checks that it is the right one.
    pub async fn finish(&self, request: &StartRequest) -> Topology {
        let statistics = self.until("the end of the world", |now| now.phase == Phase::Finished).await;
        assert_eq!(Some(statistics.tick), request.tick_limit);
        assert_eq!(statistics.world_hash, expected_hash(request));
        self.ask("/topology").await
    }
}

/// The hash of the world at its tick limit, computed here and without any cut.
pub fn expected_hash(request: &StartRequest) -> String {
    let (world, limit) = (request.world(), request.tick_limit.expect("a test world has an end"));
    let mut strip = Strip { first_row: 0, rows: world.generate() };
    for tick in 0..limit {
        strip = step(&world, tick, &strip, strip.border(Edge::Bottom), strip.border(Edge::Top))
            .expect("a whole world is a valid strip");
    }
    format!("{:016x}", world_hash(limit, strip.rows.iter().map(row_hash)))
}
