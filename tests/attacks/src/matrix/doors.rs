//! What a workload may do, asked through a door that is not the one of its endpoints.

use stack::account::{INTERNET, OTHER_ENDPOINT, PLAINTEXT};

use super::counts::is_refusal;
use super::{Cell, cells, run};
use crate::scene::Scene;

/// Every allowed call through every other door, and whether it comes through as the policies say.
pub(super) async fn refuse(scene: &Scene) {
    let (cells, _) = cells(scene);
    let allowed: Vec<_> = cells.into_iter().filter(|cell| cell.allowed).collect();
    for door in [INTERNET, OTHER_ENDPOINT, PLAINTEXT] {
        let answers = run::all(scene, door, &allowed).await;
        for (cell, answer) in allowed.iter().zip(answers) {
            let Cell { workload, service, action, .. } = cell;
            let expected = passes(door, service, action);
            assert_eq!(
                !is_refusal(&answer),
                expected,
                "{door} {workload} {service}:{action} {}",
                answer.body
            );
        }
    }
}

/// What the policies leave open elsewhere: what shows neither a message nor a secret's value. And in clear, what
/// services of AWS do not serve in clear at all.
fn passes(door: &str, service: &str, action: &str) -> bool {
    match (service, action) {
        ("sts", "GetCallerIdentity") => true,
        ("sts" | "secretsmanager", _) if door == PLAINTEXT => true,
        ("sqs", "GetQueueAttributes") => door != PLAINTEXT,
        ("secretsmanager", "DescribeSecret") => true,
        _ => false,
    }
}
