//! Simple Storage Service: the method, the path and the query name the operation.

mod address;
mod table;

use self::address::Address;
pub use self::table::OPERATIONS;
use crate::authorization::Call;
use crate::authorization::demand::{Demand, Need, Scope, Unknown};
use crate::parameters::Parameters;

/// Reads what a call demands.
pub(in super::super) fn read(call: &Call<'_>, scope: &Scope<'_>) -> Result<Demand, Unknown> {
    let unknown = |operation: &str, what: String| Unknown { operation: operation.to_owned(), what };
    let parameters = Parameters::of_query(call.query);
    let address = Address::read(call.path).map_err(|what| unknown("", what))?;
    let row = table::find(call.method, &address, &parameters).map_err(|what| unknown("", what))?;
    let account = call.headers.get("x-amz-account-id").and_then(|id| id.to_str().ok());
    let scope = Scope { account: account.unwrap_or(scope.account), ..*scope };
    let mut needs = Vec::new();
    for action in row.actions.split(',') {
        let action = if parameters.first("versionId").is_some() { of_version(action) } else { action };
        let what = || unknown(row.operation, format!("the operation s3:{}", row.operation));
        let types = scope.catalogue.resource_types("s3", action).ok_or_else(what)?;
        let resource = address.resource(types, row.path, &scope);
        needs.push(Need::new(format!("s3:{action}"), resource));
    }
    if let Some(resource) = needs.first().map(|need| need.resource.clone()) {
        needs.extend(of_headers(call, &resource).map_err(|what| unknown(row.operation, what))?);
    }
    Ok(Demand { operation: row.operation.to_owned(), needs })
}

/// The action for a version of an object that the call names.
fn of_version(action: &str) -> &str {
    match action {
        "DeleteObject" => "DeleteObjectVersion",
        "DeleteObjectTagging" => "DeleteObjectVersionTagging",
        "GetObject" => "GetObjectVersion",
        "GetObjectAcl" => "GetObjectVersionAcl",
        "GetObjectAttributes" => "GetObjectVersionAttributes",
        "GetObjectTagging" => "GetObjectVersionTagging",
        "GetObjectTorrent" => "GetObjectVersionTorrent",
        "PutObjectAcl" => "PutObjectVersionAcl",
        "PutObjectTagging" => "PutObjectVersionTagging",
        other => other,
    }
}

/// What headers ask for beside the operation
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>).
fn of_headers(call: &Call<'_>, resource: &str) -> Result<Vec<Need>, String> {
    let header = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
    let mut needs = Vec::new();
    for (name, action) in [
        ("x-amz-acl", "s3:PutObjectAcl"),
        ("x-amz-bypass-governance-retention", "s3:BypassGovernanceRetention"),
        ("x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"),
        ("x-amz-object-lock-mode", "s3:PutObjectRetention"),
        ("x-amz-tagging", "s3:PutObjectTagging"),
    ] {
        if header(name).is_some() {
            needs.push(Need::new(action, resource));
        }
    }
    if let Some(source) = header("x-amz-copy-source") {
        let (source, version) = source.split_once('?').map_or((source, false), |(path, _)| (path, true));
        let action = if version { "s3:GetObjectVersion" } else { "s3:GetObject" };
        let source = Address::read(&format!("/{}", source.trim_start_matches('/')))?;
        needs.push(Need::new(action, source.object().ok_or("a copy without an object to copy")?));
    }
    Ok(needs)
}
