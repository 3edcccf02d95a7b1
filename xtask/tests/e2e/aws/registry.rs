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
    let answer = ask(port, "HEAD", &place(repository, tag), &with_login(""), "");
    if answer.starts_with("HTTP/1.1 404") {
        return None;
    }
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Some(header(&answer, "Docker-Content-Digest"))
}

/// Media type and text of the manifest that a repository has for a tag.
pub(crate) fn manifest(port: u16, repository: &str, tag: &str) -> (String, String) {
    let answer = ask(port, "GET", &place(repository, tag), &with_login(""), "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, text) = answer.split_once("\r\n\r\n").expect("a body follows");
    (header(&answer, "Content-Type"), text.to_owned())
}

/// Lets a tag mean this manifest, whose parts are there, and returns its digest.
pub(crate) fn put(port: u16, repository: &str, tag: &str, kind: &str, text: &str) -> String {
    let answer = ask(port, "PUT", &place(repository, tag), &with_login(&format!("Content-Type: {kind}\r\n")), text);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    header(&answer, "Docker-Content-Digest")
}

/// Whether it lets nobody in without the password.
pub(crate) fn is_locked(port: u16) -> bool {
    ask(port, "HEAD", "/v2/", "", "").starts_with("HTTP/1.1 401")
}

fn place(repository: &str, tag: &str) -> String {
    format!("/v2/{repository}/manifests/{tag}")
}

fn with_login(headers: &str) -> String {
    format!("Authorization: Basic {LOGIN}\r\n{headers}")
}

fn header(answer: &str, name: &str) -> String {
    let value = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.unwrap_or_else(|| panic!("no {name}: {answer}")).to_owned()
}

fn ask(port: u16, verb: &str, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the registry listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit above zero");
    let head = format!("{verb} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {MANIFESTS}\r\n{headers}");
    let end = format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    stream.write_all(format!("{head}{end}").as_bytes()).expect("ask the registry");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the registry answers");
    answer
}
