//! Security Token Service, for callers who have a session already.

use super::named::{self, Table};
use crate::authorization::arguments::Arguments;
use crate::authorization::demand::{Need, Scope};

const NAMES: &Table = &[("Name", "federated-user"), ("RoleArn", "role"), ("TargetPrincipal", "root-user")];

/// What an operation needs. Tags and a source identity ask for actions of their own on the same role
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>).
pub(in super::super) fn needs(
    operation: &str,
    arguments: &Arguments,
    scope: &Scope<'_>,
) -> Result<Vec<Need>, String> {
    if !operation.starts_with("Assume") && !operation.starts_with("Get") && !operation.starts_with("Decode") {
        // TagSession and SetSourceIdentity are permissions, not operations.
        return Err(format!("the operation sts:{operation}"));
    }
    let mut needs = named::needs("sts", operation, arguments, NAMES, scope)?;
    for (argument, action) in [("Tags", "sts:TagSession"), ("SourceIdentity", "sts:SetSourceIdentity")] {
        if arguments.has(argument) {
            let more: Vec<_> = needs.iter().map(|need| Need::new(action, need.resource.clone())).collect();
            needs.extend(more);
        }
    }
    Ok(needs)
}
