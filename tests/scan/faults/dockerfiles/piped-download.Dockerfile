# finds: DL4006
FROM docker.io/library/debian:12@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
RUN curl https://example.com/install | sh
USER 65532:65532
