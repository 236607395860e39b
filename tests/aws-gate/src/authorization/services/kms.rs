//! Key Management Service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::authorization::arguments::Arguments;
use crate::authorization::demand::{Need, Scope};

/// What an operation needs. An encryption context that the caller gives is condition keys.
pub(in super::super) fn needs(
    operation: &str,
    arguments: &Arguments,
    scope: &Scope<'_>,
) -> Result<Vec<Need>, String> {
    if operation == "ReEncrypt" {
        return Ok(re_encrypt(arguments, scope));
    }
    let types = scope.catalogue.resource_types("kms", operation);
    let types = types.ok_or_else(|| format!("the operation kms:{operation}"))?;
    let action = format!("kms:{operation}");
    let resources = match operation {
        // Permissions, not operations.
        "ReEncryptFrom" | "ReEncryptTo" | "SynchronizeMultiRegionKey" => {
            return Err(format!("the operation kms:{operation}"));
        }
        "CreateAlias" | "UpdateAlias" | "DeleteAlias" => of_alias(arguments, scope),
        _ if types.iter().any(|kind| kind.name == "key") => vec![used(arguments, scope)],
        _ => vec!["*".to_owned()],
    };
    let keys = context("EncryptionContext", arguments);
    let need = |resource| Need { keys: keys.clone(), ..Need::new(action.clone(), resource) };
    Ok(resources.into_iter().map(need).collect())
}

/// The ARN of a key by its ARN, its identifier, an alias or the ARN of an alias. An alias that nobody has is asked
/// for as what it is.
pub(in super::super) fn key(id: &str, scope: &Scope<'_>) -> String {
    let own = scope.arn("kms", "");
    let short = id.strip_prefix(&own).unwrap_or(id);
    if short.starts_with("alias/") {
        let known = scope.holdings.key_of_alias(short);
        return known.map_or_else(|| format!("{own}{short}"), str::to_owned);
    }
    if short.starts_with("arn:") {
        return short.to_owned();
    }
    format!("{own}key/{}", short.strip_prefix("key/").unwrap_or(short))
}

/// The key that a call uses. Without `KeyId` it is the one that the ciphertext names.
fn used(arguments: &Arguments, scope: &Scope<'_>) -> String {
    let given = arguments.text("KeyId").or_else(|| arguments.text("TargetKeyId"));
    given.map_or_else(|| of_ciphertext(arguments, scope), |id| key(id, scope))
}

/// A ciphertext holds its key in a form that is the service's own. The emulator's begins with its identifier.
fn of_ciphertext(arguments: &Arguments, scope: &Scope<'_>) -> String {
    const IDENTIFIER: usize = 36;
    let blob = arguments.text("CiphertextBlob").and_then(|text| STANDARD.decode(text).ok());
    let start = blob.as_deref().and_then(|blob| blob.get(..IDENTIFIER)).map(<[u8]>::to_vec);
    let id = start.and_then(|start| String::from_utf8(start).ok());
    let id = id.filter(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'));
    scope.arn("kms", &format!("key/{}", id.as_deref().unwrap_or("*")))
}

/// AWS: aliases are changed with a permission on the alias and one on every key that it has or gets
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html>).
fn of_alias(arguments: &Arguments, scope: &Scope<'_>) -> Vec<String> {
    let name = arguments.text("AliasName").unwrap_or("alias/*");
    let current = scope.holdings.key_of_alias(name).map(str::to_owned);
    let target = arguments.text("TargetKeyId").map(|id| key(id, scope));
    [Some(scope.arn("kms", name)), current, target].into_iter().flatten().collect()
}

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html>
fn re_encrypt(arguments: &Arguments, scope: &Scope<'_>) -> Vec<Need> {
    let source = arguments.text("SourceKeyId");
    let source = source.map_or_else(|| of_ciphertext(arguments, scope), |id| key(id, scope));
    let destination = key(arguments.text("DestinationKeyId").unwrap_or("*"), scope);
    vec![
        Need {
            keys: context("SourceEncryptionContext", arguments),
            ..Need::new("kms:ReEncryptFrom", source)
        },
        Need {
            keys: context("DestinationEncryptionContext", arguments),
            ..Need::new("kms:ReEncryptTo", destination)
        },
    ]
}

fn context(argument: &str, arguments: &Arguments) -> Vec<(String, String)> {
    let pairs = arguments.map(argument).into_iter();
    pairs.map(|(key, value)| (format!("kms:EncryptionContext:{key}"), value.to_owned())).collect()
}
