//! What the registry itself says, asked without docker.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);

/// Both formats that a push can have made.
const MANIFESTS: &str =
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";

/// `AWS:123456789012-auth-token`, in base64.
const LOGIN: &str = "QVdTOjEyMzQ1Njc4OTAxMi1hdXRoLXRva2Vu";

/// The digest that a repository has for a tag, `None` when it has none.
pub(crate) fn digest(port: u16, repository: &str, tag: &str) -> Option<String> {
    let answer = ask(port, &format!("/v2/{repository}/manifests/{tag}"), &format!("Authorization: Basic {LOGIN}\r\n"));
    if answer.starts_with("HTTP/1.1 404") {
        return None;
    }
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let digest = answer.lines().find_map(|line| line.strip_prefix("Docker-Content-Digest: "));
    Some(digest.unwrap_or_else(|| panic!("no digest: {answer}")).to_owned())
}

/// Whether it lets nobody in without the password.
pub(crate) fn is_locked(port: u16) -> bool {
    ask(port, "/v2/", "").starts_with("HTTP/1.1 401")
}

fn ask(port: u16, path: &str, header: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the registry listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit above zero");
    let head = format!("HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {MANIFESTS}\r\n{header}");
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).expect("ask the registry");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the registry answers");
    answer
}
