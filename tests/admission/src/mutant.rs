//! The rules with one thing taken away.

use serde_json::{Value, json};

use crate::Overlay;
use crate::overlay::text;
use crate::pod::merge;

/// What was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The whole policy.
    Removed,
    /// Its refusal: it only reports.
    Audit,
    /// A part of what it looks at.
    Narrowed(String),
    /// One of its conditions, by its message.
    Dropped(String),
}

/// A rule with a change.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The policy.
    pub policy: String,
    /// What was taken away.
    pub change: Change,
    /// The object that is changed: the policy, or its binding.
    pub original: Value,
    /// The object after the change; none if it is removed.
    pub mutated: Option<Value>,
}

/// The messages of a policy's conditions.
pub fn validations(policy: &Value) -> impl Iterator<Item = &str> {
    let list = policy.pointer("/spec/validations").and_then(Value::as_array);
    list.into_iter().flatten().map(|validation| text(validation, "/message"))
}

/// Every mutant of every policy of an overlay.
#[must_use]
pub fn mutants(overlay: &Overlay) -> Vec<Mutant> {
    let policies = overlay.rules().filter(|rule| rule.pointer("/spec/validations").is_some());
    policies.flat_map(|policy| of(overlay, policy)).collect()
}

fn of(overlay: &Overlay, policy: &Value) -> Vec<Mutant> {
    let name = text(policy, "/metadata/name");
    let native = text(policy, "/kind") == "ValidatingAdmissionPolicy";
    let make = |change, original: &Value, mutated| Mutant {
        policy: name.to_owned(),
        change,
        original: original.clone(),
        mutated,
    };
    let acting = if native {
        overlay.object("ValidatingAdmissionPolicyBinding", name).unwrap_or(policy)
    } else {
        policy
    };
    let mut audit = acting.clone();
    merge(&mut audit, &json!({ "spec": { "validationActions": ["Audit"] } }));
    let mut found = vec![make(Change::Removed, acting, None), make(Change::Audit, acting, Some(audit))];
    for (part, mutated) in narrowed(policy, native) {
        found.push(make(Change::Narrowed(part), policy, Some(mutated)));
    }
    let messages: Vec<_> = validations(policy).collect();
    if messages.len() > 1 {
        for (index, message) in messages.iter().enumerate() {
            let mut mutated = policy.clone();
            if let Some(list) = mutated.pointer_mut("/spec/validations").and_then(Value::as_array_mut) {
                list.remove(index);
            }
            found.push(make(Change::Dropped((*message).to_owned()), policy, Some(mutated)));
        }
    }
    found
}

/// A policy of Kyverno that leaves out one resource or one operation; a native one that leaves out one of its rules.
fn narrowed(policy: &Value, native: bool) -> Vec<(String, Value)> {
    let pointer = "/spec/matchConstraints/resourceRules";
    let rules = policy.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found = Vec::new();
    let mut with = |part: String, rules: Vec<Value>| {
        let mut mutated = policy.clone();
        merge(&mut mutated, &json!({ "spec": { "matchConstraints": { "resourceRules": rules } } }));
        found.push((part, mutated));
    };
    if native {
        for index in 0..rules.len() {
            let mut fewer = rules.clone();
            let gone = fewer.remove(index);
            if !fewer.is_empty() {
                with(list(&gone, "resources").join(" "), fewer);
            }
        }
        return found;
    }
    for (index, rule) in rules.iter().enumerate() {
        for resource in list(rule, "resources") {
            let mut fewer = rules.clone();
            without(&mut fewer, index, "resources", &resource);
            if !fewer.is_empty() {
                with(resource, fewer);
            }
        }
    }
    for operation in ["CREATE", "UPDATE"] {
        let mut fewer = rules.clone();
        for index in (0..fewer.len()).rev() {
            without(&mut fewer, index, "operations", operation);
        }
        with(operation.to_owned(), fewer);
    }
    found
}

fn list(rule: &Value, field: &str) -> Vec<String> {
    let values = rule.get(field).and_then(Value::as_array);
    values.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Takes a value out of a list of a rule, and the rule away when nothing is left.
fn without(rules: &mut Vec<Value>, index: usize, field: &str, value: &str) {
    let Some(rule) = rules.get_mut(index) else { return };
    let left: Vec<_> = list(rule, field).into_iter().filter(|entry| entry != value).collect();
    if left.is_empty() {
        rules.remove(index);
    } else {
        merge(rule, &json!({ field: left }));
    }
}
