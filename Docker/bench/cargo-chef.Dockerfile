# Alternative (b). Form: the Dockerfile in README.md of github.com/LukeMathWalker/cargo-chef: stages chef, planner,
# builder, runtime. Ours are the two binaries in place of one, the runtime image, the CA bundle as a secret, and
# BUILD_VERSION, which stands where it costs nothing.
ARG CHEF_IMAGE=lukemathwalker/cargo-chef:latest-rust-1.87-alpine
ARG RUNTIME_IMAGE=gcr.io/distroless/cc

FROM ${CHEF_IMAGE} AS chef
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi; \
    if command -v apk >/dev/null; then apk add --no-cache musl-dev openssl-dev pkgconfig git; fi
WORKDIR /app

FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS builder
COPY --from=planner /app/recipe.json recipe.json
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export CARGO_HTTP_CAINFO=/run/secrets/ca SSL_CERT_FILE=/run/secrets/ca; fi; \
    cargo chef cook --release --recipe-path recipe.json
COPY . .
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export CARGO_HTTP_CAINFO=/run/secrets/ca SSL_CERT_FILE=/run/secrets/ca; fi; \
    cargo build --release --bin backend --bin coordinator

FROM ${RUNTIME_IMAGE} AS runtime
COPY --from=builder /app/target/release/backend /app/target/release/coordinator /usr/local/bin/
CMD ["/usr/local/bin/backend", "0.0.0.0", "8082", "aws"]
ARG BUILD_VERSION=unknown
ENV BUILD_VERSION=${BUILD_VERSION}
