//! One question to a service on this machine: enough of HTTP to see whether it is well.
//!
//! HTTP/1.0 without keep-alive: the answer ends where the connection ends, so twenty lines do what a client library
//! would need a dozen more packages for.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

/// How long each of connecting, sending and receiving may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET path` on a loopback port; a status other than 200 and a body that is not JSON are errors.
pub(crate) fn get(port: u16, path: &str) -> anyhow::Result<Value> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let answer = exchange(address, path).with_context(|| format!("GET http://{address}{path}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no end of headers")?;
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    if status != "200" {
        bail!("GET http://{address}{path} answers with status {status}: {body}");
    }
    serde_json::from_str(body).with_context(|| format!("GET http://{address}{path} answers with no JSON: {body}"))
}

fn exchange(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;

    use super::*;

    fn answering(answer: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("one connection");
            let lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
            lines.map_while(Result::ok).find(String::is_empty).expect("the end of the request");
            stream.write_all(answer.as_bytes()).expect("the client listens");
        });
        port
    }

    #[test]
    fn the_body_of_a_good_answer_is_read() {
        let port = answering("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{\"tick\":7}");
        assert_eq!(get(port, "/statistics").expect("a good answer")["tick"], 7);
    }

    #[test]
    fn another_status_is_an_error_that_names_the_address() {
        let port = answering("HTTP/1.0 503 Service Unavailable\r\n\r\nnot yet");
        let error = get(port, "/health").expect_err("503").to_string();
        assert_eq!(error, format!("GET http://127.0.0.1:{port}/health answers with status 503: not yet"));
    }
}
