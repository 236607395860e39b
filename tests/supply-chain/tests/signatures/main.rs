//! Signatures and attestations on a real registry, verified by cosign as a stranger would: with a public key, the
//! policies of `services/images/policies`, and nothing else.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

mod attestations;
mod context;
mod drill;
mod forgeries;
mod signatures;

use std::process::ExitCode;

use trials::{Group, tests};

use crate::context::Context;

fn main() -> ExitCode {
    trials::run(vec![Group::concurrent(
        async || Context::start().expect("a registry, cosign and images"),
        tests![
            signatures::a_published_image_verifies,
            signatures::an_unsigned_image_is_refused,
            signatures::another_key_is_refused,
            signatures::the_right_key_on_another_digest_is_refused,
            signatures::a_tag_that_moved_is_refused,
            signatures::an_attestation_is_no_signature,
            signatures::a_registry_that_is_away_is_refused,
            attestations::a_missing_attestation_is_refused,
            attestations::an_attestation_of_another_key_is_refused,
            attestations::an_sbom_of_another_image_is_refused,
            attestations::an_sbom_with_something_forbidden_is_refused,
            attestations::provenance_from_elsewhere_is_refused,
            attestations::a_local_build_is_refused_in_production,
            attestations::a_scan_that_found_something_is_refused,
            forgeries::a_signature_copied_from_another_image_is_refused,
            forgeries::attestations_copied_from_another_image_are_refused,
            forgeries::an_attestation_altered_by_one_byte_is_refused,
            forgeries::a_byte_altered_in_the_registry_s_store_is_refused,
            drill::a_stolen_key_is_distrusted_and_what_is_ours_is_signed_again,
        ],
        async |_context| {},
    )])
}
