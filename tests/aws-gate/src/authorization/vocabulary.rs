//! The words that policies may use: the actions that exist, and the condition keys that the gate has values for.

use iam_policy::{Catalogue, Document, Kind};

/// The keys that `context` sets.
const KEYS: [&str; 19] = [
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:ViaAWSService",
    "aws:VpcSourceIp",
    "aws:userid",
    "kms:CallerAccount",
    "kms:EncryptionContextKeys",
    "kms:ViaService",
];

/// The contexts of encryption that services demand keys with, and those that callers may give themselves.
const ENCRYPTION_CONTEXT: &str = "kms:EncryptionContext:";

/// The first word of a policy that nobody knows.
pub(super) fn unknown(document: &Document, catalogue: &Catalogue) -> Option<String> {
    let action = document.actions().find(|pattern| !catalogue.has_match(pattern));
    let key = document.condition_keys().find(|key| !is_key(document.kind(), key));
    action.map(|action| format!("the action {action}")).or(key.map(|key| format!("the condition key {key}")))
}

fn is_key(kind: Kind, key: &str) -> bool {
    let encryption = key.get(..ENCRYPTION_CONTEXT.len()).is_some_and(|start| {
        start.eq_ignore_ascii_case(ENCRYPTION_CONTEXT) && key.len() > ENCRYPTION_CONTEXT.len()
    });
    KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
        || encryption
        || (kind == Kind::Trust && is_key_of_trust(key))
}

/// `ISSUER:aud`, `ISSUER:sub` and the name of the session.
fn is_key_of_trust(key: &str) -> bool {
    let of_issuer = key.rsplit_once(':').is_some_and(|(issuer, claim)| {
        matches!(claim, "aud" | "sub") && !matches!(issuer, "aws" | "kms" | "sts")
    });
    of_issuer || key.eq_ignore_ascii_case("sts:RoleSessionName")
}
