# Stands in for the cargo-chef image where its registry is out of reach.
# Built by `cargo xtask doctor --install` from a folder that holds the three things added here.
FROM scratch
# A minimal Debian root with a C compiler, git and pkg-config.
ADD rootfs.tar /
# cargo, rustc and the standard library of the host's toolchain.
ADD toolchain.tar /usr/local/
COPY cargo-chef /usr/local/bin/
ENV CARGO_HOME=/usr/local/cargo \
    PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# Everything that the builds call answers: a root of another age than the toolchain shows here.
RUN cargo --version && rustc --version && cargo chef --version && cc --version && git --version \
    && pkg-config --version && strip --version >/dev/null
CMD ["/bin/sh"]
