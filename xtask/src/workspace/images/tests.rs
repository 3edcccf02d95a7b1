use serde_json::json;

use super::*;
use crate::docker::build_spec::SecretSource;
use crate::failure::ExitCode;

fn try_read(table: &Value) -> Result<Images, Failure> {
    Images::read(&json!({ "images": table }))
}

/// A table that ships `a` and `b`, with these further keys.
fn with(further: &Value) -> Value {
    let mut table = json!({ "binaries": ["a", "b"] });
    table.as_object_mut().expect("a table").extend(further.as_object().expect("a table").clone());
    table
}

#[track_caller]
fn read(further: Value) -> Images {
    try_read(&with(&further)).expect("a sound table")
}

#[track_caller]
fn refusal(table: &Value) -> String {
    let failure = try_read(table).expect_err("it is refused");
    assert_eq!(failure.code, ExitCode::Usage);
    assert!(!failure.hints.is_empty(), "{} has no cure", failure.message);
    failure.message
}

/// What is said of one further key, behind the name of the table.
#[track_caller]
fn refused(further: Value) -> String {
    let message = refusal(&with(&further));
    message.strip_prefix("[workspace.metadata.images] ").expect("it names the table").to_owned()
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_table_of_names_has_a_default_for_all_else() {
    let images = read(json!({}));
    let binary = |name: &str| Binary { name: name.to_owned(), verify: Some(texts(&["--version"])) };
    let expected = Images {
        binaries: vec![binary("a"), binary("b")],
        default: "a".to_owned(),
        user: "65532:65532".to_owned(),
        ..Images::default()
    };
    assert_eq!(images, expected);
    assert_eq!(images.profile.name(), "release");
}

#[test]
fn each_binary_answers_to_its_own_words_or_to_those_of_all_or_to_none() {
    let table = json!({
        "binaries": ["a", { "name": "b_1.x-y", "verify": ["-V", ""] }, { "name": "c", "verify": false }, { "name": "d" }],
        "verify": ["--help"],
    });
    let images = try_read(&table).expect("a sound table");
    let verify: Vec<_> = images.binaries.iter().map(|binary| binary.verify.as_deref()).collect();
    let (help, own) = (texts(&["--help"]), texts(&["-V", ""]));
    assert_eq!(verify, [Some(&help[..]), Some(&own[..]), None, Some(&help[..])]);
    let of_all = |further| read(further).binaries[1].verify.clone();
    assert_eq!(of_all(json!({ "verify": [] })), Some(Vec::new()));
    assert_eq!(of_all(json!({ "verify": false })), None);
}

#[test]
fn every_other_key_is_read() {
    let images = read(json!({
        "default": "b",
        "args": ["-x"],
        "ports": [80, "53/udp", "80/tcp"],
        "env": { "A": "1" },
        "user": "nobody",
        "workdir": "/srv",
        "copy": { "config/a.toml": "/etc/a.toml" },
        "profile": "image",
        "features": ["tls"],
        "no-default-features": true,
        "packages": { "apk": ["cmake"], "apt": ["g++"] },
        "include": ["proto", ".sqlx"],
        "build-env": ["Z", "SQLX_OFFLINE", "Z"],
        "secrets": [{ "id": "token", "env": "TOKEN" }, { "id": "key", "src": "../key" }],
        "ssh": true,
        "repository": "x",
        "base-repository": "y",
        "region": "eu-west-1",
        "account": "123456789012",
    }));
    let secret = |id: &str, source| Secret { id: id.to_owned(), source };
    let expected = Images {
        binaries: images.binaries.clone(),
        default: "b".to_owned(),
        args: texts(&["-x"]),
        ports: texts(&["80", "53/udp"]),
        env: [("A".to_owned(), "1".to_owned())].into(),
        user: "nobody".to_owned(),
        workdir: Some("/srv".to_owned()),
        copy: [("config/a.toml".to_owned(), "/etc/a.toml".to_owned())].into(),
        profile: Profile::new("image").expect("a profile"),
        features: texts(&["tls"]),
        no_default_features: true,
        packages: Packages { apk: texts(&["cmake"]), apt: texts(&["g++"]) },
        include: texts(&["proto", ".sqlx"]),
        build_env: texts(&["SQLX_OFFLINE", "Z"]),
        secrets: vec![
            secret("token", SecretSource::Variable("TOKEN".to_owned())),
            secret("key", SecretSource::File("../key".into())),
        ],
        ssh: true,
    };
    assert_eq!(images, expected);
}

#[test]
fn a_table_that_is_absent_or_empty_is_told_how_to_be() {
    for metadata in [Value::Null, json!({}), json!({ "images": {} }), json!({ "images": { "binaries": [] } })] {
        let failure = Images::read(&metadata).expect_err("it is refused");
        assert_eq!(failure.message, "Cargo.toml names no shipped binary");
    }
}

#[test]
fn an_unknown_key_is_refused_by_name_wherever_it_stands() {
    assert_eq!(refused(json!({ "binary": ["b"] })), "knows no key `binary`");
    assert_eq!(refused(json!({ "packages": { "apd": [] } })), "knows no key `packages.apd`");
    assert_eq!(refused(json!({ "binaries": [{ "name": "a", "args": [] }] })), "knows no key `binaries.args`");
    assert_eq!(refused(json!({ "secrets": [{ "id": "a", "file": "b" }] })), "knows no key `secrets.file`");
}

#[test]
fn a_wrong_type_is_refused_by_name() {
    assert_eq!(refusal(&json!(["a"])), "[workspace.metadata.images] is a list, not a table");
    for (further, message) in [
        (json!({ "binaries": "a" }), "binaries is \"a\", not a list of texts"),
        (json!({ "binaries": ["a", 3] }), "binaries holds 3, not a name or a table { name, verify }"),
        (json!({ "binaries": [{ "verify": false }] }), "binaries holds a table without a name"),
        (json!({ "binaries": [{ "name": 3 }] }), "binaries.name is 3, not a text"),
        (json!({ "verify": true }), "verify is true, not a list of texts or false"),
        (json!({ "verify": ["a", 3] }), "verify holds 3, not a list of texts"),
        (
            json!({ "binaries": [{ "name": "a", "verify": "x" }] }),
            "binaries.verify is \"x\", not a list of texts or false",
        ),
        (json!({ "default": ["a"] }), "default is a list, not a text"),
        (json!({ "args": "-x" }), "args is \"-x\", not a list of texts"),
        (json!({ "ports": 80 }), "ports is 80, not a list of ports"),
        (json!({ "ports": [[80]] }), "ports holds [80], not a list of ports"),
        (json!({ "env": ["A=1"] }), "env is a list, not a table of texts"),
        (json!({ "env": { "A": 1 } }), "env.A is 1, not a text"),
        (json!({ "user": 1000 }), "user is 1000, not a text"),
        (json!({ "workdir": true }), "workdir is true, not a text"),
        (json!({ "copy": ["a"] }), "copy is a list, not a table of texts"),
        (json!({ "copy": { "a": ["/b"] } }), "copy.a is a list, not a text"),
        (json!({ "profile": ["image"] }), "profile is a list, not a text"),
        (json!({ "features": "tls" }), "features is \"tls\", not a list of texts"),
        (json!({ "no-default-features": "yes" }), "no-default-features is \"yes\", not true or false"),
        (json!({ "packages": ["cmake"] }), "packages is a list, not a table"),
        (json!({ "packages": { "apt": "cmake" } }), "packages.apt is \"cmake\", not a list of texts"),
        (json!({ "include": "proto" }), "include is \"proto\", not a list of texts"),
        (json!({ "build-env": { "A": "1" } }), "build-env is a table, not a list of texts"),
        (json!({ "secrets": { "id": "a" } }), "secrets is a table, not a list of tables"),
        (json!({ "secrets": ["a"] }), "secrets holds \"a\", not a list of tables"),
        (json!({ "ssh": "default" }), "ssh is \"default\", not true or false"),
    ] {
        assert_eq!(refused(further), message);
    }
}

#[test]
fn a_value_that_cannot_be_is_refused_by_name() {
    for name in ["-a", "a b", "a\nb", "a'b", "../a", "", ".a"] {
        let message = refusal(&json!({ "binaries": [name] }));
        assert!(message.contains(&format!("`{}`", name.escape_debug())), "{message}");
    }
    for (further, begin) in [
        (json!({ "binaries": ["a", "a"] }), "binaries names `a` twice"),
        (json!({ "verify": ["b\nc"] }), r"verify: `b\nc`: it has a line break in it"),
        (json!({ "default": "c" }), "default: `c` is none of the binaries"),
        (json!({ "args": ["a\nb"] }), r"args: `a\nb`: "),
        (json!({ "ports": [0] }), "ports: `0`: a port is a number from 1 to 65535"),
        (json!({ "ports": [80.5] }), "ports: `80.5`: "),
        (json!({ "env": { "A B": "1" } }), "env: `A B`: "),
        (json!({ "env": { "A": "1\n2" } }), r"env.A: `1\n2`: "),
        (json!({ "env": { "BUILD_VERSION": "1" } }), "env: `BUILD_VERSION`: the image has it from"),
        (json!({ "user": "a b" }), "user: `a b`: "),
        (json!({ "workdir": "srv" }), "workdir: `srv`: a path in the image begins with /"),
        (json!({ "copy": { "/a": "/b" } }), "copy: `/a`: a path of the workspace is relative"),
        (json!({ "copy": { "a": "b" } }), "copy.a: `b`: a path in the image begins with /"),
        (json!({ "copy": { "a": "/usr/local/bin/x" } }), "copy.a: `/usr/local/bin/x`: this is the folder"),
        (json!({ "copy": { "a": "/c", "b": "/c" } }), "copy.b: `/c`: another file goes there too"),
        (json!({ "profile": "dev" }), "profile: `dev`: images are built by"),
        (json!({ "features": ["a,b"] }), "features: `a,b`: "),
        (json!({ "packages": { "apt": ["a; b"] } }), "packages.apt: `a; b`: "),
        (json!({ "build-env": ["A-B"] }), "build-env: `A-B`: "),
        (json!({ "build-env": ["CARGO_TARGET_DIR"] }), "build-env: `CARGO_TARGET_DIR`: the images set it themselves"),
        (json!({ "secrets": [{ "id": "ca", "env": "A" }] }), "secrets.id: `ca`: "),
        (json!({ "secrets": [{ "id": "a" }] }), "secrets holds {\"id\":\"a\"}, which has not an id and either"),
        (json!({ "secrets": [{ "id": "a", "env": "A", "src": "b" }] }), "secrets holds {"),
        (json!({ "secrets": [{ "id": "a", "src": "b,c" }] }), "secrets.src: `b,c`: "),
        (json!({ "secrets": [{ "id": "a", "env": "A" }, { "id": "a", "env": "B" }] }), "secrets.id: `a`: another"),
    ] {
        let message = refused(further);
        assert!(message.starts_with(begin), "{message}\nis not\n{begin}");
    }
}
