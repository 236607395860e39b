//! Calls to S3 and S3 Control.

use aws_gate::authorization::S3_OPERATIONS;
use http::Method;

use super::Call;
use crate::matrix::target::Target;

/// Actions for one version of what another action is about.
const OF_VERSIONS: [(&str, &str); 9] = [
    ("DeleteObjectVersion", "DeleteObject"),
    ("DeleteObjectVersionTagging", "DeleteObjectTagging"),
    ("GetObjectVersion", "GetObject"),
    ("GetObjectVersionAcl", "GetObjectAcl"),
    ("GetObjectVersionAttributes", "GetObjectAttributes"),
    ("GetObjectVersionTagging", "GetObjectTagging"),
    ("GetObjectVersionTorrent", "GetObjectTorrent"),
    ("PutObjectVersionAcl", "PutObjectAcl"),
    ("PutObjectVersionTagging", "PutObjectTagging"),
];

pub(super) fn build(action: &str, target: &Target) -> Option<Call> {
    if action == "BypassGovernanceRetention" {
        let mut call = build("DeleteObject", target)?;
        call.headers.push(("x-amz-bypass-governance-retention", "true".to_owned()));
        return Some(call);
    }
    if let Some((_, base)) = OF_VERSIONS.iter().find(|(version, _)| *version == action) {
        let mut call = build(base, target)?;
        call.path += if call.path.contains('?') { "&versionId=1" } else { "?versionId=1" };
        return Some(call);
    }
    let (method, form) = operation(action)?;
    let (path, parameter) = form.split_once('?').map_or((form, None), |(path, name)| (path, Some(name)));
    let mut path = path_to(path, target)?;
    if let Some(parameter) = parameter {
        path = format!("{path}?{parameter}=");
    }
    let account = (!target.account().is_empty()).then(|| ("x-amz-account-id", target.account().to_owned()));
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    Some(Call { method, path, headers: account.into_iter().collect(), body: String::new(), unsigned: false })
}

/// Method and path of an operation that asks for an action.
fn operation(action: &str) -> Option<(&'static str, &'static str)> {
    S3_OPERATIONS.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let [method, path, _, actions] = words.as_slice() else { return None };
        actions.split(',').any(|one| one == action).then_some((*method, *path))
    })
}

/// The path with the target in it; none if it has no place for one of this type.
fn path_to(form: &str, target: &Target) -> Option<String> {
    match form {
        "/{bucket}" | "/{bucket}/{key+}" => {
            let (bucket, key) = target.id().split_once('/').unwrap_or((target.id(), "attack"));
            let of_bucket = matches!(target.kind, "bucket" | "object");
            let path = form.replace("{bucket}", bucket).replace("{key+}", key);
            of_bucket.then_some(path)
        }
        _ => {
            let label = form.split('/').find(|segment| segment.starts_with('{'));
            Some(label.map_or_else(
                || form.to_owned(),
                |label| {
                    let value = if label == "{resourceArn+}" { &target.arn } else { target.id() };
                    form.replace(label, value)
                },
            ))
        }
    }
}
