//! The use of keys that services demand in the caller's name.

use super::demand::{Need, Scope};

/// What a service does with the key of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It reads what is encrypted.
    Read,
    /// It writes, and reads the data key that it encrypts with.
    Write,
}

impl Use {
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Read => &["kms:Decrypt"],
            Self::Write => &["kms:GenerateDataKey", "kms:Decrypt"],
        }
    }
}

/// Sends and receives messages of a queue that a key encrypts
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>).
pub(super) fn of_queue(queue_arn: &str, purpose: Use, scope: &Scope<'_>) -> Vec<Need> {
    let key = scope.holdings.resource(queue_arn).and_then(|queue| queue.key_arn.as_deref());
    key.map_or_else(Vec::new, |key| demands(key, "sqs", ("aws:sqs:arn", queue_arn), purpose))
}

/// Reads and writes values of a secret that a key encrypts
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>).
pub(super) fn of_secret(secret_arn: &str, purpose: Use, scope: &Scope<'_>) -> Vec<Need> {
    let key = scope.holdings.resource(secret_arn).and_then(|secret| secret.key_arn.as_deref());
    key.map_or_else(Vec::new, |key| with_secret_key(key, secret_arn, purpose))
}

/// The same with a key that the call names.
pub(super) fn with_secret_key(key_arn: &str, secret_arn: &str, purpose: Use) -> Vec<Need> {
    demands(key_arn, "secretsmanager", ("SecretARN", secret_arn), purpose)
}

fn demands(key_arn: &str, via: &'static str, context: (&str, &str), purpose: Use) -> Vec<Need> {
    let need = |action: &&str| Need {
        action: (*action).to_owned(),
        resource: key_arn.to_owned(),
        keys: vec![(format!("kms:EncryptionContext:{}", context.0), context.1.to_owned())],
        via: Some(via),
    };
    purpose.actions().iter().map(need).collect()
}
