//! The stand-in for the cargo-chef image: a minimal root of the system's own packages, the host's Rust toolchain, and
//! cargo-chef from the crates registry. Root and toolchain are of one machine, so their C libraries agree.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::Context;

use crate::context::Ctx;
use crate::doctor::install::apt::Apt;
use crate::doctor::install::system::{self, System};
use crate::doctor::install::{sources, stand_in};
use crate::failure::Failure;
use crate::process::invocation::Invocation;
use crate::start_images::CHEF;

const DOCKERFILE: &str = "Docker/local/chef.Dockerfile";

/// What the builds call, besides what every Debian root has, and what packages with C and C++ in them expect: what the
/// official image has, and the OpenSSL that Dockerfile.base adds to that. Debian's has its static libraries with it.
const PACKAGES: &str = "binutils,ca-certificates,g++,gcc,git,libc6-dev,libssl-dev,make,pkg-config";

/// No build reads them: conversions between character sets, sanitizers, profilers and what shows a compiler's own files come
/// with gcc and the C library, servers and the like with git.
const LEFT_OUT: [&str; 22] = [
    "/usr/bin/*dwp",
    "/usr/bin/*gprof*",
    "/usr/bin/*lto-dump*",
    "/usr/bin/git-shell",
    "/usr/bin/scalar",
    "/usr/lib/*/gconv/*",
    "/usr/lib/*/libasan*",
    "/usr/lib/*/libgprofng*",
    "/usr/lib/*/liblsan*",
    "/usr/lib/*/libtsan*",
    "/usr/lib/*/libubsan*",
    "/usr/lib/git-core/git-daemon",
    "/usr/lib/git-core/git-http-backend",
    "/usr/lib/git-core/git-http-push",
    "/usr/lib/git-core/git-imap-send",
    "/usr/lib/git-core/git-sh-i18n--envsubst",
    "/usr/lib/git-core/git-shell",
    "/usr/lib/git-core/scalar",
    "/usr/share/doc/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
    "/usr/share/zoneinfo/*",
];

/// Most of perl, which is for some commands of git, goes in the end: the packages themselves use it when they are installed.
const NO_PERL: &str = "rm -r \"$1\"/usr/lib/*/perl \"$1\"/usr/lib/*/libperl.so* \"$1\"/usr/share/perl";

/// Of the toolchain likewise: run-time libraries of sanitizers, which no stable compiler links, and the linker of another
/// target.
const LEFT_OUT_OF_TOOLCHAIN: [&str; 2] = ["librustc-*_rt.*.a", "wasm-component-ld"];

pub(crate) fn make(ctx: &Ctx, apt: &Apt<'_>) -> anyhow::Result<()> {
    let system = System::detect(ctx)?;
    system::require_amd64(ctx)?;
    apt.ensure(&["mmdebstrap"])?;
    let folder = stand_in::empty_folder(ctx, "chef")?;
    let (release, target) = system::toolchain(ctx)?;
    // Compiling takes the processor, the root mostly the network and the disk.
    let chef = thread::scope(|scope| {
        let compiled = scope.spawn(|| compile_cargo_chef(ctx, &folder));
        pack_toolchain(ctx, &folder, &target)?;
        make_root(ctx, &folder, &system)?;
        compiled.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    let made_from = [
        ("packages", format!("{} {}: {PACKAGES}", system.id, system.codename)),
        ("toolchain", format!("{release} {target}")),
        ("cargo-chef", chef),
    ];
    stand_in::build(ctx, &CHEF, DOCKERFILE, &folder, &made_from)?;
    stand_in::remove(&folder)
}

/// Returns its version. It only rewrites manifests, so it is compiled quickly rather than well.
fn compile_cargo_chef(ctx: &Ctx, folder: &Path) -> anyhow::Result<String> {
    let root = folder.join("cargo-chef-root");
    let call = Invocation::new("cargo")
        .args(["install", "cargo-chef", "--locked", "--no-track", "--root"])
        .arg(&root)
        .env("CARGO_TARGET_DIR", folder.join("cargo-chef-target"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols");
    // Captured, since it runs beside others; should it fail, the end of what it said is in the error.
    ctx.report.step("compile cargo-chef", || ctx.runner.capture("compile cargo-chef", &call))?;
    let built = root.join("bin/cargo-chef");
    let program = built.to_str().with_context(|| format!("{} is not UTF-8", built.display()))?;
    let version = ctx.runner.capture("ask cargo-chef", &Invocation::new(program).args(["chef", "--version"]))?;
    let finished = folder.join("cargo-chef");
    fs::rename(&built, &finished).with_context(|| format!("move {} to {}", built.display(), finished.display()))?;
    for used_up in ["cargo-chef-target", "cargo-chef-root"] {
        stand_in::remove(&folder.join(used_up))?;
    }
    Ok(version.split_whitespace().last().unwrap_or_default().to_owned())
}

/// cargo, rustc and the standard library for `target`, without documentation and tools for people. The linker that
/// comes with the toolchain is a part of it: rustc calls it by default.
fn pack_toolchain(ctx: &Ctx, folder: &Path, target: &str) -> anyhow::Result<()> {
    let call = Invocation::new("rustc").args(["--print", "sysroot"]);
    let sysroot = PathBuf::from(ctx.runner.capture("find the Rust toolchain", &call)?);
    if sysroot == Path::new("/usr") {
        return Err(Failure::precondition("rustc is a part of this system, and can't be copied from it into an image")
            .hint("Install a toolchain of your own: https://rustup.rs")
            .into());
    }
    let mut parts = vec![PathBuf::from("bin/cargo"), "bin/rustc".into(), Path::new("lib/rustlib").join(target)];
    parts.extend(libraries(&sysroot)?);
    let call = Invocation::new("tar")
        .args(["--create", "--owner=0", "--group=0", "--numeric-owner", "--sort=name", "--file"])
        .arg(folder.join("toolchain.tar"))
        .args(LEFT_OUT_OF_TOOLCHAIN.map(|name| format!("--exclude={name}")))
        .arg("--directory")
        .args([sysroot])
        .args(parts);
    let what = "pack the Rust toolchain";
    ctx.report.step(what, || ctx.runner.stream(what, &call))
}

/// The compiler's own shared libraries.
fn libraries(sysroot: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let lib = sysroot.join("lib");
    let mut found = Vec::new();
    for entry in fs::read_dir(&lib).with_context(|| format!("read {}", lib.display()))? {
        let name = entry.with_context(|| format!("read {}", lib.display()))?.file_name();
        if name != "rustlib" {
            found.push(Path::new("lib").join(name));
        }
    }
    found.sort();
    Ok(found)
}

fn make_root(ctx: &Ctx, folder: &Path, system: &System) -> anyhow::Result<()> {
    let list = folder.join("system.sources");
    let own = sources::own(&system.codename)?;
    fs::write(&list, sources::render(&own)).with_context(|| format!("write {}", list.display()))?;
    let call = Invocation::new("mmdebstrap")
        .args(["--variant=minbase", "--quiet", &format!("--include={PACKAGES}")])
        .args(LEFT_OUT.map(|path| format!("--dpkgopt=path-exclude={path}")))
        .arg(format!("--customize-hook={NO_PERL}"))
        .arg(&system.codename)
        .arg(folder.join("rootfs.tar"))
        .arg(list);
    let what = format!("make a minimal root of {} {}", system.id, system.codename);
    ctx.report.step(&what, || ctx.runner.stream(&what, &call))
}
