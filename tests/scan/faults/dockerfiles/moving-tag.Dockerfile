# finds: DL3007 base-without-digest
FROM docker.io/library/debian:latest
USER 65532:65532
