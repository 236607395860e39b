//! Who a statement is about.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>

use serde_json::Value;

use super::statement::Effect;
use super::{only, strings};
use crate::Principal;

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Principals {
    named: Vec<Named>,
    negated: bool,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    Everyone,
    /// An account: whoever its own policies allow.
    Account(String),
    /// The ARN of a role or of a session.
    Arn(String),
    Federated(String),
    Service(String),
}

/// How a statement of a resource's policy names the principal, which decides what else has to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// By its account: the account's own policies decide.
    Account,
    /// By its role: the boundary and the session policy still limit it.
    Role,
    /// By its session, or everyone: nothing but an explicit deny limits it.
    Direct,
}

impl Principals {
    pub(super) fn parse(value: &Value, negated: bool, effect: Effect) -> Result<Self, String> {
        if negated && effect == Effect::Allow {
            // AWS: "You must use the NotPrincipal element with "Effect":"Deny"."
            return Err("NotPrincipal stands in a statement that allows".to_owned());
        }
        let named = match value {
            Value::String(everyone) if everyone == "*" => vec![Named::Everyone],
            Value::Object(kinds) => {
                only(kinds, &["AWS", "Federated", "Service"])?;
                let mut named = Vec::new();
                for (kind, values) in kinds {
                    for text in strings(kind, values)? {
                        named.push(Named::parse(kind, &text)?);
                    }
                }
                named
            }
            other => return Err(format!("the Principal {other} is neither * nor an object")),
        };
        if negated && named.contains(&Named::Everyone) {
            return Err("NotPrincipal names everyone".to_owned());
        }
        if named.is_empty() { Err("Principal is empty".to_owned()) } else { Ok(Self { named, negated }) }
    }

    /// How the statement is about this principal; `None` if it is not.
    pub(super) fn grant(&self, principal: &Principal, bounded: bool) -> Option<Grant> {
        if self.negated {
            return (!self.spares(principal, bounded)).then_some(Grant::Direct);
        }
        self.named.iter().filter_map(|named| named.grant(principal)).max()
    }

    /// Whether `NotPrincipal` spares this principal.
    ///
    /// AWS: the account, the role and the session have to be listed, each of them; and a principal with a
    /// permissions boundary is denied whatever is listed.
    fn spares(&self, principal: &Principal, bounded: bool) -> bool {
        let lists = |named: &Named| self.named.contains(named);
        match principal {
            Principal::Session { role_arn, session_arn, account } => {
                !bounded
                    && lists(&Named::Account(account.clone()))
                    && lists(&Named::Arn(role_arn.clone()))
                    && lists(&Named::Arn(session_arn.clone()))
            }
            Principal::Account(account) => lists(&Named::Account(account.clone())),
            Principal::WebIdentity { provider_arn } => lists(&Named::Federated(provider_arn.clone())),
            Principal::Service(service) => lists(&Named::Service(service.clone())),
            Principal::Anonymous => false,
        }
    }
}

impl Named {
    fn parse(kind: &str, text: &str) -> Result<Self, String> {
        let refused = || format!("the {kind} principal {text:?} is not one");
        if kind == "AWS" && text == "*" {
            return Ok(Self::Everyone);
        }
        // AWS: "You cannot use a wildcard to match part of a principal name or ARN."
        if text.contains(['*', '?', '$']) {
            return Err(refused());
        }
        match kind {
            "AWS" => Self::parse_aws(text).ok_or_else(refused),
            "Federated" if text.starts_with("arn:") && text.contains("-provider/") => {
                Ok(Self::Federated(text.to_owned()))
            }
            "Service" if text.contains('.') => Ok(Self::Service(text.to_owned())),
            _ => Err(refused()),
        }
    }

    fn parse_aws(text: &str) -> Option<Self> {
        if is_account(text) {
            return Some(Self::Account(text.to_owned()));
        }
        let parts: Vec<_> = text.splitn(6, ':').collect();
        let ["arn", _, service, "", account, resource] = parts.as_slice() else { return None };
        if !is_account(account) {
            return None;
        }
        let prefixes: &[&str] = match *service {
            "iam" if *resource == "root" => return Some(Self::Account((*account).to_owned())),
            "iam" => &["role/", "user/"],
            "sts" => &["assumed-role/", "federated-user/"],
            _ => &[],
        };
        let known =
            prefixes.iter().any(|prefix| resource.strip_prefix(prefix).is_some_and(|name| !name.is_empty()));
        known.then(|| Self::Arn(text.to_owned()))
    }

    fn grant(&self, principal: &Principal) -> Option<Grant> {
        match (self, principal) {
            (Self::Everyone, _) => Some(Grant::Direct),
            (Self::Account(named), Principal::Account(account)) => {
                (named == account).then_some(Grant::Direct)
            }
            (Self::Account(named), Principal::Session { account, .. }) => {
                (named == account).then_some(Grant::Account)
            }
            (Self::Arn(named), Principal::Session { role_arn, session_arn, .. }) => {
                let direct = (named == session_arn).then_some(Grant::Direct);
                direct.or_else(|| (named == role_arn).then_some(Grant::Role))
            }
            (Self::Federated(named), Principal::WebIdentity { provider_arn }) => {
                (named == provider_arn).then_some(Grant::Direct)
            }
            (Self::Service(named), Principal::Service(service)) => {
                (named == service).then_some(Grant::Direct)
            }
            _ => None,
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
