# Stands in for the cargo-chef image where its registry is out of reach.
# Built by `cargo xtask doctor --install` from a folder that holds the three things added here.
FROM scratch AS root
# A minimal Debian root with compilers of C and C++, make, git, pkg-config, and OpenSSL to link with.
ADD rootfs.tar /

FROM root AS toolchain
# cargo, rustc and the standard library of the host's toolchain.
ADD toolchain.tar /usr/local/
# Without symbols, which no build reads, by the toolchain's own tool where it has one: binutils cannot do it to libraries
# that were laid out anew after linking.
RUN for objcopy in /usr/local/lib/rustlib/*/bin/rust-objcopy; do \
        if [ -x "$objcopy" ]; then \
            LD_LIBRARY_PATH=/usr/local/lib find /usr/local/bin/cargo /usr/local/lib -maxdepth 1 -type f -size +1000k \
                -exec "$objcopy" --strip-all {} \; ; \
        fi; \
    done

FROM root
COPY --from=toolchain /usr/local/ /usr/local/
COPY cargo-chef /usr/local/bin/
ENV CARGO_HOME=/usr/local/cargo \
    PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# Everything that the builds call answers: a root of another age than the toolchain shows here.
RUN cargo --version && rustc --version && cargo chef --version && cc --version && git --version \
    && pkg-config --version && strip --version >/dev/null && c++ --version && make --version && pkg-config --libs openssl
CMD ["/bin/sh"]
