//! The account as requests see it: its configuration, with every policy parsed.

use iam_policy::{Document, Kind, PolicyError};

use crate::authorization::{self, Authorizer, AuthorizerError};
use crate::config::{Account, Policy, Resource, Role};

/// Why an account is not taken.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A policy is not one.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A policy uses what the gate does not know.
    #[error(transparent)]
    Unknown(#[from] AuthorizerError),
}

/// An account and the authorizer that decides by it.
#[derive(Debug)]
pub(crate) struct GuardedAccount {
    config: Account,
    authorizer: Authorizer,
}

impl GuardedAccount {
    pub(crate) fn new(config: Account) -> Result<Self, AccountError> {
        let authorizer = Authorizer::of(&config)?;
        Ok(Self { config, authorizer })
    }

    pub(crate) fn config(&self) -> &Account {
        &self.config
    }

    pub(crate) fn authorizer(&self) -> &Authorizer {
        &self.authorizer
    }
}

impl Authorizer {
    /// Knows what an account holds.
    ///
    /// # Errors
    ///
    /// A policy that is not one, or that uses what the gate does not know.
    pub fn of(account: &Account) -> Result<Self, AccountError> {
        let mut authorizer = Self::new(&account.id, &account.region);
        for role in &account.roles {
            authorizer.put_role(parse_role(role)?)?;
        }
        for resource in &account.resources {
            authorizer.put_resource(parse_resource(resource)?)?;
        }
        Ok(authorizer)
    }
}

fn parse_role(role: &Role) -> Result<authorization::Role, PolicyError> {
    let identity = role.identity.iter().map(|policy| parse(Kind::Identity, policy));
    Ok(authorization::Role {
        arn: role.arn.clone(),
        trust: parse(Kind::Trust, &role.trust)?,
        identity: identity.collect::<Result<_, _>>()?,
        boundary: role.boundary.as_ref().map(|policy| parse(Kind::Identity, policy)).transpose()?,
    })
}

fn parse_resource(resource: &Resource) -> Result<authorization::Resource, PolicyError> {
    Ok(authorization::Resource {
        arn: resource.arn.clone(),
        policy: resource.policy.as_ref().map(|policy| parse(Kind::Resource, policy)).transpose()?,
        key_arn: resource.key_arn.clone(),
        aliases: resource.aliases.clone(),
    })
}

fn parse(kind: Kind, policy: &Policy) -> Result<Document, PolicyError> {
    Document::parse(kind, &policy.name, &policy.text)
}
