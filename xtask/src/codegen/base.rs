//! The base's Dockerfile. Pure.

use crate::docker::build_spec::SecretSource;
use crate::workspace::images::{Images, Packages, Secret};
use crate::workspace::names::Names;

pub(super) fn dockerfile(images: &Images, names: &Names) -> String {
    let fixed = str::to_owned;
    [
        fixed(HEAD),
        fixed(SYSTEM),
        packages(images),
        fixed(SETTINGS),
        planter(images, names),
        builder(images),
        cook(images, names),
        fixed(LAYERS),
    ]
    .concat()
}

const HEAD: &str = "\
# The base image: toolchain and every dependency of the shipped binaries, compiled by cargo-chef.
# Built by `cargo xtask build-base`, which generates the named context `plan`: manifests and lock file cut down to the
# shipped workspace members, with stub sources.
ARG CHEF_IMAGE=lukemathwalker/cargo-chef:latest-rust-1.87-alpine
ARG LAST_BASE=scratch

FROM ${CHEF_IMAGE} AS chef
";

/// `packages` of the table, by the tool that the chef image has.
fn packages(images: &Images) -> String {
    let Packages { apk, apt } = &images.packages;
    if apk.is_empty() && apt.is_empty() {
        return String::new();
    }
    format!("{PACKAGES}ARG APK_PACKAGES=\"{}\"\nARG APT_PACKAGES=\"{}\"\n{INSTALL}", apk.join(" "), apt.join(" "))
}

const PACKAGES: &str = "\
# `packages` of the table.
";

const INSTALL: &str = "\
RUN --mount=type=secret,id=ca \\
    if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; ca=/run/secrets/ca; fi; \\
    if command -v apk >/dev/null; then apk add --no-cache $APK_PACKAGES; \\
    elif command -v apt-get >/dev/null; then \\
        apt-get ${ca:+-o Acquire::https::CAInfo=$ca} update -qq \\
        && DEBIAN_FRONTEND=noninteractive apt-get ${ca:+-o Acquire::https::CAInfo=$ca} \\
            install --yes -qq --no-install-recommends $APT_PACKAGES \\
        && rm -rf /var/lib/apt/lists/*; \\
    else echo 'packages of [workspace.metadata.images]: the chef image has neither apk nor apt-get' >&2; exit 1; fi
";

const SYSTEM: &str = "\
# Behind a TLS-inspecting proxy the host's CA bundle comes as a secret, which never lands in a layer.
# A chef image that is not Alpine has to bring its own C toolchain, pkg-config and git.
RUN --mount=type=secret,id=ca \\
    if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi; \\
    if command -v apk >/dev/null; then apk add --no-cache musl-dev openssl-dev pkgconfig git; fi
";

const SETTINGS: &str = "\
WORKDIR /app
# The chef image's own toolchain compiles, by whichever name a toolchain file calls it: rustup would fetch it again, and
# where the colony is compiled there is no network.
RUN if command -v rustup >/dev/null; then \\
        rustup override set --path /app \"$(rustup show active-toolchain | cut -d ' ' -f 1)\"; \\
    fi
# The one place for everything that decides how cargo compiles. The colony build inherits it: a difference of one
# letter would silently recompile every dependency.
ENV CARGO_TARGET_DIR=/app/target
# The flags of the specification's RUSTFLAGS, under the name that cargo adds to `build.rustflags` of the workspace's own
# configuration. RUSTFLAGS itself would take the place of that, and the image would hold another program than the host.
ENV CARGO_BUILD_RUSTFLAGS=\"-C link-arg=-s\"
# Explicit, since newer cargo turns incremental compilation off where CI is set.
ENV CARGO_INCREMENTAL=1

# The named context `supply` is what dependencies are made of that lies beside the members: packages by path, vendored
# sources. Mostly it is an empty folder. It is no empty stage: to BuildKit a copy from `scratch` is the same step as one from
# any context at all, and once it has seen both it gives an image the sources of another one.
FROM chef AS planner
COPY --from=plan . .
RUN --mount=type=bind,from=supply,target=/supply \\
    cargo chef prepare --recipe-path recipe.json

";

const PLANTER: &str = "\
# A base that came out of a registry left nothing behind for the next one to start from. `cargo xtask build-base` builds this
# stage by itself beforehand, and no other stage needs it. It has all that decides what is taken, as the builder has it.
FROM ${LAST_BASE} AS planter
COPY --from=planner /app/recipe.json recipe.json
ARG PROFILE=release
ARG CHEF_ID
";

/// The stage that keeps what a pulled base holds.
fn planter(images: &Images, names: &Names) -> String {
    let build_env = build_env(images);
    let [kept, script] = seed_mounts(names);
    format!("{PLANTER}{build_env}RUN {kept} \\\n    {script} \\\n    sh /run/seed.sh plant /var/cache/base-target\n\n")
}

/// `build-env` of the table as build arguments.
pub(super) fn build_env(images: &Images) -> String {
    images.build_env.iter().map(|name| format!("ARG {name}\n")).collect()
}

/// What the last base compiled, and the script that knows how it is kept.
fn seed_mounts(names: &Names) -> [String; 2] {
    let mount = names.workspace.base_mount();
    [
        format!("--mount=type=cache,id={mount},target=/var/cache/base-target,sharing=locked"),
        "--mount=type=bind,source=Docker/seed.sh,target=/run/seed.sh".to_owned(),
    ]
}

const BUILDER: &str = "\
FROM chef AS builder
COPY --from=planner /app/recipe.json recipe.json
# Chosen by `profile` in [workspace.metadata.images]; the colony's builder stage gets the same with its sources.
ARG PROFILE=release
# Of the chef image, where the local engine has it: from another one nothing is taken.
ARG CHEF_ID
";

const FROM_LAST: &str = "\
# What the last base compiled lies in a cache mount, and only what differs is compiled. Neither the mount nor a secret is
# part of the step's key: the same inputs are still found in the cache, also after `cargo xtask build-base --from-scratch`,
# which hands in the second secret to say that the mount is not to be used.
";

/// The stage that compiles, up to what it runs.
fn builder(images: &Images) -> String {
    let mut text = BUILDER.to_owned();
    if !images.build_env.is_empty() {
        text += "# `build-env` of the table; the colony's builder stage gets the same.\n";
        text += &build_env(images);
    }
    text + FROM_LAST
}

/// The step that compiles. Secrets reach cargo-chef alone: what else runs there would take their values for settings.
fn cook(images: &Images, names: &Names) -> String {
    let mut mounts = vec!["--mount=type=secret,id=ca".to_owned(), "--mount=type=secret,id=from-scratch".to_owned()];
    let mut exports = String::new();
    for Secret { id, source } in &images.secrets {
        // A missing secret fails here and not where a registry refuses.
        mounts.push(format!("--mount=type=secret,id={id},required=true"));
        if let SecretSource::Variable(name) = source {
            exports += &format!("export {name}=\"$(cat /run/secrets/{id})\"; ");
        }
    }
    if images.ssh {
        mounts.push("--mount=type=ssh,required=true".to_owned());
    }
    mounts.extend(seed_mounts(names));
    mounts.push("--mount=type=bind,from=supply,target=/supply".to_owned());
    let features: String = images.feature_flags().iter().map(|flag| format!(" {flag}")).collect();
    let cook = format!("cargo chef cook --profile \"$PROFILE\" --locked{features} --recipe-path recipe.json");
    let cook = if exports.is_empty() { cook } else { format!("( {exports}{cook} )") };
    format!(
        "RUN {} \\\n    \
         if [ -s /run/secrets/ca ]; then export CARGO_HTTP_CAINFO=/run/secrets/ca SSL_CERT_FILE=/run/secrets/ca; fi; \\\n    \
         sh /run/seed.sh take /var/cache/base-target \\\n    \
         && {cook} \\\n    \
         && sh /run/seed.sh keep /var/cache/base-target /layers{features}\n\n",
        mounts.join(" \\\n    ")
    )
}

const LAYERS: &str = "\
# Dependencies with their sources, and nothing of the stubs, which must never meet the real sources. Layers whose packages
# did not change stay what they are: they are neither made nor pushed again.
FROM chef AS base
COPY --link --from=builder /layers/0/ /
COPY --link --from=builder /layers/1/ /
COPY --link --from=builder /layers/2/ /
COPY --link --from=builder /layers/3/ /
COPY --link --from=builder /layers/4/ /
COPY --link --from=builder /layers/5/ /
COPY --link --from=builder /layers/6/ /
COPY --link --from=builder /layers/7/ /
COPY --link --from=builder /layers/8/ /
# Last: an engine that has once built with an empty stage for `supply`, as this file had it, mixes up what follows on the copy.
COPY --link --from=supply / /supply/
";
