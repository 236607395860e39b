//! How AWS decides.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>,
//! within one account
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html>,
//! across accounts
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>.

use crate::document::{Applies, Effect, Grant, Statement};
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
pub fn evaluate(request: &Request, policies: &Policies<'_>) -> Decision {
    let question = Question { request, policies };
    question.denied().unwrap_or_else(|| question.allowed())
}

struct Question<'a> {
    request: &'a Request,
    policies: &'a Policies<'a>,
}

impl<'a> Question<'a> {
    /// An explicit deny in any policy decides.
    fn denied(&self) -> Option<Decision> {
        let Policies { identity, boundary, session, resource, .. } = *self.policies;
        let layers = identity
            .iter()
            .map(|document| (Layer::Identity, document))
            .chain(boundary.map(|document| (Layer::Boundary, document)))
            .chain(session.map(|document| (Layer::Session, document)))
            .chain(resource.map(|document| (Layer::Resource, document)));
        for (layer, document) in layers {
            for statement in of(document, Effect::Deny) {
                let name = || name(document, statement);
                match self.applies(statement) {
                    Applies::No => {}
                    Applies::Yes(_) => {
                        return Some(Decision::deny(Reason::Denied { layer, statement: name() }));
                    }
                    Applies::Undecided(what) => {
                        let because = Reason::Undecided { layer, statement: name(), what };
                        return Some(Decision::deny(because));
                    }
                }
            }
        }
        None
    }

    /// Without an explicit deny, every layer that has a say has to allow.
    fn allowed(&self) -> Decision {
        let grant = self.resource_grant();
        let lacks = |layer| Decision::deny(Reason::NotAllowed { layer });
        let Some(account) = self.request.principal.account() else {
            // Nobody of an account: only the resource itself can let them in.
            return match grant {
                Some((Grant::Direct, statement)) => allows(Layer::Resource, statement),
                _ => lacks(Layer::Resource),
            };
        };
        let foreign = self.owner().is_some_and(|owner| owner != account);
        let resource_must_allow = self.policies.resource_must_allow || foreign;
        if resource_must_allow && grant.is_none() {
            return lacks(Layer::Resource);
        }
        let by_resource = grant.filter(|(grant, _)| *grant != Grant::Account && !foreign);
        if let Some((Grant::Direct, statement)) = by_resource {
            return allows(Layer::Resource, statement);
        }
        let by_identity = self.policies.identity.iter().find_map(|document| self.allow_of(document));
        let decided = match (by_resource, by_identity) {
            (Some((_, statement)), _) => allows(Layer::Resource, statement),
            (None, Some(statement)) => allows(Layer::Identity, statement),
            (None, None) => return lacks(Layer::Identity),
        };
        let within = |document: Option<&Document>| document.is_none_or(|it| self.allow_of(it).is_some());
        if !within(self.policies.boundary) {
            return lacks(Layer::Boundary);
        }
        if within(self.policies.session) { decided } else { lacks(Layer::Session) }
    }

    /// The widest grant of the resource's policy.
    fn resource_grant(&self) -> Option<(Grant, String)> {
        let document = self.policies.resource?;
        let grants = of(document, Effect::Allow).filter_map(|statement| match self.applies(statement) {
            Applies::Yes(grant) => Some((grant, name(document, statement))),
            Applies::No | Applies::Undecided(_) => None,
        });
        grants.max_by_key(|(grant, _)| *grant)
    }

    /// The statement of a document that allows the request.
    fn allow_of(&self, document: &Document) -> Option<String> {
        let mut allows = of(document, Effect::Allow);
        let found = allows.find(|statement| matches!(self.applies(statement), Applies::Yes(_)))?;
        Some(name(document, found))
    }

    fn applies(&self, statement: &Statement) -> Applies {
        statement.applies(self.request, self.policies.boundary.is_some())
    }

    /// The account that owns the resource, as far as that is known.
    fn owner(&self) -> Option<&'a str> {
        let from_arn = || self.request.resource.split(':').nth(4).filter(|account| !account.is_empty());
        self.policies.owner.or_else(from_arn)
    }
}

fn allows(layer: Layer, statement: String) -> Decision {
    Decision::allow(Reason::Allowed { layer, statement })
}

fn of(document: &Document, effect: Effect) -> impl Iterator<Item = &Statement> {
    document.statements().iter().filter(move |statement| statement.effect() == effect)
}

fn name(document: &Document, statement: &Statement) -> String {
    format!("{}#{}", document.name(), statement.sid())
}
