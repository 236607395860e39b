//! Resources that an argument names, for services whose operations are called like their actions.

use iam_policy::ResourceType;

use crate::authorization::arguments::Arguments;
use crate::authorization::demand::{Need, Scope};

/// Which argument names a resource of which type.
pub(super) type Table = [(&'static str, &'static str)];

/// What an operation needs whose action has its name: one need for every resource that it names.
///
/// AWS asks for an operation that names no resource of its type on all of them, `TYPE/*`.
pub(super) fn needs(
    service: &str,
    operation: &str,
    arguments: &Arguments,
    table: &Table,
    scope: &Scope<'_>,
) -> Result<Vec<Need>, String> {
    let types = scope.catalogue.resource_types(service, operation);
    let types = types.ok_or_else(|| format!("the operation {service}:{operation}"))?;
    let mut resources = Vec::new();
    for kind in types {
        let names = table.iter().filter(|(_, of)| *of == kind.name).map(|(argument, _)| *argument);
        for name in names.flat_map(|name| arguments.text(name).into_iter().chain(arguments.list(name))) {
            resources.push(arn(kind, Some(name), scope));
        }
    }
    if resources.is_empty() {
        resources.push(types.first().map_or_else(|| "*".to_owned(), |kind| arn(kind, None, scope)));
    }
    resources.dedup();
    let action = format!("{service}:{operation}");
    Ok(resources.into_iter().map(|resource| Need::new(action.clone(), resource)).collect())
}

/// The ARN of a resource of a type; a name that is an ARN already is taken as it is.
pub(super) fn arn(kind: &ResourceType, name: Option<&str>, scope: &Scope<'_>) -> String {
    if let Some(whole) = name.filter(|name| name.starts_with("arn:")) {
        return whole.to_owned();
    }
    let mut arn = String::new();
    let mut rest = kind.arn;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, behind) = after.split_once('}').unwrap_or((after, ""));
        arn.push_str(before);
        arn.push_str(match variable {
            "Partition" => "aws",
            "Region" => scope.region,
            "Account" => scope.account,
            _ => name.unwrap_or("*"),
        });
        rest = behind;
    }
    arn.push_str(rest);
    arn
}
