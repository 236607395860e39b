//! The program that decides for other programs.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

fn answers(queries: &[String]) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_iam-policy"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(queries.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn allow(action: &str) -> String {
    let statement = json!({ "Sid": "It", "Effect": "Allow", "Action": action, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

#[test]
fn a_line_in_is_a_line_out() {
    let principal = json!({ "session": {
        "role_arn": "arn:aws:iam::111111111111:role/worker",
        "session_arn": "arn:aws:sts::111111111111:assumed-role/worker/one",
        "account": "111111111111",
    }});
    let query = |identity: &str, boundary: Option<String>| {
        json!({
            "principal": principal,
            "action": "sqs:SendMessage",
            "resource": "arn:aws:sqs:eu-central-1:111111111111:clicks",
            "context": { "aws:SecureTransport": ["true"] },
            "identity": [identity],
            "boundary": boundary,
        })
        .to_string()
    };
    let token = json!({
        "principal": { "web_identity": { "provider_arn": "arn:aws:iam::111111111111:oidc-provider/a" } },
        "action": "sts:AssumeRoleWithWebIdentity",
        "resource": "arn:aws:iam::111111111111:role/worker",
        "trust": json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": "arn:aws:iam::111111111111:oidc-provider/a" },
            "Action": "sts:AssumeRoleWithWebIdentity",
        }]}).to_string(),
    });
    let answers = answers(&[
        query(&allow("sqs:*"), None),
        query(&allow("sqs:*"), Some(allow("s3:*"))),
        query(&allow("sqs:*").replace("Action", "Actoin"), None),
        token.to_string(),
        r#"{ "principle": 1 }"#.to_owned(),
    ]);
    assert_eq!(
        answers[..4],
        [
            json!({ "allowed": true, "because": "identity[0]#It" }),
            json!({ "allowed": false, "because": "no permissions boundary allows it" }),
            json!({ "error": "the policy identity[0]: statement 1: the element Actoin is not known" }),
            json!({ "allowed": true, "because": "trust#1" }),
        ]
    );
    assert!(answers[4]["error"].as_str().unwrap().contains("unknown field `principle`"));
}
