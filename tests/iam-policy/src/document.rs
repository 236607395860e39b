//! Policy documents, read strictly.
//!
//! The grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>. Further checks
//! are those that Access Analyzer reports as errors:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>.

mod principal;
mod statement;
mod target;

use serde_json::{Map, Value};

pub(crate) use self::principal::Grant;
pub(crate) use self::statement::{Applies, Effect, Statement};
pub(crate) use self::target::action_matches;
use crate::UniqueMembers;

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
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    name: String,
    kind: Kind,
    statements: Vec<Statement>,
}

impl Document {
    /// Reads a policy. `name` is how decisions call it.
    ///
    /// # Errors
    ///
    /// Whatever this crate does not know or AWS would not take, by name.
    pub fn parse(kind: Kind, name: &str, json: &str) -> Result<Self, PolicyError> {
        let error = |fault: String| PolicyError { document: name.to_owned(), fault };
        let UniqueMembers(document) = serde_json::from_str(json).map_err(|cause| error(cause.to_string()))?;
        let statements = statements(kind, &document).map_err(error)?;
        Ok(Self { name: name.to_owned(), kind, statements })
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

    /// The condition keys that it uses, those in variables included.
    pub fn condition_keys(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().flat_map(Statement::condition_keys)
    }

    /// The patterns in its elements `Action` and `NotAction`, such as `sqs:*`.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().flat_map(Statement::actions)
    }

    pub(crate) fn statements(&self) -> &[Statement] {
        &self.statements
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

/// The only version that is taken. In the older one, `2008-10-17`, variables are plain text.
const VERSION: &str = "2012-10-17";

fn statements(kind: Kind, document: &Value) -> Result<Vec<Statement>, String> {
    let document = document.as_object().ok_or("it is not an object")?;
    only(document, &["Version", "Id", "Statement"])?;
    match document.get("Version") {
        Some(Value::String(version)) if version == VERSION => {}
        Some(other) => return Err(format!("the Version {other} is not {VERSION}")),
        None => return Err(format!("it has no Version, which stands for 2008-10-17, not {VERSION}")),
    }
    if document.get("Id").is_some_and(|id| !id.is_string()) {
        return Err("Id is not a string".to_owned());
    }
    let elements = match document.get("Statement") {
        Some(Value::Array(elements)) => elements.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    if elements.is_empty() {
        return Err("it has no Statement".to_owned());
    }
    let mut statements: Vec<Statement> = Vec::new();
    for (position, element) in elements.iter().enumerate() {
        let number = position + 1;
        let statement = Statement::parse(kind, number, element)
            .map_err(|fault| format!("statement {number}: {fault}"))?;
        if statements.iter().any(|other| other.sid() == statement.sid()) {
            return Err(format!("the Sid {} appears twice", statement.sid()));
        }
        statements.push(statement);
    }
    Ok(statements)
}

/// Refuses elements other than these.
fn only(object: &Map<String, Value>, names: &[&str]) -> Result<(), String> {
    let unknown = object.keys().find(|name| !names.contains(&name.as_str()));
    unknown.map_or(Ok(()), |name| Err(format!("the element {name} is not known")))
}

/// The strings of an element that is one string or a list of strings, and not empty.
fn strings(name: &str, value: &Value) -> Result<Vec<String>, String> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    if values.is_empty() {
        return Err(format!("{name} is empty"));
    }
    let strings = values.iter().map(|value| match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(format!("{name}: {other} is not a string")),
    });
    strings.collect()
}
