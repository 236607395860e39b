//! The API server over HTTP, as any caller.
//!
//! The connection is the administrator's; who a request is from is said by impersonation
//! (<https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/>), so that authorization and admission
//! see the same user and groups as they would with that caller's own credentials.

use std::sync::Arc;

use cluster::AdmissionCluster;
use http::{HeaderName, Method};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use stack::HttpClient;

use crate::AdmissionError;

const USER: HeaderName = HeaderName::from_static("impersonate-user");
const GROUP: HeaderName = HeaderName::from_static("impersonate-group");

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    user: String,
    group: Option<String>,
}

impl Caller {
    /// A person or a pipeline of this group.
    #[must_use]
    pub fn member(user: &str, group: &str) -> Self {
        Self { user: user.to_owned(), group: Some(group.to_owned()) }
    }

    /// A service account.
    #[must_use]
    pub fn account(namespace: &str, name: &str) -> Self {
        Self {
            user: format!("system:serviceaccount:{namespace}:{name}"),
            group: Some(format!("system:serviceaccounts:{namespace}")),
        }
    }

    /// Whoever deploys.
    #[must_use]
    pub fn deployer() -> Self {
        Self::member("pipeline", "zero-trust-eks:deployer")
    }

    /// Whoever may change the rules.
    #[must_use]
    pub fn break_glass() -> Self {
        Self::member("on-call", "zero-trust-eks:break-glass")
    }

    /// A caller by the name that the cases use.
    ///
    /// # Errors
    ///
    /// When there is no such name.
    pub fn named(name: &str) -> Result<Self, AdmissionError> {
        Ok(match name {
            "deployer" => Self::deployer(),
            "break-glass" => Self::break_glass(),
            // Every right in the cluster, and none of its groups.
            "administrator" => Self::member("administrator", "system:masters"),
            "autoscaler" => Self::account("kube-system", "horizontal-pod-autoscaler"),
            // A user that EKS knows and gives its rights
            // (<https://docs.aws.amazon.com/eks/latest/userguide/default-roles-users.html>).
            "vpc-resource-controller" => Self { user: "eks:vpc-resource-controller".to_owned(), group: None },
            _ => {
                return Err(AdmissionError::Case {
                    name: name.to_owned(),
                    reason: "no such caller".to_owned(),
                });
            }
        })
    }

    /// The user's name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }
}

/// What the API server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The object, or a `Status`.
    pub body: Value,
}

impl Answer {
    /// Whether the request was taken.
    #[must_use]
    pub fn admitted(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether a rule of admission refused it, or the API server because it could not ask one.
    #[must_use]
    pub fn refused(&self) -> bool {
        let message = self.message();
        ["denied request:", "denied the request:", "failed calling webhook", "failed to configure policy"]
            .iter()
            .any(|mark| message.contains(mark))
    }

    /// Whether this policy alone refused it, with this message alone.
    #[must_use]
    pub fn refused_by(&self, policy: &str, message: &str) -> bool {
        let said = self.message();
        let kyverno = format!("denied the request: Policy {policy} failed: {message}");
        let native =
            format!("ValidatingAdmissionPolicy '{policy}' with binding '{policy}' denied request: {message}");
        !self.admitted() && (said.ends_with(&kyverno) || said.ends_with(&native))
    }

    /// What the API server said.
    #[must_use]
    pub fn message(&self) -> &str {
        self.body.get("message").and_then(Value::as_str).unwrap_or_default()
    }
}

/// A client of the API server.
#[derive(Clone, Debug)]
pub struct Api {
    server: String,
    client: HttpClient,
}

impl Api {
    /// A client that connects as the administrator.
    ///
    /// # Errors
    ///
    /// When the administrator's certificate cannot be used.
    pub fn new(cluster: &AdmissionCluster) -> Result<Self, AdmissionError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(cluster.authority())? {
            roots.add(certificate?)?;
        }
        let (certificate, key) = cluster.administrator();
        let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
        let key = PrivateKeyDer::from_pem_file(key)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)?;
        Ok(Self { server: cluster.server(), client: HttpClient::with_tls(config) })
    }

    /// The same client, asking as somebody else.
    ///
    /// # Errors
    ///
    /// When the name cannot be sent.
    pub fn as_caller(&self, caller: &Caller) -> Result<Self, AdmissionError> {
        let mut client = self.client.with_header(USER, &caller.user)?;
        if let Some(group) = &caller.group {
            client = client.with_header(GROUP, group)?;
        }
        Ok(Self { server: self.server.clone(), client })
    }

    /// Sends a request to a path of the API.
    ///
    /// # Errors
    ///
    /// When no answer came. A refusal is an answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: &Value,
    ) -> Result<Answer, AdmissionError> {
        let url = format!("{}{path}", self.server);
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = self.client.send(method, &url, Some(content_type), bytes).await?;
        let text = answer.text();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { status: answer.status.as_u16(), body })
    }

    /// Reads an object or a list.
    ///
    /// # Errors
    ///
    /// As for [`Api::send`].
    pub async fn get(&self, path: &str) -> Result<Answer, AdmissionError> {
        self.send(Method::GET, path, "application/json", &Value::Null).await
    }
}
