# Stands in for distroless/cc where its registry is out of reach.
# Built by `cargo xtask doctor --install` from a folder that holds the root made of Debian packages.
FROM scratch
ADD rootfs.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
