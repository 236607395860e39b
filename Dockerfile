# The three images: `docker build --target url-service|worker|migrate`, or `make images` without Docker.
#
# A shipped image starts from nothing and holds one static program, the certificates that AWS's endpoints prove
# themselves with, and the name of the user that it runs as. docs/supply-chain.md says how to build, verify and sign.

# Debian 12, the compiler of rust-toolchain.toml, gcc and the static C library. Renewed together with rust-toolchain.toml.
FROM docker.io/library/rust:1.95.0-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS compiler
WORKDIR /source
COPY services/images/versions services/images/tools services/images/
RUN services/images/tools /usr/local cargo-auditable
COPY Cargo.toml Cargo.lock rust-toolchain.toml ./
COPY services services
COPY tests tests
RUN cargo fetch --locked --target x86_64-unknown-linux-gnu
COPY services/images/compile services/images/
# Whatever a build script would fetch, it cannot.
RUN --network=none services/images/compile release /programs

# The programs alone. Where there is no Docker, `services/images/build` gives a folder by this name in place of the stage.
FROM scratch AS programs
COPY --from=compiler /programs /

FROM scratch AS root
COPY --chmod=0444 services/images/root/passwd services/images/root/group /etc/
# Where rustls-native-certs looks first on Debian. Five roots of Amazon Trust Services, no other authority.
COPY --chmod=0444 services/images/root/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
# Numeric, so that runAsNonRoot can be checked without reading the image.
USER 65532:65532
ARG VERSION
ARG REVISION
ARG SOURCE
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.vendor="zero-trust-eks"

FROM root AS url-service
COPY --from=programs --chmod=0555 /url-service /url-service
LABEL org.opencontainers.image.title="url-service" \
      org.opencontainers.image.description="Short links: the public API, redirects, and clicks onto the queue"
ENTRYPOINT ["/url-service"]

FROM root AS worker
COPY --from=programs --chmod=0555 /worker /worker
LABEL org.opencontainers.image.title="worker" \
      org.opencontainers.image.description="Clicks from the queue to url-service"
ENTRYPOINT ["/worker"]

FROM root AS migrate
COPY --from=programs --chmod=0555 /migrate /migrate
LABEL org.opencontainers.image.title="migrate" \
      org.opencontainers.image.description="The schema, the database's logins and the first API key"
ENTRYPOINT ["/migrate"]
