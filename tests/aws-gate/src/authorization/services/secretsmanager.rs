//! Secrets Manager.

use super::kms;
use crate::authorization::arguments::Arguments;
use crate::authorization::demand::{Need, Scope};
use crate::authorization::encryption::{self, Use};

/// What an operation needs.
pub(in super::super) fn needs(
    operation: &str,
    arguments: &Arguments,
    scope: &Scope<'_>,
) -> Result<Vec<Need>, String> {
    if !scope.knows("secretsmanager", operation) {
        return Err(format!("the operation secretsmanager:{operation}"));
    }
    if operation == "BatchGetSecretValue" {
        return Ok(batch(arguments, scope));
    }
    let secret = match operation {
        "GetRandomPassword" | "ListSecrets" => "*".to_owned(),
        "CreateSecret" => scope.arn("secretsmanager", &format!("secret:{}", named(arguments, "Name"))),
        _ => identified(named(arguments, "SecretId"), scope),
    };
    let mut needs = vec![Need::new(format!("secretsmanager:{operation}"), secret.clone())];
    match operation {
        "GetSecretValue" => needs.extend(encryption::of_secret(&secret, Use::Read, scope)),
        "PutSecretValue" => needs.extend(encryption::of_secret(&secret, Use::Write, scope)),
        "CreateSecret" | "UpdateSecret" => {
            needs.extend(encryption::of_secret(&secret, Use::Write, scope));
            if let Some(key) = arguments.text("KmsKeyId") {
                needs.extend(encryption::with_secret_key(&kms::key(key, scope), &secret, Use::Write));
            }
        }
        _ => {}
    }
    Ok(needs)
}

/// Every secret is asked for as if alone
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html>). A filter may
/// find any of them, and asks to list them as well.
fn batch(arguments: &Arguments, scope: &Scope<'_>) -> Vec<Need> {
    let mut needs = vec![Need::new("secretsmanager:BatchGetSecretValue", "*")];
    let listed = arguments.list("SecretIdList");
    let secrets: Vec<_> = if listed.is_empty() {
        needs.push(Need::new("secretsmanager:ListSecrets", "*"));
        scope.holdings.secrets().map(str::to_owned).collect()
    } else {
        listed.into_iter().map(|id| identified(id, scope)).collect()
    };
    for secret in secrets {
        let behind = encryption::of_secret(&secret, Use::Read, scope);
        needs.push(Need::new("secretsmanager:GetSecretValue", secret));
        needs.extend(behind);
    }
    needs
}

/// The ARN of a secret by its name, its ARN, or its ARN without the suffix. One that is not there is asked for
/// without a suffix.
fn identified(id: &str, scope: &Scope<'_>) -> String {
    let arn = if id.starts_with("arn:") {
        id.to_owned()
    } else {
        scope.arn("secretsmanager", &format!("secret:{id}"))
    };
    scope.holdings.secret(&arn).map_or(arn.clone(), str::to_owned)
}

fn named<'a>(arguments: &'a Arguments, name: &str) -> &'a str {
    arguments.text(name).unwrap_or("*")
}
