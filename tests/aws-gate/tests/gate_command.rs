//! The gate as a process.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use stack::HttpClient;

fn config() -> Value {
    json!({
        "emulator": "http://127.0.0.1:9",
        "doors": [
            { "name": "endpoint", "address": "127.0.0.1:0", "source_vpc": "vpc-1", "secure_transport": true },
            { "name": "internet", "address": "127.0.0.1:0", "secure_transport": true },
        ],
        "account": { "id": "000000000000", "region": "eu-central-1", "providers": [], "roles": [] },
    })
}

fn start(directory: &Path, config: &Value) -> Child {
    let path = directory.join("gate.json");
    std::fs::write(&path, config.to_string()).unwrap();
    Command::new(env!("CARGO_BIN_EXE_aws-gate"))
        .arg("--config")
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn it_says_where_its_doors_are_and_ends_when_told_to() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), &config());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for name in ["endpoint", "internet"] {
        let line = lines.next().unwrap().unwrap();
        let (door, url) = line.split_once(' ').unwrap();
        assert_eq!(door, name);
        let answer = HttpClient::new().get(&format!("{url}/bucket/key")).await.unwrap();
        assert_eq!(answer.status, 403);
        assert!(answer.text().contains("Request is missing Authentication Token"), "{}", answer.text());
    }

    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();

    assert!(told.success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_is_wrong_with_its_configuration_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let cases: [(&str, Value, &str); 4] = [
        ("/emulator", json!("https://sqs.eu-central-1.amazonaws.com"), "the emulator's address"),
        ("/doors/0/secure_transport", json!("yes"), "expected a boolean"),
        ("/account/roles", json!([{ "arn": "arn" }]), "missing field `trust`"),
        ("/account", json!({ "id": "0", "typo": 1 }), "unknown field `typo`"),
    ];
    for (member, value, fault) in cases {
        let mut config = config();
        *config.pointer_mut(member).unwrap() = value;
        let mut child = start(directory.path(), &config);
        assert_eq!(child.wait().unwrap().code(), Some(1), "{member}");
        let mut text = String::new();
        child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        assert!(text.starts_with("aws-gate: ") && text.contains(fault), "{text}");
    }
}
