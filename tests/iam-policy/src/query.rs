//! The form of queries and answers.

use std::collections::BTreeMap;

use iam_policy::{Context, Document, Kind, Policies, PolicyError, Principal, Request, evaluate};
use serde::{Deserialize, Serialize};

/// One request and the policies that decide it. Policies are JSON texts, as Terraform's plan holds them, so that
/// nothing is lost on the way that a strict reader would refuse.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    principal: Who,
    action: String,
    resource: String,
    #[serde(default)]
    context: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    identity: Vec<String>,
    boundary: Option<String>,
    session: Option<String>,
    resource_policy: Option<String>,
    trust: Option<String>,
    #[serde(default)]
    resource_must_allow: bool,
    owner: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Who {
    Session { role_arn: String, session_arn: String, account: String },
    WebIdentity { provider_arn: String },
    Service(String),
    Account(String),
    Anonymous,
}

/// The answer to one query: a decision, or what is wrong with the question.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    Decision { allowed: bool, because: String },
    Error { error: String },
}

/// Answers one line.
pub(crate) fn answer(line: &str) -> Answer {
    let query: Query = match serde_json::from_str(line) {
        Ok(query) => query,
        Err(cause) => return Answer::Error { error: format!("the query: {cause}") },
    };
    match decide(query) {
        Ok(answer) => answer,
        Err(cause) => Answer::Error { error: cause.to_string() },
    }
}

fn decide(query: Query) -> Result<Answer, PolicyError> {
    let numbered = query.identity.iter().enumerate();
    let identity = numbered
        .map(|(position, text)| Document::parse(Kind::Identity, &format!("identity[{position}]"), text))
        .collect::<Result<Vec<_>, _>>()?;
    let one = |kind, name: &str, text: Option<&String>| {
        text.map(|text| Document::parse(kind, name, text)).transpose()
    };
    let boundary = one(Kind::Identity, "boundary", query.boundary.as_ref())?;
    let session = one(Kind::Identity, "session", query.session.as_ref())?;
    let trust = one(Kind::Trust, "trust", query.trust.as_ref())?;
    let resource = one(Kind::Resource, "resource_policy", query.resource_policy.as_ref())?;
    let policies = Policies {
        identity: &identity,
        boundary: boundary.as_ref(),
        session: session.as_ref(),
        resource_must_allow: query.resource_must_allow || trust.is_some(),
        resource: trust.as_ref().or(resource.as_ref()),
        owner: query.owner.as_deref(),
    };
    let mut context = Context::new();
    for (key, values) in query.context {
        context.set_all(&key, values);
    }
    let principal = query.principal.into();
    let request = Request { principal, action: query.action, resource: query.resource, context };
    let decision = evaluate(&request, &policies);
    Ok(Answer::Decision { allowed: decision.allowed, because: decision.because.to_string() })
}

impl From<Who> for Principal {
    fn from(who: Who) -> Self {
        match who {
            Who::Session { role_arn, session_arn, account } => {
                Self::Session { role_arn, session_arn, account }
            }
            Who::WebIdentity { provider_arn } => Self::WebIdentity { provider_arn },
            Who::Service(name) => Self::Service(name),
            Who::Account(account) => Self::Account(account),
            Who::Anonymous => Self::Anonymous,
        }
    }
}
