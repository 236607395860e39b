//! What is asked: who wants to do what to which resource.

use crate::Context;

/// One question to the policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// The action, such as `sqs:SendMessage`.
    pub action: String,
    /// The ARN of the resource; `*` for an action that has none.
    pub resource: String,
    /// The condition keys.
    pub context: Context,
}

/// Who asks.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A session of a role.
    Session {
        /// `arn:aws:iam::ACCOUNT:role/NAME`
        role_arn: String,
        /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`
        session_arn: String,
        /// The account of the role.
        account: String,
    },
    /// Somebody who shows a token of an OIDC provider, before a role is assumed.
    WebIdentity {
        /// `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`
        provider_arn: String,
    },
    /// An AWS service, such as `sqs.amazonaws.com`.
    Service(String),
    /// An account as a whole: its root user.
    Account(String),
    /// Nobody who is known.
    Anonymous,
}

impl Principal {
    /// The account that the principal belongs to, if it belongs to one.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Session { account, .. } | Self::Account(account) => Some(account),
            Self::WebIdentity { .. } | Self::Service(_) | Self::Anonymous => None,
        }
    }
}
