//! The answer to a call.

use iam_policy::Decision;

/// The answer to one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The service, such as `sqs`.
    pub service: String,
    /// The operation of its API, such as `SendMessageBatch`; empty if it has no such operation.
    pub operation: String,
    /// One answer for every action on every resource that the call needs, those of KMS behind it included.
    pub checks: Vec<Check>,
    /// What the gate does not know about the call, and therefore refuses.
    pub unknown: Option<String>,
}

/// The answer for one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Such as `sqs:SendMessage`.
    pub action: String,
    /// The ARN; `*` for an action that has none.
    pub resource: String,
    /// The answer.
    pub decision: Decision,
}

impl Verdict {
    /// Whether the call may go on: it is known, and every check allows it.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.unknown.is_none() && !self.checks.is_empty() && self.refused().is_none()
    }

    /// The first check that refuses.
    #[must_use]
    pub fn refused(&self) -> Option<&Check> {
        self.checks.iter().find(|check| !check.decision.allowed)
    }
}
