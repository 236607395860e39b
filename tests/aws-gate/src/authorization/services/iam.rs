//! Identity and Access Management.

use super::named::{self, Table};
use crate::authorization::arguments::Arguments;
use crate::authorization::demand::{Need, Scope};

const NAMES: &Table = &[
    ("AWSServiceName", "role"),
    ("Arn", "user"),
    ("Arn", "role"),
    ("EntityPath", "access-report"),
    ("GroupName", "group"),
    ("InstanceProfileName", "instance-profile"),
    ("Name", "saml-provider"),
    ("OpenIDConnectProviderArn", "oidc-provider"),
    ("PolicyArn", "policy"),
    ("PolicyName", "policy"),
    ("PolicySourceArn", "role"),
    ("PolicySourceArn", "user"),
    ("RoleName", "role"),
    ("SAMLProviderArn", "saml-provider"),
    ("SerialNumber", "mfa"),
    ("ServerCertificateName", "server-certificate"),
    ("Url", "oidc-provider"),
    ("UserName", "user"),
    ("VirtualMFADeviceName", "mfa"),
];

/// What an operation needs. A role that is known by its name is asked for with its path.
pub(in super::super) fn needs(
    operation: &str,
    arguments: &Arguments,
    scope: &Scope<'_>,
) -> Result<Vec<Need>, String> {
    let mut needs = named::needs("iam", operation, arguments, NAMES, scope)?;
    if let Some(known) = arguments.text("RoleName").and_then(|name| scope.holdings.role_named(name)) {
        for need in needs.iter_mut().filter(|need| need.resource.contains(":role/")) {
            known.clone_into(&mut need.resource);
        }
    }
    Ok(needs)
}
