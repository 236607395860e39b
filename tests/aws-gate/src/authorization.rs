//! From a verified call to a verdict: which action on which resources, and whether the policies allow it.

use std::net::IpAddr;

use http::HeaderMap;
use iam_policy::{Decision, Document};
use time::OffsetDateTime;

/// A session of a role, whose signature was verified.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account of the role.
    pub account: String,
    /// `arn:aws:iam::ACCOUNT:role/NAME`
    pub role_arn: String,
    /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`
    pub session_arn: String,
    /// `aws:userid`: `ROLE-ID:SESSION`.
    pub user_id: String,
    /// The ARN of the OIDC provider that the session came from.
    pub provider_arn: String,
    /// The policy that was passed when the role was assumed.
    pub session_policy: Option<Document>,
}

/// A call to a service, whose signature was verified.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The service in the scope of the signature, such as `sqs`.
    pub service: &'a str,
    /// The region in the scope of the signature.
    pub region: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// The path, as it came: percent-encoded.
    pub path: &'a str,
    /// The query without its question mark, as it came; empty if there is none.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
    /// When it came.
    pub at: OffsetDateTime,
}

/// How a call reached the gate.
#[derive(Debug, Clone)]
pub struct Network {
    /// The VPC, if it came through an endpoint of one.
    pub source_vpc: Option<String>,
    /// That endpoint.
    pub source_vpce: Option<String>,
    /// Whether it came over TLS.
    pub secure_transport: bool,
    /// The address of the caller.
    pub source_ip: IpAddr,
}

/// What a token says, once its signature was verified.
#[derive(Debug, Clone)]
pub struct WebIdentity<'a> {
    /// `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`
    pub provider_arn: &'a str,
    /// The issuer without `https://`: the prefix of its condition keys.
    pub issuer: &'a str,
    /// The claim `sub`.
    pub subject: &'a str,
    /// The claim `aud`.
    pub audiences: &'a [String],
    /// The name that the session will have.
    pub session_name: &'a str,
}

/// A role as IAM keeps it.
#[derive(Debug, Clone)]
pub struct Role {
    /// `arn:aws:iam::ACCOUNT:role/NAME`
    pub arn: String,
    /// Who may assume it.
    pub trust: Document,
    /// What it may do.
    pub identity: Vec<Document>,
    /// What it may do at most.
    pub boundary: Option<Document>,
}

/// A resource as its service keeps it.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its ARN, whole: that of a secret ends in the six characters that Secrets Manager gave it.
    pub arn: String,
    /// Its policy.
    pub policy: Option<Document>,
    /// The ARN of the key that encrypts it.
    pub key_arn: Option<String>,
    /// The aliases of a key, such as `alias/clicks`.
    pub aliases: Vec<String>,
}

/// Knows the roles, the resources and their policies.
#[derive(Debug, Default)]
pub struct Authorizer {}

impl Authorizer {
    /// An account without roles and resources.
    #[must_use]
    pub fn new(_account: &str, _region: &str) -> Self {
        Self::default()
    }

    /// Adds a role, or replaces the one with its ARN.
    ///
    /// # Errors
    ///
    /// A condition key or an action that the gate does not know, by name.
    pub fn put_role(&mut self, _role: Role) -> Result<(), AuthorizerError> {
        Ok(())
    }

    /// Adds a resource, or replaces the one with its ARN.
    ///
    /// # Errors
    ///
    /// A condition key or an action that the gate does not know, by name.
    pub fn put_resource(&mut self, _resource: Resource) -> Result<(), AuthorizerError> {
        Ok(())
    }

    /// Removes the resource with this ARN, if there is one.
    pub fn remove_resource(&mut self, _arn: &str) {}

    /// Decides one call.
    #[must_use]
    pub fn authorize(&self, _caller: &Caller, call: &Call<'_>, _network: &Network) -> Verdict {
        let unknown = Some(format!("the service {}", call.service));
        Verdict { service: call.service.to_owned(), operation: String::new(), checks: Vec::new(), unknown }
    }

    /// Decides whether a token's bearer may assume a role; `None` if there is no such role.
    #[must_use]
    pub fn trust(
        &self,
        _role_arn: &str,
        _identity: &WebIdentity<'_>,
        _network: &Network,
        _at: OffsetDateTime,
    ) -> Option<Decision> {
        None
    }
}

/// Why a role or a resource is not taken.
#[derive(Debug, thiserror::Error)]
#[error("the policy {document} uses {what}, which the gate does not know")]
pub struct AuthorizerError {
    /// The name of the policy.
    pub document: String,
    /// The condition key or action.
    pub what: String,
}

/// The answer to one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The service, such as `sqs`.
    pub service: String,
    /// The operation of its API, such as `SendMessageBatch`; empty if it has no such operation.
    pub operation: String,
    /// One answer for every action on every resource that the call needs, those of KMS behind it included.
    pub checks: Vec<Check>,
    /// What the gate does not know about the call, and therefore refuses.
    pub unknown: Option<String>,
}

/// The answer for one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Such as `sqs:SendMessage`.
    pub action: String,
    /// The ARN; `*` for an action that has none.
    pub resource: String,
    /// The answer.
    pub decision: Decision,
}

impl Verdict {
    /// Whether the call may go on: it is known, and every check allows it.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.unknown.is_none() && !self.checks.is_empty() && self.refused().is_none()
    }

    /// The first check that refuses.
    #[must_use]
    pub fn refused(&self) -> Option<&Check> {
        self.checks.iter().find(|check| !check.decision.allowed)
    }
}
