//! `[workspace.metadata.images]`: the one table that says what is shipped. Read strictly, since a key that is ignored is
//! an image that is not what its owner thinks. Pure. `names.rs` beside this folder reads its names and places.

mod binaries;
mod compiling;
pub(crate) mod owner;
mod running;
mod value;
mod words;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::failure::Failure;
pub(crate) use crate::workspace::images::binaries::Binary;
pub(crate) use crate::workspace::images::compiling::{Packages, Secret};
pub(super) use crate::workspace::images::value::kind;
use crate::workspace::images::value::{TABLE, Table, found, usage};
use crate::workspace::profile::Profile;

const KEYS: [&str; 21] = [
    "binaries",
    "verify",
    "default",
    "args",
    "ports",
    "env",
    "user",
    "workdir",
    "copy",
    "profile",
    "features",
    "no-default-features",
    "packages",
    "include",
    "build-env",
    "secrets",
    "ssh",
    "repository",
    "base-repository",
    "region",
    "account",
];

/// What is shipped, and how it is compiled and run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Images {
    /// What goes into the colony image, in the order of the table; at least one.
    pub(crate) binaries: Vec<Binary>,
    /// The binary that is the default command: the first one where the table says nothing.
    pub(crate) default: String,
    /// The arguments of the default command.
    pub(crate) args: Vec<String>,
    /// As a Dockerfile exposes them: `8080`, `53/udp`.
    pub(crate) ports: Vec<String>,
    /// Variables of the image.
    pub(crate) env: BTreeMap<String, String>,
    /// `65532:65532` where the table says nothing.
    pub(crate) user: String,
    /// Absolute, inside the image.
    pub(crate) workdir: Option<String>,
    /// Files and folders that go into the image: path below the workspace root -> absolute path in the image.
    pub(crate) copy: BTreeMap<String, String>,
    /// What everything is compiled by; `release` where the table says nothing.
    pub(crate) profile: Profile,
    /// Features of the members, as cargo takes them.
    pub(crate) features: Vec<String>,
    /// Whether the default features of the members are off.
    pub(crate) no_default_features: bool,
    /// What the base needs to compile.
    pub(crate) packages: Packages,
    /// Files and folders outside of the members that the build reads, below the workspace root.
    pub(crate) include: Vec<String>,
    /// Names of variables that reach the compiler.
    pub(crate) build_env: Vec<String>,
    /// What only the base build gets to see.
    pub(crate) secrets: Vec<Secret>,
    /// Whether the base build may use the keys of the SSH agent.
    pub(crate) ssh: bool,
}

impl Images {
    /// `metadata` is what cargo passes on of the workspace's metadata, null where there is none.
    pub(crate) fn read(metadata: &Value) -> Result<Self, Failure> {
        let table = match &metadata["images"] {
            Value::Null => return Err(names_nothing()),
            Value::Object(values) => Table::new(values, &KEYS)?,
            other => return Err(usage(format!("{TABLE} {}, not a table", found(other))).hint(example())),
        };
        let binaries = binaries::read(&table)?;
        if binaries.is_empty() {
            return Err(names_nothing());
        }
        Ok(Self {
            default: running::default(&table, &binaries)?,
            args: table.all_checked("args", words::line)?,
            ports: running::ports(&table)?,
            env: running::env(&table)?,
            user: table.checked("user", words::user)?.unwrap_or_else(|| "65532:65532".to_owned()),
            workdir: table.checked("workdir", words::inside)?,
            copy: running::copy(&table)?,
            profile: table.checked("profile", Profile::new)?.unwrap_or_default(),
            features: table.all_checked("features", words::feature)?,
            no_default_features: table.flag("no-default-features")?,
            packages: compiling::packages(&table)?,
            include: table.all_checked("include", words::line)?,
            build_env: compiling::build_env(&table)?,
            secrets: compiling::secrets(&table)?,
            ssh: table.flag("ssh")?,
            binaries,
        })
    }

    /// The names of the binaries, in the order of the table.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.binaries.iter().map(|binary| binary.name.as_str())
    }

    /// The flags by which cargo chooses features: in the base and in the colony the same, or every dependency that is
    /// concerned would be compiled anew.
    pub(crate) fn feature_flags(&self) -> Vec<String> {
        let no_default = self.no_default_features.then(|| "--no-default-features".to_owned());
        let chosen = (!self.features.is_empty()).then(|| ["--features".to_owned(), self.features.join(",")]);
        no_default.into_iter().chain(chosen.into_iter().flatten()).collect()
    }
}

fn names_nothing() -> Failure {
    usage("Cargo.toml names no shipped binary").hint(example())
}

fn example() -> String {
    format!("Add to it: {TABLE} binaries = [\"name\", …]")
}

#[cfg(test)]
mod tests;
