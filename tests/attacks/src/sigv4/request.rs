//! Attacks on requests whose signature is in their header.

mod authorization;
mod credentials;
mod scope;
mod tampering;

use std::sync::Arc;

use libtest_mimic::Trial;
use tokio::runtime::Runtime;

use super::{Attack, Draft};
use crate::arena::{Arena, VICTIM};
use crate::{trial, wire};

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = credentials::attacks();
    attacks.extend(authorization::attacks());
    attacks.extend(scope::attacks());
    attacks.extend(tampering::attacks());
    attacks
}

/// How a good request differs from another.
type Change = fn(&mut Draft);

/// What is no attack.
pub(super) fn accepted(runtime: &Arc<Runtime>, arena: &Arc<Arena>) -> Vec<Trial> {
    let cases: [(&str, Change); 4] = [
        ("as the SDK signs it", |_| {}),
        ("five minutes old", |draft| draft.at -= 299),
        ("five minutes ahead", |draft| draft.at += 299),
        ("with the hash of its body", |draft| draft.checksum = true),
    ];
    let trials = cases.into_iter().map(|(name, change)| {
        let arena = Arc::clone(arena);
        trial(runtime, format!("sigv4::request::accepted::{name}"), move || async move {
            let session = arena.session(VICTIM).await;
            let mut draft = Draft::caller_identity(&arena, &session);
            change(&mut draft);
            let answer = wire::send(draft.sign()).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert!(answer.element("Arn").ends_with("assumed-role/zero-trust-eks-worker-irsa/attack"));
            assert_eq!(answer.element("Account"), "000000000000");
        })
    });
    trials.collect()
}
