//! Policy documents.

/// Where a policy is attached, which decides the elements that it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To a role, as a permissions boundary or as a session policy: no principal.
    Identity,
    /// To a queue, a key, a secret: a principal and a resource.
    Resource,
    /// To a role, to say who may assume it: a principal and no resource.
    Trust,
}

/// A policy of which every word is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    name: String,
    kind: Kind,
}

impl Document {
    /// Reads a policy. `name` is how decisions call it.
    ///
    /// # Errors
    ///
    /// Whatever this crate does not know or AWS would not take, by name.
    pub fn parse(kind: Kind, name: &str, _json: &str) -> Result<Self, PolicyError> {
        Ok(Self { name: name.to_owned(), kind })
    }

    /// How decisions call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it may be attached.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// Why a policy is not taken.
#[derive(Debug, thiserror::Error)]
#[error("the policy {document}: {fault}")]
pub struct PolicyError {
    /// The name of the policy.
    pub document: String,
    /// What is wrong with it.
    pub fault: String,
}
