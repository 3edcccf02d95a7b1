//! Services of a colony on ports of this machine, as `cargo xtask up` asks them whether they are well.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A coordinator and as many backends as wanted, all well from the start. They answer until the tests end.
pub(crate) struct Services {
    /// Where the coordinator answers.
    pub(crate) coordinator: u16,
    /// Where the first backend answers; the others follow.
    pub(crate) backend: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Services {
    /// `/statistics` tells these ticks one after the other, the last one again and again.
    pub(crate) fn start(backends: u16, ticks: &[u64]) -> Self {
        let [coordinator] = &listeners(1)[..] else { panic!("one was asked for") };
        let backends = listeners(backends);
        let services = Self { coordinator: port(coordinator), backend: port(&backends[0]), asked: Arc::default() };
        services.serve(coordinator, "coordinator", ticks);
        for (listener, number) in backends.iter().zip(1..) {
            services.serve(listener, &format!("backend-{number}"), &[]);
        }
        services
    }

    /// The flags that tell `up` of the ports.
    pub(crate) fn flags(&self) -> [String; 2] {
        [format!("--coordinator-port={}", self.coordinator), format!("--backend-port={}", self.backend)]
    }

    /// What docker lists of the coordinator and so many backends, the last one first.
    pub(crate) fn listed(&self, backends: u16) -> String {
        let of_backend =
            |number| format!("backend {number} 8083/tcp, 127.0.0.1:{}->8082/tcp", self.backend + number - 1);
        let coordinator = format!("coordinator 1 8082/tcp, 127.0.0.1:{}->8083/tcp", self.coordinator);
        (1..=backends).rev().map(of_backend).chain([coordinator]).map(|line| line + "\n").collect()
    }

    /// How often this was asked, such as `backend-1/health`.
    pub(crate) fn asked(&self, what: &str) -> usize {
        self.asked.lock().expect("no panic holds it").iter().filter(|asked| *asked == what).count()
    }

    fn serve(&self, listener: &TcpListener, name: &str, ticks: &[u64]) {
        let (listener, name, asked) =
            (listener.try_clone().expect("a second handle"), name.to_owned(), self.asked.clone());
        let mut ticks = ticks.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let path = request(&stream);
                asked.lock().expect("no panic holds it").push(format!("{name}{path}"));
                let answer = match (path.as_str(), &ticks[..]) {
                    ("/health", _) => ok("{}"),
                    ("/statistics", [tick, ..]) => ok(&format!(r#"{{"tick":{tick}}}"#)),
                    _ => "HTTP/1.0 404 Not Found\r\n\r\n".to_owned(),
                };
                if path == "/statistics" && ticks.len() > 1 {
                    ticks.remove(0);
                }
                stream.write_all(answer.as_bytes()).expect("the client listens");
            }
        });
    }
}

/// On ports that follow each other and that nobody has.
fn listeners(count: u16) -> Vec<TcpListener> {
    loop {
        let first = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let next =
            (1..count).map(|distance| TcpListener::bind(("127.0.0.1", port(&first).checked_add(distance)?)).ok());
        if let Some(next) = next.collect::<Option<Vec<_>>>() {
            return [first].into_iter().chain(next).collect();
        }
    }
}

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("it is bound").port()
}

/// The path of the request, which is read to its end.
fn request(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map(|line| line.expect("read a request"));
    let lines: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    lines[0].split(' ').nth(1).expect("a request names a path").to_owned()
}

fn ok(body: &str) -> String {
    format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{body}")
}
