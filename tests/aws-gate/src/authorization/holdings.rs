//! What the account holds: roles, and resources with their policies and keys.

use std::collections::BTreeMap;

use iam_policy::Document;

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

/// Roles and resources by their ARNs.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    pub(super) roles: BTreeMap<String, Role>,
    pub(super) resources: BTreeMap<String, Resource>,
}

/// How many characters Secrets Manager appends to a name: a hyphen and six of its own
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>).
const SUFFIX: usize = 7;

impl Holdings {
    pub(super) fn resource(&self, arn: &str) -> Option<&Resource> {
        self.resources.get(arn)
    }

    /// The ARN of the key that has an alias.
    pub(super) fn key_of_alias(&self, alias: &str) -> Option<&str> {
        let mut resources = self.resources.values();
        resources.find(|resource| resource.aliases.iter().any(|one| one == alias)).map(|key| &*key.arn)
    }

    /// The ARN of a role by its name, wherever its path puts it.
    pub(super) fn role_named(&self, name: &str) -> Option<&str> {
        let mut arns = self.roles.keys();
        arns.find(|arn| arn.rsplit('/').next() == Some(name)).map(String::as_str)
    }

    /// The whole ARN of a secret, by that ARN or by one without its suffix.
    pub(super) fn secret(&self, arn: &str) -> Option<&str> {
        if let Some((whole, _)) = self.resources.get_key_value(arn) {
            return Some(whole);
        }
        let mut arns = self.secrets();
        arns.find(|whole| whole.len().checked_sub(SUFFIX).and_then(|end| whole.get(..end)) == Some(arn))
    }

    /// The ARNs of all secrets.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.resources.keys().map(String::as_str).filter(|arn| arn.contains(":secretsmanager:"))
    }
}
