//! The colony's Dockerfile. Pure.

use crate::base;
use crate::codegen::base::build_env;
use crate::codegen::words;
use crate::workspace::images::Images;
use crate::workspace::names::Names;

pub(super) fn dockerfile(images: &Images, names: &Names) -> String {
    [head(images, names), builder(images, names), runtime(images), VERSION.to_owned()].concat()
}

fn head(images: &Images, names: &Names) -> String {
    let base = &names.base_repository;
    let what =
        if images.copy.is_empty() { "only the shipped binaries" } else { "the shipped binaries and their files" };
    format!(
        "\
# The colony image: {what}, on distroless.
# Built by `cargo xtask build-colony`, which stages the named context `source`: the sources of the shipped workspace
# members with their pruned manifests and lock file, in archives.
ARG BASE_IMAGE={base}:{}
ARG RUNTIME_IMAGE=gcr.io/distroless/cc

FROM ${{RUNTIME_IMAGE}} AS start

# A local image: the docker driver finds it in the engine and pulls nothing. A builder of another driver is told its digest.
FROM ${{BASE_IMAGE}} AS base

",
        base::TAG
    )
}

fn builder(images: &Images, names: &Names) -> String {
    let variables = build_env(images);
    let variables = match variables.as_str() {
        "" => variables,
        _ => format!("# `build-env` of the table; the base's builder stage gets the same.\n{variables}"),
    };
    let compile = COMPILE.replace("MOUNT", &names.workspace.app_mount());
    format!("FROM base AS builder\n{variables}{compile}")
}

/// `MOUNT` stands for the name of the cache mount.
const COMPILE: &str = "\
# The sources and the target directory stay from build to build, in a mount for each base: the first build on a base, and one
# whose mount was evicted, begins with what the base compiled. The mount is filled by the script and not by `from=base`,
# which would make BuildKit's own name of the base part of its key: that of a pulled one may be another in each build.
# Each binary is looked at where it will run, which catches a missing library and a C library of another version.
# The step's stdout tells the summary what was compiled and why. Its script comes with the sources: a mount with the same
# content in each build makes BuildKit slower with each one.
ARG BASE_ID
RUN --network=none \\
    --mount=type=cache,id=MOUNT-${BASE_ID},target=/app,sharing=locked \\
    --mount=type=bind,from=base,source=/app,target=/run/base \\
    --mount=type=bind,from=source,target=/run/colony \\
    --mount=type=bind,from=start,target=/run/runtime,rw \\
    sh /run/colony/compile.sh /run/colony /run/base /run/runtime /out

";

fn runtime(images: &Images) -> String {
    let mut text = String::from(
        "\
FROM start AS runtime
# One layer for each binary: a push sends only what changed. A layer holds the folders above its binary too, so they come
# along with fixed times; without --link they would have those of the build.
",
    );
    for name in images.names() {
        text += &format!("COPY --link --from=builder /out/{name}/ /\n");
    }
    if !images.copy.is_empty() {
        text += "# `copy` of the table, likewise.\nCOPY --link --from=builder /out/.copy/ /\n";
    }
    let env: Vec<String> = images.env.iter().map(|(name, text)| format!("{name}={}", words::value(text))).collect();
    if !env.is_empty() {
        text += &format!("ENV {}\n", env.join(" \\\n    "));
    }
    if !images.ports.is_empty() {
        text += &format!("EXPOSE {}\n", images.ports.join(" "));
    }
    if let Some(folder) = &images.workdir {
        text += &format!("WORKDIR {folder}\n");
    }
    let command: Vec<String> =
        [format!("/usr/local/bin/{}", images.default)].into_iter().chain(images.args.iter().cloned()).collect();
    let user = &images.user;
    text + &format!("# The plain distroless tag would run as root.\nUSER {user}\nCMD {}\n", words::command(&command))
}

const VERSION: &str = "\
# Last, and never where anything is compiled: a new version must not change a binary.
ARG BUILD_VERSION=unknown
ENV BUILD_VERSION=${BUILD_VERSION}
";
