# Alternative (c). Form: COPY, then cargo with the registry and the target directory as cache mounts and a `cp` out of
# them, as Docker's own template for Rust has the mounts (docs.docker.com/guides/rust) and as pull request 2314 of
# github.com/0xMiden/node and 1860 of github.com/tensorzero/tensorzero found it in production. The build stamp stands
# before the compilation, as in Docker/Dockerfile of github.com/yanivbyd/DistributedColonyRust and wherever a version
# is compiled into the binary. Ours are the names of the mounts, the runtime image and the CA bundle as a secret.
ARG CHEF_IMAGE=lukemathwalker/cargo-chef:latest-rust-1.87-alpine
ARG RUNTIME_IMAGE=gcr.io/distroless/cc

FROM ${CHEF_IMAGE} AS builder
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi; \
    if command -v apk >/dev/null; then apk add --no-cache musl-dev openssl-dev pkgconfig git; fi
WORKDIR /app
COPY . .
ARG BUILD_VERSION=unknown
ENV BUILD_VERSION=${BUILD_VERSION}
RUN --mount=type=cache,id=distributed-colony-bench-registry,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,id=distributed-colony-bench-cache-mounts,target=/app/target,sharing=locked \
    --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export CARGO_HTTP_CAINFO=/run/secrets/ca SSL_CERT_FILE=/run/secrets/ca; fi; \
    cargo build --release --bin backend --bin coordinator \
    && mkdir /out \
    && cp target/release/backend target/release/coordinator /out/

FROM ${RUNTIME_IMAGE} AS runtime
COPY --from=builder /out/ /usr/local/bin/
CMD ["/usr/local/bin/backend", "0.0.0.0", "8082", "aws"]
ARG BUILD_VERSION=unknown
ENV BUILD_VERSION=${BUILD_VERSION}
