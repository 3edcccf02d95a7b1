# Alternative (a), second half. Form: the specification, "Colony Image Build (Dockerfile)", taken word for word.
# "GUI excluded" also leaves out xtask, which the specification does not know. BUILD_VERSION stands in the runtime
# stage, where the specification lists it, and so compiles nothing.
ARG BASE_IMAGE=distributed-colony-base:latest
ARG RUNTIME_IMAGE=gcr.io/distroless/cc

FROM ${BASE_IMAGE} AS builder
COPY Cargo.toml Cargo.lock ./
COPY crates/ crates/
RUN sed -i -e 's|^members = .*|members = ["crates/backend", "crates/coordinator", "crates/shared"]|' \
    -e '/^default-members = /d' Cargo.toml
# "Sets source file timestamps older than dependencies".
RUN find crates -type f -exec touch -d "2000-01-01 00:00:00" {} +
ENV RUSTFLAGS="-C link-arg=-s"
RUN cargo build --release --bin backend --bin coordinator --offline
RUN strip target/release/backend target/release/coordinator

FROM ${RUNTIME_IMAGE} AS runtime
COPY --from=builder /app/target/release/backend /usr/local/bin/backend
COPY --from=builder /app/target/release/coordinator /usr/local/bin/coordinator
ENV SERVICE_TYPE=backend \
    COORDINATOR_HOST=localhost \
    COORDINATOR_PORT=8083 \
    BACKEND_HOST=0.0.0.0 \
    BACKEND_PORT=8082
ARG BUILD_VERSION=unknown
ENV BUILD_VERSION=${BUILD_VERSION}
EXPOSE 8082 8083
CMD ["/usr/local/bin/backend", "0.0.0.0", "8082", "aws"]
