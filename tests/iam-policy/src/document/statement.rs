//! One statement of a policy.

use serde_json::{Map, Value};

use super::principal::{Grant, Principals};
use super::target::{Actions, Resources};
use super::{Kind, only, strings};
use crate::Request;
use crate::condition::{self, Condition};

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    sid: String,
    effect: Effect,
    principals: Option<Principals>,
    actions: Actions,
    resources: Option<Resources>,
    conditions: Vec<Condition>,
}

/// What a statement does where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// Whether a statement is about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Applies {
    Yes(Grant),
    No,
    /// Nobody can say, because the request lacks something or has it in a form that the policy does not expect.
    Undecided(String),
}

impl Statement {
    /// Reads a statement. `number` counts from 1 and names a statement without a Sid.
    pub(super) fn parse(kind: Kind, number: usize, element: &Value) -> Result<Self, String> {
        let element = element.as_object().ok_or("it is not an object")?;
        let common = ["Sid", "Effect", "Action", "NotAction", "Condition"];
        let more: &[&str] = match kind {
            Kind::Identity => &["Resource", "NotResource"],
            Kind::Resource => &["Principal", "NotPrincipal", "Resource", "NotResource"],
            // AWS: NotPrincipal is not for trust policies.
            Kind::Trust => &["Principal"],
        };
        only(element, &[common.as_slice(), more].concat())?;
        let effect = match element.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("Effect is neither Allow nor Deny".to_owned()),
        };
        let principals = match kind {
            Kind::Identity => None,
            Kind::Resource | Kind::Trust => {
                let (value, negated) = one_of(element, "Principal", "NotPrincipal")?;
                Some(Principals::parse(value, negated, effect)?)
            }
        };
        let (actions, negated) = one_of(element, "Action", "NotAction")?;
        let actions = Actions::parse(&strings("Action", actions)?, negated)?;
        let resources = match kind {
            Kind::Trust => None,
            Kind::Identity | Kind::Resource => {
                let (value, negated) = one_of(element, "Resource", "NotResource")?;
                Some(Resources::parse(&strings("Resource", value)?, negated)?)
            }
        };
        let conditions = element.get("Condition").map_or(Ok(Vec::new()), condition::parse)?;
        Ok(Self { sid: sid(element, number)?, effect, principals, actions, resources, conditions })
    }

    pub(crate) fn sid(&self) -> &str {
        &self.sid
    }

    pub(crate) fn effect(&self) -> Effect {
        self.effect
    }

    pub(super) fn condition_keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.iter().flat_map(Resources::keys);
        self.conditions.iter().flat_map(Condition::keys).chain(resources)
    }

    pub(super) fn actions(&self) -> impl Iterator<Item = &str> {
        self.actions.patterns()
    }

    /// Whether it is about this request. `bounded` says whether a permissions boundary limits the principal.
    pub(crate) fn applies(&self, request: &Request, bounded: bool) -> Applies {
        let grant = match &self.principals {
            None => Grant::Direct,
            Some(principals) => match principals.grant(&request.principal, bounded) {
                Some(grant) => grant,
                None => return Applies::No,
            },
        };
        if !self.actions.match_with(&request.action) {
            return Applies::No;
        }
        let resources = self.resources.as_ref().map_or(Ok(true), |resources| resources.match_with(request));
        let conditions = self.conditions.iter().map(|condition| condition.holds(&request.context));
        let mut undecided = None;
        for held in std::iter::once(resources).chain(conditions) {
            match held {
                Ok(true) => {}
                Ok(false) => return Applies::No,
                Err(what) => undecided = Some(what),
            }
        }
        undecided.map_or(Applies::Yes(grant), Applies::Undecided)
    }
}

/// The one of two elements that is there, and whether it is the second.
fn one_of<'a>(
    element: &'a Map<String, Value>,
    name: &str,
    negation: &str,
) -> Result<(&'a Value, bool), String> {
    match (element.get(name), element.get(negation)) {
        (Some(value), None) => Ok((value, false)),
        (None, Some(value)) => Ok((value, true)),
        (Some(_), Some(_)) => Err(format!("it has both {name} and {negation}")),
        (None, None) => Err(format!("it has neither {name} nor {negation}")),
    }
}

/// AWS: a Sid has the characters A-Z, a-z and 0-9.
fn sid(element: &Map<String, Value>, number: usize) -> Result<String, String> {
    match element.get("Sid") {
        None => Ok(number.to_string()),
        Some(Value::String(sid)) if sid.chars().all(|character| character.is_ascii_alphanumeric()) => {
            Ok(if sid.is_empty() { number.to_string() } else { sid.clone() })
        }
        Some(other) => Err(format!("the Sid {other} is not of letters and digits")),
    }
}
