//! Admission by real engines: the API server's own policies, AWS's webhook and Kyverno.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test says what is wrong by failing, and is an edge"
)]

mod attestations;
mod context;
mod faults;
mod guard;
mod hostile;
mod mutation;
mod overlays;
mod signatures;

use std::process::ExitCode;

use context::Context;
use trials::{Group, tests};

/// In this order: each leaves the rules as it found them, but later ones disturb them more.
fn main() -> ExitCode {
    trials::run(vec![Group::in_turn(
        Context::start,
        tests![
            overlays::the_pods_of_controllers_are_admitted,
            overlays::every_manifest_is_admitted,
            hostile::every_condition_has_one,
            hostile::their_neighbours_are_admitted,
            hostile::each_is_refused_for_its_own_reason,
            guard::nobody_loosens_it,
            guard::every_right_is_not_enough,
            guard::break_glass_is_admitted_and_seen,
            signatures::only_what_the_release_signed_gets_in,
            attestations::only_what_the_release_attested_gets_in,
            faults::kyverno_is_stopped,
            faults::kyverno_is_slow,
            faults::kyvernos_certificate_has_ended,
            faults::the_api_server_is_restarted,
            faults::the_registration_is_removed,
            faults::the_registration_fails_open,
            faults::a_rule_is_removed,
            faults::the_webhook_of_aws_is_stopped,
            mutation::no_mutant_survives,
        ],
        async |_context| {},
    )])
}
