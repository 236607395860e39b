//! From a verified call to a verdict: which action on which resources, and whether the policies allow it.
//!
//! A call is read into what it demands (`demand`), each demand is put to the policies with its condition keys
//! (`context`), and the answers make a verdict. What is not known about a call refuses it.

mod arguments;
mod authorizer;
mod context;
mod demand;
mod encryption;
mod holdings;
mod services;
#[cfg(test)]
mod tests;
mod verdict;
mod vocabulary;

use std::net::IpAddr;

use http::HeaderMap;
use iam_policy::Document;
use time::OffsetDateTime;

pub use self::authorizer::{Authorizer, AuthorizerError};
pub use self::holdings::{Resource, Role};
pub use self::services::s3::OPERATIONS as S3_OPERATIONS;
pub use self::verdict::{Check, Verdict};

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
///
/// It can be read in one way only: a header, a parameter and a member of its body appear once.
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
