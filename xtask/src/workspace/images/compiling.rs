//! The keys of the table that say what is needed to compile: packages, variables, secrets. Pure.

use serde_json::Value;

use crate::docker::build_spec::SecretSource;
use crate::failure::Failure;
use crate::workspace::images::value::{TABLE, Table, odd, usage, wrong};
use crate::workspace::images::words;

/// Packages of the system below the compiler, installed where the chef image has that tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Packages {
    pub(crate) apk: Vec<String>,
    pub(crate) apt: Vec<String>,
}

/// What the base build gets to see and nothing keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    /// What it is called inside the build.
    pub(crate) id: String,
    /// Cargo finds a variable under its name, and a file as `/run/secrets/<id>`.
    pub(crate) source: SecretSource,
}

/// Variables that decide where and how the images are built, so that none may be handed in.
const OWN_VARIABLES: [&str; 13] = [
    "PATH",
    "HOME",
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "PROFILE",
    "CHEF_ID",
    "CHEF_IMAGE",
    "BASE_IMAGE",
    "RUNTIME_IMAGE",
    "BUILD_VERSION",
];

pub(super) fn packages(table: &Table<'_>) -> Result<Packages, Failure> {
    let Some(packages) = table.table("packages", &["apk", "apt"])? else { return Ok(Packages::default()) };
    Ok(Packages {
        apk: packages.all_checked("apk", words::package)?,
        apt: packages.all_checked("apt", words::package)?,
    })
}

/// Names, sorted, each once.
pub(super) fn build_env(table: &Table<'_>) -> Result<Vec<String>, Failure> {
    let mut names = table.all_checked("build-env", |text| {
        if OWN_VARIABLES.contains(&text) {
            return Err("the images set it themselves".to_owned());
        }
        words::variable(text)
    })?;
    names.sort();
    names.dedup();
    Ok(names)
}

/// In the order of the table, each ID once.
pub(super) fn secrets(table: &Table<'_>) -> Result<Vec<Secret>, Failure> {
    let (what, write) = ("a list of tables", "[{ id = \"…\", env = \"…\" }]");
    let mut secrets: Vec<Secret> = Vec::new();
    for item in table.list("secrets", what, write)? {
        let Value::Object(values) = item else {
            return Err(wrong("secrets", &format!("holds {item}"), what, &format!("secrets = {write}")));
        };
        let inner = Table::inner(values, "secrets", &["id", "env", "src"])?;
        let id = inner.checked("id", words::secret_id)?;
        let source = (inner.checked("env", words::variable)?, inner.checked("src", words::line)?);
        let (id, source) = match (id, source) {
            (Some(id), (Some(variable), None)) => (id, SecretSource::Variable(variable)),
            (Some(id), (None, Some(file))) if !file.is_empty() && !file.contains(',') => {
                (id, SecretSource::File(file.into()))
            }
            (Some(_), (None, Some(file))) => {
                return Err(odd("secrets.src", &file, "a path is not empty and has no comma"));
            }
            _ => {
                return Err(usage(format!("{TABLE} secrets holds {item}, which has not an id and either env or src"))
                    .hint("Write it as { id = \"…\", env = \"VARIABLE\" } or { id = \"…\", src = \"path\" }"));
            }
        };
        if secrets.iter().any(|known| known.id == id) {
            return Err(odd("secrets.id", &id, "another secret has this name"));
        }
        secrets.push(Secret { id, source });
    }
    Ok(secrets)
}
