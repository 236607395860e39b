# make run     start the whole system on this machine; Ctrl-C stops it
# make test    the whole proof: format, lints, every test, checked SQL, a summary
# make mutants every guard taken away once; some test must notice
# make cloud   Terraform: lints, plans, policies, an emulated account, and its mutants
# make scan    the gates: source, secrets, workflows, manifests, each with faults planted to close it
# make scan-running   the running API: its description fuzzed, and attacks on HTTP
# make dependencies   advisories, licences, sources and bans     ADVISORIES=fetch asks for RustSec's whole database
# make cluster the whole system on Kubernetes, on this machine (Linux, root); Ctrl-C stops it
# make cluster-test   the system's tests on a cluster of their own    make cluster-down   end a cluster
#             with KUBECONFIG=… the tests that make sense on a cluster of your own
# make deploy OVERLAY=…   an overlay to the cluster of KUBECONFIG, and wait until it is ready
# make admission      hostile objects, attacks and failing engines against the rules of admission (Linux, root)
# make cluster-config IMAGES=file DATABASE_CA=file   Terraform's outputs as values for kubernetes/overlays/production
# make images  the three images, as they are shipped, into target/images/release (Debian, root)
# make images-reproducible   build the same commit once more elsewhere and compare the digests
# make supply-chain   images, SBOMs, signatures: what is in them, how they start, what is refused
# make bench   the redirect side by side with a bare server, and what clicks cost
#
# make fmt     format the sources           make lint    lints alone
# make statements   renew the checked SQL in services/url-service/.sqlx after a statement or migration changed
# make clean   remove what was built

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

.PHONY: help run test mutants cloud cluster cluster-down cluster-test deploy cluster-config admission
.PHONY: scan scan-running dependencies images images-reproducible supply-chain
.PHONY: bench fmt lint statements clean prerequisites

PORT ?= 8080
# Which cluster: several run side by side.
NUMBER ?= 0
OVERLAY ?= kubernetes/overlays/production
SERVICES := -p url-service -p worker -p migrate

help:
	@sed -n '/^#/s/^# \{0,1\}//p; /^$$/q' Makefile

prerequisites:
	@command -v cargo >/dev/null || { echo 'cargo is missing: install Rust from https://rustup.rs' >&2; exit 1; }

run: prerequisites
	@cargo build --workspace --bins
	exec cargo run --quiet -p stack -- run --port $(PORT)

test: prerequisites
	@tests/run

cluster: prerequisites
	@tests/cluster/packages
	@cargo build --quiet -p cluster
	exec target/debug/cluster up --number $(NUMBER)

cluster-down: prerequisites
	@cargo build --quiet -p cluster
	exec target/debug/cluster down --number $(NUMBER)

cluster-test: prerequisites
	@tests/cluster/packages
	@cargo build --quiet -p cluster
	exec cargo test --workspace --test cluster

deploy: prerequisites
	@cargo build --quiet -p cluster
	exec target/debug/cluster deploy "$(OVERLAY)"

admission: prerequisites
	@tests/cluster/packages
	exec cargo test --workspace --test admission

cluster-config:
	@exec terraform/cluster-config --images "$(IMAGES)" --database-ca "$(DATABASE_CA)"

mutants: prerequisites
	@exec cargo run --quiet -p mutants

cloud:
	@exec tests/cloud/run

scan:
	@exec tests/scan/run

scan-running: prerequisites
	@cargo build --quiet --workspace --bins
	exec tests/scan/run tests/scan/running

dependencies: prerequisites
	@exec tests/scan/check-dependencies $(ADVISORIES)

images: prerequisites
	@services/images/packages
	exec services/images/build release target/images/release

images-reproducible: images
	@exec services/images/reproduce target/images/release

supply-chain: images
	@services/images/sbom target/images/sbom
	exec cargo test -p supply-chain --no-fail-fast --test images --test signatures

bench: prerequisites
	@cargo build --release $(SERVICES) -p load
	exec cargo run --release --quiet -p load -- bench

fmt: prerequisites
	@cargo fmt --all

lint: prerequisites
	@cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings

statements: prerequisites
	@exec cargo run --quiet -p stack -- statements --write

clean: prerequisites
	@cargo clean
	rm -rf .cache
