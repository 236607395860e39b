//! What STS answers.

use aws_smithy_xml::encode::{ScopeWriter, XmlWriter};
use secrecy::ExposeSecret as _;
use time::format_description::well_known::Rfc3339;

use crate::authorization::Caller;
use crate::sessions::Credentials;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// What `AssumeRoleWithWebIdentity` tells besides the credentials.
pub(super) struct Assumed<'a> {
    pub(super) caller: &'a Caller,
    pub(super) subject: &'a str,
    pub(super) audience: &'a str,
    pub(super) packed_percent: Option<usize>,
}

/// The answer to `AssumeRoleWithWebIdentity`.
pub(super) fn assumed_role(assumed: &Assumed<'_>, credentials: &Credentials, request_id: &str) -> String {
    document("AssumeRoleWithWebIdentity", request_id, |result| {
        element(result, "SubjectFromWebIdentityToken", assumed.subject);
        element(result, "Audience", assumed.audience);
        element(result, "Provider", &assumed.caller.provider_arn);
        if let Some(percent) = assumed.packed_percent {
            element(result, "PackedPolicySize", &percent.to_string());
        }
        let mut user = result.start_el("AssumedRoleUser").finish();
        element(&mut user, "Arn", &assumed.caller.session_arn);
        element(&mut user, "AssumedRoleId", &assumed.caller.user_id);
        user.finish();
        let expiration = credentials.expires_at.replace_nanosecond(0).unwrap_or(credentials.expires_at);
        let mut inner = result.start_el("Credentials").finish();
        element(&mut inner, "AccessKeyId", &credentials.access_key_id);
        element(&mut inner, "SecretAccessKey", credentials.secret_access_key.expose_secret());
        element(&mut inner, "SessionToken", credentials.session_token.expose_secret());
        element(&mut inner, "Expiration", &expiration.format(&Rfc3339).unwrap_or_default());
    })
}

/// The answer to `GetCallerIdentity`, which needs no permission.
pub(crate) fn caller_identity(caller: &Caller, request_id: &str) -> String {
    document("GetCallerIdentity", request_id, |result| {
        element(result, "Arn", &caller.session_arn);
        element(result, "UserId", &caller.user_id);
        element(result, "Account", &caller.account);
    })
}

fn document(operation: &str, request_id: &str, write: impl FnOnce(&mut ScopeWriter<'_, '_>)) -> String {
    let mut xml = String::new();
    let (root, result) = (format!("{operation}Response"), format!("{operation}Result"));
    let mut document = XmlWriter::new(&mut xml);
    let mut root = document.start_el(&root).write_ns(NAMESPACE, None).finish();
    let mut scope = root.start_el(&result).finish();
    write(&mut scope);
    scope.finish();
    let mut metadata = root.start_el("ResponseMetadata").finish();
    element(&mut metadata, "RequestId", request_id);
    metadata.finish();
    root.finish();
    xml
}

fn element(parent: &mut ScopeWriter<'_, '_>, name: &str, value: &str) {
    parent.start_el(name).finish().data(value);
}
