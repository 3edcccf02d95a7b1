//! A server that a test starts on a port of its own, and that ends with the test.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Service {
    child: Child,
    log: PathBuf,
    /// On 127.0.0.1.
    pub(crate) port: u16,
}

impl Service {
    /// Starts a server that chooses a free port and names it in its log as `127.0.0.1:<port>`, and waits until it
    /// accepts connections.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let file = File::create(log).expect("make a log");
        let errors = file.try_clone().expect("open the log twice");
        command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let child = command.spawn().unwrap_or_else(|error| panic!("start {command:?}: {error}"));
        let mut service = Self { child, log: log.to_owned(), port: 0 };
        let started = Instant::now();
        while !service.listens() {
            let ended = service.child.try_wait().expect("our own child").is_some();
            assert!(!ended && started.elapsed() < PATIENCE, "{command:?} does not listen:\n{}", service.log());
            thread::sleep(PAUSE);
        }
        service
    }

    fn listens(&mut self) -> bool {
        let log = self.log();
        let Some((_, rest)) = log.split_once("127.0.0.1:") else { return false };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        // The line may still be half written.
        if rest.len() == digits.len() {
            return false;
        }
        self.port = digits.parse().expect("a port");
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it before the test does.
    pub(crate) fn stop(&mut self) {
        // One that has ended by itself is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}
