# finds: base-without-digest
FROM docker.io/library/debian:12
USER 65532:65532
