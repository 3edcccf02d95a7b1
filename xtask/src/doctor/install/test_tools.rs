//! What the end-to-end tests need besides an engine: for the way into ECR a registry, a stand-in for AWS, and the real
//! aws CLI; for a builder like Alpine a BusyBox. `tests/e2e/tools.rs` finds them. And what looks at the workflow of GitHub
//! Actions: an audit, and the schema of workflows.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::context::Ctx;
use crate::doctor::install::apt::Apt;
use crate::doctor::install::stand_in;
use crate::doctor::question::on_path;
use crate::process::invocation::Invocation;
use crate::staging::own_folder::{self, Lock, or_if_gone};

/// In our folder of cargo's target directory, for whatever is not on PATH.
const FOLDER: &str = "test-tools";

/// A program that is unpacked and not installed: the package of the registry starts a service that listens on a port, and
/// that of BusyBox does not go together with other packages of it.
struct Program {
    /// What it is called in our folder.
    name: &'static str,
    package: &'static str,
    /// Where the package may have it.
    places: &'static [&'static str],
}

const REGISTRY: Program =
    Program { name: "docker-registry", package: "docker-registry", places: &["usr/bin/docker-registry"] };

/// Only this one is linked so that it runs in any image.
const BUSYBOX: Program =
    Program { name: "busybox-static", package: "busybox-static", places: &["bin/busybox", "usr/bin/busybox"] };

/// Programs and the packages of Python that have them. Exact versions, since the tests look at what these say. The extra
/// `moto[server]` would bring three times as much, for services that nobody here asks.
const PYTHON: [(&str, &[&str]); 4] = [
    ("aws", &["awscli==1.45.11"]),
    ("moto_server", &["moto==5.2.5", "flask==3.1.2", "flask-cors==6.0.1"]),
    ("zizmor", &["zizmor==1.32.0"]),
    ("check-jsonschema", &["check-jsonschema==0.39.0"]),
];

/// Installs those of the test tools that are not there yet.
pub(crate) fn install_test_tools(ctx: &Ctx) -> anyhow::Result<()> {
    let apt = Apt::new(ctx);
    let folder = ctx.state_dir()?.join(FOLDER);
    let is_there = |program: &str| on_path(program) || folder.join("bin").join(program).is_file();
    if !is_there("htpasswd") {
        apt.ensure(&["apache2-utils"])?;
    }
    for program in [REGISTRY, BUSYBOX] {
        if !is_there(program.name) {
            unpack(ctx, &apt, &program, &folder)?;
        }
    }
    let missing: Vec<&str> =
        PYTHON.iter().filter(|(program, _)| !is_there(program)).flat_map(|(_, packages)| *packages).copied().collect();
    if !missing.is_empty() {
        apt.ensure(&["python3-venv"])?;
        make_venv(ctx, &folder, &missing)?;
    }
    Ok(())
}

/// A call of one of them: by its name where that is on PATH, else where we put it.
pub(crate) fn test_tool(ctx: &Ctx, name: &str) -> anyhow::Result<Invocation> {
    if on_path(name) {
        return Ok(Invocation::new(name));
    }
    Ok(Invocation::new(ctx.state_dir()?.join(FOLDER).join("bin").join(name).to_string_lossy()))
}

/// Takes our folder of them into use, if there is one, for as long as the value lives.
pub(crate) fn hold_test_tools(ctx: &Ctx) -> anyhow::Result<Option<Lock>> {
    let folder = ctx.state_dir()?.join(FOLDER);
    or_if_gone(own_folder::share(&folder).map(Some), None).with_context(|| format!("lock {}", folder.display()))
}

fn unpack(ctx: &Ctx, apt: &Apt<'_>, program: &Program, folder: &Path) -> anyhow::Result<()> {
    let Program { name, package, places } = program;
    let archives = stand_in::empty_folder(ctx, name)?;
    apt.update_once()?;
    apt.download(&[package], &archives)?;
    let root = archives.join("root");
    for entry in fs::read_dir(&archives).with_context(|| format!("read {}", archives.display()))? {
        let archive = entry.with_context(|| format!("read {}", archives.display()))?.path();
        let call = Invocation::new("dpkg-deb").arg("--extract").args([archive.as_path(), &root]);
        ctx.runner.stream(&format!("unpack {package}"), &call)?;
    }
    let place = places.iter().map(|place| root.join(place)).find(|place| place.is_file());
    let place = place.with_context(|| format!("the package {package} has none of {}", places.join(", ")))?;
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).with_context(|| format!("create {}", bin.display()))?;
    fs::rename(place, bin.join(name)).with_context(|| format!("keep {name}"))?;
    stand_in::remove(&archives)
}

/// The folder becomes a virtual environment, whose programs stand in its `bin`.
fn make_venv(ctx: &Ctx, folder: &Path, packages: &[&str]) -> anyhow::Result<()> {
    let what = format!("install {}", packages.join(", "));
    let venv = Invocation::new("python3").args(["-m", "venv"]).arg(folder);
    let pip = Invocation::new(folder.join("bin/python3").to_string_lossy())
        .args(["-m", "pip", "install", "--quiet"])
        .args(packages);
    ctx.report.step(&what, || {
        ctx.runner.stream("make a virtual environment", &venv)?;
        ctx.runner.stream(&what, &pip)
    })
}
