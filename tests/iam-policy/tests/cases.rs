//! The rules of evaluation that AWS publishes, as rows of `tests/cases/`. Each names the page it comes from.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

use iam_policy::{Context, Document, Kind, Policies, PolicyError, Principal, Reason, Request, evaluate};
use serde_json::{Value, json};

const ACCOUNT: &str = "111111111111";

/// The rows of a file, each with the page that its group names.
fn rows(json: &str) -> Vec<(String, Value)> {
    let groups: Vec<Value> = serde_json::from_str(json).unwrap();
    let rows = groups.iter().flat_map(|group| {
        let source = group["source"].as_str().unwrap();
        group["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(move |row| (row["source"].as_str().unwrap_or(source).to_owned(), row.clone()))
    });
    rows.collect()
}

/// A policy of these statements.
fn policy(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn context(values: &Value) -> Context {
    let mut context = Context::new();
    for (key, value) in values.as_object().into_iter().flatten() {
        match value {
            Value::Array(many) => context.set_all(key, many.iter().map(|one| one.as_str().unwrap())),
            one => context.set(key, one.as_str().unwrap()),
        }
    }
    context
}

fn principal(name: Option<&str>) -> Principal {
    match name {
        None => Principal::Session {
            role_arn: format!("arn:aws:iam::{ACCOUNT}:role/worker"),
            session_arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/worker/one"),
            account: ACCOUNT.to_owned(),
        },
        Some("web-identity") => Principal::WebIdentity {
            provider_arn: format!("arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example/id/1"),
        },
        Some("service") => Principal::Service("sns.amazonaws.com".to_owned()),
        Some("account") => Principal::Account(ACCOUNT.to_owned()),
        Some("anonymous") => Principal::Anonymous,
        Some(other) => panic!("{other}"),
    }
}

fn request(row: &Value) -> Request {
    Request {
        principal: principal(row["principal"].as_str()),
        action: row["action"].as_str().unwrap_or("sqs:SendMessage").to_owned(),
        resource: row["resource"]
            .as_str()
            .unwrap_or("arn:aws:sqs:eu-central-1:111111111111:clicks")
            .to_owned(),
        context: context(&row["context"]),
    }
}

fn outcome(reason: &Reason) -> String {
    match reason {
        Reason::Allowed { statement, .. } => format!("allow {statement}"),
        Reason::Denied { statement, .. } => format!("deny {statement}"),
        Reason::Undecided { statement, .. } => format!("undecided {statement}"),
        Reason::NotAllowed { layer } => format!("no {}", layer.name()),
    }
}

#[test]
fn decisions_are_those_that_aws_documents() {
    for (source, row) in rows(include_str!("cases/decisions.json")) {
        let document = |kind, name: &str, key: &str| {
            let statements = row.get(key)?;
            let none = statements.as_array().is_some_and(Vec::is_empty);
            (!none).then(|| Document::parse(kind, name, &policy(statements)).unwrap())
        };
        let identity: Vec<_> = document(Kind::Identity, "identity", "identity").into_iter().collect();
        let boundary = document(Kind::Identity, "boundary", "boundary");
        let session = document(Kind::Identity, "session", "session");
        let resource = document(Kind::Resource, "resource", "resource_policy")
            .or_else(|| document(Kind::Trust, "resource", "trust"));
        let decision = evaluate(
            &request(&row),
            &Policies {
                identity: &identity,
                boundary: boundary.as_ref(),
                session: session.as_ref(),
                resource: resource.as_ref(),
                resource_must_allow: row["key"].as_bool().unwrap_or(false),
                owner: row["owner"].as_str(),
            },
        );
        let expected = row["expect"].as_str().unwrap();
        assert_eq!(outcome(&decision.because), expected, "{} ({source})", row["case"]);
        assert_eq!(decision.allowed, expected.starts_with("allow "), "{} ({source})", row["case"]);
    }
}

/// A condition is tried in a statement that allows and in one that denies; one that cannot be decided must do
/// nothing in the first and deny in the second.
#[test]
fn conditions_hold_when_aws_says_so() {
    for (source, row) in rows(include_str!("cases/conditions.json")) {
        let any = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        let with = |effect: &str| json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": row["condition"] });
        let allowed = |statements: Value| {
            let identity = [Document::parse(Kind::Identity, "identity", &policy(&statements)).unwrap()];
            let policies = Policies { identity: &identity, ..Policies::default() };
            evaluate(&request(&row), &policies).allowed
        };
        let (allows, denies) = (allowed(json!([with("Allow")])), !allowed(json!([any, with("Deny")])));
        let expected = match &row["holds"] {
            Value::Bool(holds) => (*holds, *holds),
            _ => (false, true),
        };
        assert_eq!((allows, denies), expected, "{row} ({source})");
    }
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    for (source, row) in rows(include_str!("cases/refused.json")) {
        let kind = match row["kind"].as_str().unwrap() {
            "identity" => Kind::Identity,
            "resource" => Kind::Resource,
            _ => Kind::Trust,
        };
        let text = match (&row["text"], &row["document"], &row["condition"]) {
            (Value::String(text), ..) => text.clone(),
            (_, document, _) if !document.is_null() => document.to_string(),
            (.., condition) if !condition.is_null() => policy(
                &json!([{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition }]),
            ),
            _ => policy(
                &json!([{ "Effect": "Allow", "Principal": row["principal"], "Action": "*", "Resource": "*" }]),
            ),
        };
        let Err(PolicyError { document, fault }) = Document::parse(kind, "policy", &text) else {
            panic!("{text} was taken ({source})")
        };
        let expected = row["refused"].as_str().unwrap();
        assert!(document == "policy" && fault.contains(expected), "{fault}, not {expected} ({source})");
    }
}

#[test]
fn the_tables_are_as_long_as_the_documentation_says() {
    let count = rows(include_str!("cases/decisions.json")).len()
        + rows(include_str!("cases/conditions.json")).len()
        + rows(include_str!("cases/refused.json")).len();
    assert!(count >= 250, "{count} rows");
}
