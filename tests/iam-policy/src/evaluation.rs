//! How AWS decides.

use crate::{Decision, Document, Layer, Reason, Request};

/// The policies that take part in a decision.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// The policies of the role.
    pub identity: &'a [Document],
    /// Its permissions boundary.
    pub boundary: Option<&'a Document>,
    /// The policy that was passed when the role was assumed.
    pub session: Option<&'a Document>,
    /// The policy of the resource.
    pub resource: Option<&'a Document>,
    /// Whether the resource's own policy has to allow, as that of a KMS key or the trust of a role must.
    pub resource_must_allow: bool,
    /// The account that owns the resource, where its ARN does not say so.
    pub owner: Option<&'a str>,
}

/// Decides one request.
#[must_use]
pub fn evaluate(_request: &Request, _policies: &Policies<'_>) -> Decision {
    Decision::deny(Reason::NotAllowed { layer: Layer::Identity })
}
