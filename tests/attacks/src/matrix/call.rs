//! The call that asks for an action on a resource, in the protocol of its service.

mod json;
mod query;
mod s3;

use http::Method;
use trust_map::Workload;

use super::target::Target;
use crate::scene::Scene;

/// A request before it is signed.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    /// Whether it is sent as it is: a token is its proof.
    pub(super) unsigned: bool,
}

/// The call; none if no call asks for this action.
pub(super) fn build(
    scene: &Scene,
    workload: &Workload,
    service: &'static str,
    action: &str,
    target: &Target,
) -> Option<Call> {
    match service {
        "sqs" => Some(json::sqs(action, target)),
        "secretsmanager" => Some(json::secretsmanager(action, target)),
        "kms" => json::kms(action, target),
        "ecr" => json::ecr(action, target),
        "iam" => query::iam(action, target),
        "rds" => query::rds(action, target),
        "sts" => query::sts(action, target, &scene.tokens[&workload.name]),
        "s3" => s3::build(action, target),
        other => panic!("{other}"),
    }
}

/// More calls that ask for the same action: SQS also speaks AWS Query, and takes messages in batches.
pub(super) fn other_ways(service: &str, action: &str, target: &Target) -> Vec<Call> {
    if service != "sqs" {
        return Vec::new();
    }
    let mut calls = vec![query::sqs(action, target)];
    if matches!(action, "ChangeMessageVisibility" | "DeleteMessage" | "SendMessage") {
        let batch = format!("{action}Batch");
        calls.extend([json::sqs(&batch, target), query::sqs(&batch, target)]);
    }
    calls
}
