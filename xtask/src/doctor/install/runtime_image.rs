//! The stand-in for distroless/cc, made as that is made: the files of a few Debian packages and three users, without a
//! shell, a package manager or anything else that could be run.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::context::Ctx;
use crate::docker::Docker;
use crate::doctor::install::apt::Apt;
use crate::doctor::install::stand_in;
use crate::doctor::install::system::{self, System};
use crate::process::invocation::Invocation;
use crate::start_images::RUNTIME;

const DOCKERFILE: &str = "Docker/local/runtime.Dockerfile";

const PACKAGES: [&str; 7] = ["base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6", "netbase", "tzdata"];

/// The shared libraries of OpenSSL, as one release calls them or a later one: the older name first, since apt may know the
/// later release too, from which the engine is installed, and its libraries want another C library.
const OPENSSL: [&str; 2] = ["libssl3", "libssl3t64"];

/// Parts of the packages that a service never opens.
const LEFT_OUT: [&str; 11] = [
    "usr/lib/x86_64-linux-gnu/gconv",
    "usr/sbin/update-ca-certificates",
    "usr/share/bug",
    "usr/share/ca-certificates",
    "usr/share/common-licenses",
    "usr/share/doc",
    "usr/share/gcc",
    "usr/share/lintian",
    "usr/share/man",
    "usr/share/zoneinfo/posix",
    "usr/share/zoneinfo/right",
];

/// Files that the packages' scripts would make, were they run.
const FILES: [(&str, &str); 3] = [
    (
        "etc/passwd",
        "root:x:0:0:root:/root:/sbin/nologin\n\
         nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n\
         nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    ),
    ("etc/group", "root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n"),
    ("etc/nsswitch.conf", "hosts: files dns\n"),
];

const NONROOT: u32 = 65532;

const LOADER: &str = "lib64/ld-linux-x86-64.so.2";

pub(crate) fn make(ctx: &Ctx, apt: &Apt<'_>) -> anyhow::Result<()> {
    let system = System::detect(ctx)?;
    system::require_amd64(ctx)?;
    let folder = stand_in::empty_folder(ctx, "runtime")?;
    let archives = folder.join("archives");
    fs::create_dir(&archives).with_context(|| format!("create {}", archives.display()))?;
    apt.update_once()?;
    let mut packages = PACKAGES.to_vec();
    for name in OPENSSL {
        if apt.candidate(name)?.is_some() {
            packages.push(name);
            break;
        }
    }
    apt.download(&packages, &archives)?;
    let root = folder.join("root");
    let versions = ctx.report.step("lay out the runtime's files", || {
        let versions = unpack(ctx, &archives, &root)?;
        complete(&root)?;
        Ok(versions)
    })?;
    let call = Invocation::new("tar")
        .args(["--create", "--numeric-owner", "--sort=name", "--file"])
        .arg(folder.join("rootfs.tar"))
        .arg("--directory")
        .args([root.into_os_string(), ".".into()]);
    ctx.runner.stream("pack the runtime's files", &call)?;
    let packages = format!("{} {}: {}", system.id, system.codename, versions.join(" "));
    stand_in::build(ctx, &RUNTIME, DOCKERFILE, &folder, &[("packages", packages)])?;
    // The loader lists what the C++ library needs, and fails when a part of it is not there.
    let needed = ["--list".to_owned(), "/usr/lib/x86_64-linux-gnu/libstdc++.so.6".to_owned()];
    Docker::new(ctx).run_once(RUNTIME.stand_in, &format!("/{LOADER}"), &needed)?;
    stand_in::remove(&folder)
}

/// Extracts every archive and keeps its control record where scanners of distroless images look for it. Returns
/// `package=version` for each.
fn unpack(ctx: &Ctx, archives: &Path, root: &Path) -> anyhow::Result<Vec<String>> {
    let records = root.join("var/lib/dpkg/status.d");
    fs::create_dir_all(&records).with_context(|| format!("create {}", records.display()))?;
    let mut versions = Vec::new();
    for archive in files_in(archives)? {
        let name = archive.display().to_string();
        let extract = Invocation::new("dpkg-deb").arg("--extract").args([archive.as_path(), root]);
        ctx.runner.stream(&format!("extract {name}"), &extract)?;
        let show = Invocation::new("dpkg-deb").arg("--field").arg(&archive);
        let record = ctx.runner.capture(&format!("read {name}"), &show)?;
        let field = |key: &str| {
            let value = record.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
            value.with_context(|| format!("no `{key}` in {name}"))
        };
        let package = field("Package")?;
        let path = records.join(package);
        fs::write(&path, format!("{record}\n")).with_context(|| format!("write {}", path.display()))?;
        versions.push(format!("{package}={}", field("Version")?));
    }
    Ok(versions)
}

fn files_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        files.push(entry.with_context(|| format!("read {}", folder.display()))?.path());
    }
    files.sort();
    Ok(files)
}

/// Does what the packages' scripts would do, and takes out what is not needed.
fn complete(root: &Path) -> anyhow::Result<()> {
    let bundle = root.join("etc/ssl/certs/ca-certificates.crt");
    fs::write(&bundle, certificates(&root.join("usr/share/ca-certificates/mozilla"))?)
        .with_context(|| format!("write {}", bundle.display()))?;
    for path in LEFT_OUT.map(|path| root.join(path)) {
        if path.is_dir() {
            stand_in::remove(&path)?;
        } else if path.exists() {
            fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))?;
        }
    }
    for (name, text) in FILES {
        let path = root.join(name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    let home = root.join("home/nonroot");
    fs::create_dir_all(&home).with_context(|| format!("create {}", home.display()))?;
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).context("close the home of nonroot")?;
    chown(&home, Some(NONROOT), Some(NONROOT)).context("give nonroot its home")?;
    merge_usr(root)?;
    ensure!(root.join(LOADER).symlink_metadata().is_ok(), "the packages leave no {LOADER}");
    Ok(())
}

/// Some releases keep everything below /usr and leave the links to it to a script.
fn merge_usr(root: &Path) -> anyhow::Result<()> {
    for name in ["bin", "lib", "lib64", "sbin"] {
        let (link, target) = (root.join(name), Path::new("usr").join(name));
        if link.symlink_metadata().is_err() && root.join(&target).is_dir() {
            symlink(&target, &link).with_context(|| format!("link {}", link.display()))?;
        }
    }
    Ok(())
}

/// All certificates in one, as update-ca-certificates would write them.
fn certificates(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bundle = Vec::new();
    for path in files_in(folder)? {
        bundle.extend(fs::read(&path).with_context(|| format!("read {}", path.display()))?);
    }
    ensure!(!bundle.is_empty(), "no certificates in {}", folder.display());
    Ok(bundle)
}
