# Alternative (a), first half. Form: the specification, "Base Image Build (Dockerfile.base)", taken word for word.
# Not in it: the CA bundle as a secret, which all alternatives get, and the test for `apk`, since a chef image that is
# not Alpine brings these packages. "GUI excluded" also leaves out xtask, which the specification does not know.
ARG CHEF_IMAGE=lukemathwalker/cargo-chef:latest-rust-1.87-alpine

FROM ${CHEF_IMAGE} AS chef
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi; \
    if command -v apk >/dev/null; then apk add --no-cache musl-dev openssl-dev pkgconfig git; fi
WORKDIR /app
ENV CARGO_TARGET_DIR=/app/target

FROM chef AS planner
COPY Cargo.toml Cargo.lock ./
COPY crates/backend/Cargo.toml crates/backend/Cargo.toml
COPY crates/coordinator/Cargo.toml crates/coordinator/Cargo.toml
COPY crates/shared/Cargo.toml crates/shared/Cargo.toml
RUN sed -i -e 's|^members = .*|members = ["crates/backend", "crates/coordinator", "crates/shared"]|' \
    -e '/^default-members = /d' Cargo.toml
RUN mkdir -p crates/backend/src crates/coordinator/src crates/shared/src \
    && echo "fn main() {}" > crates/backend/src/main.rs \
    && echo "fn main() {}" > crates/coordinator/src/main.rs \
    && echo "pub fn dummy() {}" > crates/shared/src/lib.rs
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS builder
COPY --from=planner /app/recipe.json recipe.json
ENV RUSTFLAGS="-C link-arg=-s"
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export CARGO_HTTP_CAINFO=/run/secrets/ca SSL_CERT_FILE=/run/secrets/ca; fi; \
    cargo chef cook --release --recipe-path recipe.json
RUN find /app/target/release -name "*.rlib" -exec strip --strip-debug {} \; || true
RUN find /app/target/release/deps -type f -executable -exec strip --strip-debug {} \; || true
