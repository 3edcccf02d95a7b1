//! What a text of the table may look like, where it becomes a line of a Dockerfile, a list or a command. Pure.

/// A name of an environment variable.
pub(super) fn variable(text: &str) -> Result<String, String> {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(is_inner) {
        return Ok(text.to_owned());
    }
    Err("a variable has a name of ASCII letters, digits and _ that begins with no digit".to_owned())
}

/// Any text of one line.
pub(super) fn line(text: &str) -> Result<String, String> {
    if text.contains(['\n', '\r', '\0']) {
        return Err("it has a line break in it".to_owned());
    }
    Ok(text.to_owned())
}

/// A port as a Dockerfile exposes it: `8080`, `53/udp`.
pub(super) fn port(text: &str) -> Result<String, String> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let is_number = number.parse::<u16>().is_ok_and(|port| port > 0 && port.to_string() == number);
    match protocol {
        "tcp" if is_number => Ok(number.to_owned()),
        "udp" | "sctp" if is_number => Ok(text.to_owned()),
        _ => Err("a port is a number from 1 to 65535, or one with its protocol as in \"53/udp\"".to_owned()),
    }
}

/// A user, or a user and a group, by number or name.
pub(super) fn user(text: &str) -> Result<String, String> {
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let mut parts = text.split(':');
    if parts.by_ref().take(2).all(is_name) && parts.next().is_none() {
        return Ok(text.to_owned());
    }
    Err("a user is a number or a name, with or without a group: \"65532:65532\"".to_owned())
}

/// An absolute path inside an image, of a file or a folder.
pub(super) fn inside(text: &str) -> Result<String, String> {
    let Some(below) = text.strip_prefix('/') else {
        return Err("a path in the image begins with /".to_owned());
    };
    parts(below)?;
    Ok(text.to_owned())
}

/// A path below the workspace root.
pub(super) fn below_root(text: &str) -> Result<String, String> {
    if text.starts_with('/') {
        return Err("a path of the workspace is relative to its root".to_owned());
    }
    parts(text)?;
    Ok(text.to_owned())
}

/// Both kinds of paths become words of Dockerfiles and lines of lists.
fn parts(below: &str) -> Result<(), String> {
    if below.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err("a path has no empty part, no `.` and no `..`, and no / at its end".to_owned());
    }
    if below.chars().any(|c| c.is_control() || "\\\"'$`".contains(c)) {
        return Err("a path has no quotes, no $, no backslash and no line break".to_owned());
    }
    Ok(())
}

/// A feature of a member: `fast`, `server/fast`, or of one of its dependencies: `server/serde?/std`.
pub(super) fn feature(text: &str) -> Result<String, String> {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "_-+.?".contains(c);
    if text.split('/').all(|part| !part.is_empty() && part.chars().all(is_inner)) && !text.starts_with('-') {
        return Ok(text.to_owned());
    }
    Err("a feature has a name of ASCII letters, digits and _ - + . with / behind its package".to_owned())
}

/// A package of apk or apt, with or without a version: `libssl-dev`, `cmake=3.31.6-r0`.
pub(super) fn package(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-+.=~:@".contains(c);
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err("a package has a name of ASCII letters, digits and + - . _, with = before its version".to_owned())
}

/// What a secret is called inside the build.
pub(super) fn secret_id(text: &str) -> Result<String, String> {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if ["ca", "from-scratch"].contains(&text) {
        return Err("the base build has a secret of its own under this name".to_owned());
    }
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_inner) {
        return Ok(text.to_owned());
    }
    Err("a secret has a name of ASCII letters, digits and _ - .".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dockerfile_cannot_carry_is_refused() {
        fn each(check: fn(&str) -> Result<String, String>, good: &[&str], bad: &[&str]) {
            good.iter().for_each(|text| assert!(check(text).is_ok(), "{text}"));
            bad.iter().for_each(|text| assert!(check(text).is_err(), "{text}"));
        }
        each(variable, &["A", "_b1"], &["", "1A", "A B", "A=B", "A\n"]);
        each(port, &["1", "65535", "53/udp", "8080/tcp", "9/sctp"], &["0", "65536", "080", "x", "53/icmp", "1-2", ""]);
        each(user, &["65532:65532", "nobody", "1000", "app:app"], &["", ":", "a:", "a:b:c", "$USER", "a b"]);
        each(inside, &["/a", "/etc/app/app.toml", "/a b"], &["a", "/", "/a/", "/../a", "/a//b", "/$A", "/a\nb"]);
        each(below_root, &["a", "a b/c.d", ".sqlx"], &["", "/a", "../a", "a/", "./a", "a\"b"]);
        each(feature, &["fast", "server/fast", "a/b?/c"], &["", "-x", "a b", "a,b", "a//b"]);
        each(package, &["libssl-dev", "g++", "cmake=3.31-1~x"], &["", "-x", "a b", "a;b", "a>1", "$(x)"]);
        each(secret_id, &["token", "a.b-c"], &["", "ca", "from-scratch", "a,b", "-a"]);
        assert_eq!(port("8080/tcp").as_deref(), Ok("8080"));
    }
}
