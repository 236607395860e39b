//! Elastic Container Registry.

use super::named::{self, Table};
use crate::authorization::arguments::Arguments;
use crate::authorization::demand::{Need, Scope};

const NAMES: &Table =
    &[("repositoryName", "repository"), ("repositoryNames", "repository"), ("resourceArn", "repository")];

/// What an operation needs. `registryId` is the account of the registry.
pub(in super::super) fn needs(
    operation: &str,
    arguments: &Arguments,
    scope: &Scope<'_>,
) -> Result<Vec<Need>, String> {
    let account = arguments.text("registryId").unwrap_or(scope.account);
    named::needs("ecr", operation, arguments, NAMES, &Scope { account, ..*scope })
}
