//! What the end-to-end tests of the way into ECR need besides an engine: a registry, a stand-in for AWS, and the real
//! aws CLI. `tests/e2e/aws/tools.rs` finds them.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::context::Ctx;
use crate::doctor::facts::on_path;
use crate::doctor::install::apt::Apt;
use crate::doctor::install::stand_in;
use crate::invocation::Invocation;

/// Below target/xtask, for whatever is not on PATH.
const FOLDER: &str = "test-tools";

/// Exact versions, since the tests look at what these say. The extra `moto[server]` would bring three times as much, for
/// services that nobody here asks.
const PYTHON_PACKAGES: [&str; 4] = ["awscli==1.45.11", "moto==5.2.5", "flask==3.1.2", "flask-cors==6.0.1"];

/// Installs those of the test tools that are not there yet.
pub(crate) fn install_test_tools(ctx: &Ctx) -> anyhow::Result<()> {
    let apt = Apt::new(ctx);
    let folder = ctx.state_dir().join(FOLDER);
    let is_there = |program: &str| on_path(program) || folder.join("bin").join(program).is_file();
    if !is_there("htpasswd") {
        apt.ensure(&["apache2-utils"])?;
    }
    if !is_there("docker-registry") {
        unpack_registry(ctx, &apt, &folder)?;
    }
    if !is_there("aws") || !is_there("moto_server") {
        apt.ensure(&["python3-venv"])?;
        make_venv(ctx, &folder)?;
    }
    Ok(())
}

/// Unpacked and not installed, because its package starts a service that listens on a port.
fn unpack_registry(ctx: &Ctx, apt: &Apt<'_>, folder: &Path) -> anyhow::Result<()> {
    let archives = stand_in::empty_folder(ctx, "registry")?;
    apt.update_once()?;
    apt.download(&["docker-registry"], &archives)?;
    let root = archives.join("root");
    for entry in fs::read_dir(&archives).with_context(|| format!("read {}", archives.display()))? {
        let archive = entry.with_context(|| format!("read {}", archives.display()))?.path();
        let call = Invocation::new("dpkg-deb").arg("--extract").args([archive.as_path(), &root]);
        ctx.runner.stream("unpack the registry", &call)?;
    }
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).with_context(|| format!("create {}", bin.display()))?;
    fs::rename(root.join("usr/bin/docker-registry"), bin.join("docker-registry")).context("keep the registry")?;
    stand_in::remove(&archives)
}

/// The folder becomes a virtual environment, whose programs stand in its `bin`.
fn make_venv(ctx: &Ctx, folder: &Path) -> anyhow::Result<()> {
    let what = "install the aws CLI and its stand-in for AWS";
    let venv = Invocation::new("python3").args(["-m", "venv"]).arg(folder);
    let pip = Invocation::new(folder.join("bin/python3").to_string_lossy())
        .args(["-m", "pip", "install", "--quiet"])
        .args(PYTHON_PACKAGES);
    ctx.report.step(what, || {
        ctx.runner.stream("make a virtual environment", &venv)?;
        ctx.runner.stream(what, &pip)
    })
}
