//! What a gate is told: where it listens, what it stands in front of, and the account that it guards.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// Everything that a gate is started with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The emulator behind the gate, `http://host:port`. Nothing else is told this address.
    pub emulator: String,
    /// The ways in.
    pub doors: Vec<Door>,
    /// The file that every decision is appended to, one JSON object a line.
    pub decision_log: Option<PathBuf>,
    /// What the gate decides by.
    pub account: Account,
    /// Issuers that are registered under an `https` address but published on this machine: host name to loopback
    /// address. The issuer's name in tokens and policies stays the registered one.
    #[serde(default)]
    pub issuers_at: BTreeMap<String, SocketAddr>,
}

/// One listener, and what a caller who comes through it looks like to a policy.
///
/// A loopback address stands in for the network: the door says which VPC and VPC endpoint a request came through,
/// and whether TLS protected it, because nothing on one machine could show it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// Its name in decisions.
    pub name: String,
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// `aws:SourceVpc`; none for the open internet.
    pub source_vpc: Option<String>,
    /// `aws:SourceVpce` by the service's name in signatures; none where the service has no endpoint there.
    #[serde(default)]
    pub source_vpce: BTreeMap<String, String>,
    /// `aws:SecureTransport`.
    pub secure_transport: bool,
}

/// The account: who may become what, and what each may do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// The one region.
    pub region: String,
    /// The registered identity providers.
    pub providers: Vec<Provider>,
    /// The roles.
    pub roles: Vec<Role>,
    /// The resources with policies or keys of their own.
    #[serde(default)]
    pub resources: Vec<Resource>,
}

/// An `OpenID` Connect provider as IAM registers it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The issuer, compared with `iss` byte by byte. Keys come from the discovery document below it.
    pub issuer: String,
    /// The client identifiers, one of which must be in `aud`.
    pub audiences: Vec<String>,
}

/// A policy document and the name by which a decision calls it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The name: the path of its template, where it has one.
    pub name: String,
    /// The JSON text.
    pub text: String,
}

/// A role.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Who may assume it.
    pub trust: Policy,
    /// What it may do.
    pub identity: Vec<Policy>,
    /// The most that it may ever do.
    pub boundary: Option<Policy>,
    /// The longest session, in seconds (`MaxSessionDuration`).
    #[serde(default = "one_hour")]
    pub max_session_seconds: u32,
}

/// A resource.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its ARN.
    pub arn: String,
    /// Its resource policy.
    pub policy: Option<Policy>,
    /// The key that encrypts it.
    pub key_arn: Option<String>,
    /// The aliases of a key, such as `alias/clicks`.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// What IAM gives a role that asks for nothing else.
fn one_hour() -> u32 {
    3_600
}

impl Provider {
    /// The issuer without its scheme: the prefix of its condition keys, and the end of its ARN.
    #[must_use]
    pub fn name(&self) -> &str {
        self.issuer.split_once("://").map_or(&*self.issuer, |(_, rest)| rest)
    }

    /// Its ARN in `account`.
    #[must_use]
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:oidc-provider/{}", self.name())
    }
}

impl Account {
    /// The provider that is registered for an issuer.
    pub(crate) fn provider(&self, issuer: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.issuer == issuer)
    }

    /// A role by its ARN.
    pub(crate) fn role(&self, arn: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.arn == arn)
    }
}
