//! Every layer of policy, alone: with all the others open, the one that is left still refuses what it is there for.
//!
//! A refusal that two layers make hides that one of them is broken. So each case names the layers that refuse it, and
//! every layer is tried by itself.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;

use aws_gate::{Account, Outcome, Policy};
use libtest_mimic::Trial;
use stack::account::{ENDPOINT, INTERNET, OTHER_ENDPOINT, PLAINTEXT};
use stack::names::ACCOUNT;
use tokio::runtime::Runtime;

use crate::scene::Scene;
use crate::{matrix, trial};

/// One kind of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    /// What a role may do.
    Identity,
    /// What a role may do at most.
    Boundary,
    /// What a queue or a secret lets be done to it.
    Resource,
    /// What a key lets be done with it.
    Key,
}

use Layer::{Boundary, Identity, Key, Resource};

const LAYERS: [Layer; 4] = [Identity, Boundary, Resource, Key];

/// Who asks for what, on what, through which door; and the layers each of which refuses it.
struct Case {
    workload: &'static str,
    call: (&'static str, &'static str),
    on: Option<(&'static str, &'static str)>,
    door: &'static str,
    refused_by: &'static [Layer],
}

const fn case(
    workload: &'static str,
    call: (&'static str, &'static str),
    on: Option<(&'static str, &'static str)>,
    door: &'static str,
    refused_by: &'static [Layer],
) -> Case {
    Case { workload, call, on, door, refused_by }
}

const SEND: (&str, &str) = ("sqs", "SendMessage");
const RECEIVE: (&str, &str) = ("sqs", "ReceiveMessage");
const READ: (&str, &str) = ("secretsmanager", "GetSecretValue");
const WRITE: (&str, &str) = ("secretsmanager", "PutSecretValue");
const DECRYPT: (&str, &str) = ("kms", "Decrypt");

const CLICKS: Option<(&str, &str)> = Some(("queue", "click_queue"));
const DEAD_LETTERS: Option<(&str, &str)> = Some(("queue", "dead_letter_queue"));
const LOGIN: Option<(&str, &str)> = Some(("Secret", "url_service_database_secret"));
const MIGRATOR: Option<(&str, &str)> = Some(("Secret", "migrate_database_secret"));
const API_KEY: Option<(&str, &str)> = Some(("Secret", "first_api_key_secret"));
const CLICK_KEY: Option<(&str, &str)> = Some(("key", "click_key"));
const SECRETS_KEY: Option<(&str, &str)> = Some(("key", "secrets_key"));

const CASES: &[Case] = &[
    // What each may do passes every layer.
    case("url-service", SEND, CLICKS, ENDPOINT, &[]),
    case("worker", RECEIVE, CLICKS, ENDPOINT, &[]),
    case("url-service", READ, LOGIN, ENDPOINT, &[]),
    case("migrate", WRITE, API_KEY, ENDPOINT, &[]),
    // The other's queue operation.
    case("worker", SEND, CLICKS, ENDPOINT, &[Identity, Key]),
    case("url-service", RECEIVE, CLICKS, ENDPOINT, &[Identity]),
    case("migrate", SEND, CLICKS, ENDPOINT, &[Identity, Resource, Key]),
    case("keda", RECEIVE, CLICKS, ENDPOINT, &[Identity, Resource, Key]),
    case("keda", ("sqs", "DeleteMessage"), CLICKS, ENDPOINT, &[Identity, Resource]),
    case("url-service", SEND, DEAD_LETTERS, ENDPOINT, &[Identity, Boundary]),
    case("worker", ("sqs", "ListQueueTags"), CLICKS, ENDPOINT, &[Identity, Boundary]),
    // The way in.
    case("url-service", SEND, CLICKS, PLAINTEXT, &[Resource]),
    case("url-service", SEND, CLICKS, INTERNET, &[Resource]),
    case("url-service", SEND, CLICKS, OTHER_ENDPOINT, &[Resource]),
    case("worker", RECEIVE, CLICKS, INTERNET, &[Resource]),
    case("url-service", READ, LOGIN, INTERNET, &[Resource]),
    case("url-service", READ, LOGIN, OTHER_ENDPOINT, &[Resource]),
    // The other's secret, and writing where one may only read.
    case("worker", READ, LOGIN, ENDPOINT, &[Identity, Resource, Key]),
    case("keda", READ, LOGIN, ENDPOINT, &[Identity, Resource, Key]),
    case("url-service", READ, MIGRATOR, ENDPOINT, &[Identity, Resource, Key]),
    case("url-service", READ, API_KEY, ENDPOINT, &[Identity, Resource, Key]),
    case("migrate", READ, LOGIN, ENDPOINT, &[Identity, Resource]),
    case("url-service", WRITE, LOGIN, ENDPOINT, &[Identity, Resource, Key]),
    case("migrate", WRITE, MIGRATOR, ENDPOINT, &[Identity, Resource, Key]),
    // A key is used through its service only.
    case("url-service", DECRYPT, CLICK_KEY, ENDPOINT, &[Identity, Boundary, Key]),
    case("url-service", DECRYPT, SECRETS_KEY, ENDPOINT, &[Identity, Boundary, Key]),
    case("worker", DECRYPT, CLICK_KEY, ENDPOINT, &[Identity, Boundary, Key]),
    case("migrate", DECRYPT, SECRETS_KEY, ENDPOINT, &[Identity, Boundary, Key]),
    // What no workload needs.
    case("url-service", ("iam", "ListUsers"), None, ENDPOINT, &[Identity, Boundary]),
    case("worker", ("sts", "GetSessionToken"), None, ENDPOINT, &[Identity, Boundary]),
];

/// The test.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let name = "layers::each_alone_refuses_what_it_is_there_for".to_owned();
    vec![trial(runtime, name, || async {
        let scene = Scene::start().await;
        let real = scene.platform.gate().account();
        let mut wrong = Vec::new();
        for layer in LAYERS {
            let alone = only(layer, &real);
            scene.platform.gate().replace_account(alone).expect("an account with one layer");
            for case in CASES {
                let refused = refuses(&scene, case).await;
                if refused != case.refused_by.contains(&layer) {
                    wrong.push(format!(
                        "{layer:?} alone {} {}",
                        if refused { "refuses" } else { "lets through" },
                        case.title()
                    ));
                }
            }
        }
        let (cases, layers) = (CASES.len(), LAYERS.len());
        writeln!(std::io::stdout(), "{cases} cases on each of {layers} layers")
            .expect("the counts are written");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        every_layer_has_a_case_of_its_own();
        scene.stop().await;
    })]
}

impl Case {
    fn title(&self) -> String {
        let Self { workload, call: (service, action), on, door, .. } = self;
        format!("{workload} {service}:{action} on {} through {door}", on.map_or("*", |(_, name)| name))
    }
}

/// Whether a policy refuses; what the emulator makes of a call that comes so far is not asked.
async fn refuses(scene: &Scene, case: &Case) -> bool {
    let answer = matrix::ask(scene, case.workload, case.call, case.on, case.door).await;
    let decisions = scene.platform.gate().decisions_about(answer.request_id());
    assert!(!decisions.is_empty(), "{}: no decision, {} {}", case.title(), answer.status, answer.body);
    // The gate itself has no such operation, whatever the policies say.
    let of_policies = decisions.iter().filter(|decision| decision.by != "not-offered");
    of_policies.map(|decision| decision.decision).any(|outcome| outcome == Outcome::Deny)
}

/// Without such a case, a layer could be missing and nothing would be refused less.
fn every_layer_has_a_case_of_its_own() {
    let used: BTreeSet<Layer> = CASES.iter().flat_map(|case| case.refused_by.iter().copied()).collect();
    assert_eq!(used, LAYERS.into_iter().collect());
}

/// The account with one layer as it is deployed and the others open.
fn only(layer: Layer, real: &Account) -> Account {
    let mut account = real.clone();
    for role in &mut account.roles {
        if layer != Identity {
            role.identity = vec![open(r#""Resource": "*""#)];
        }
        if layer != Boundary {
            role.boundary = None;
        }
    }
    for resource in &mut account.resources {
        let of_a_key = resource.arn.starts_with("arn:aws:kms:");
        if of_a_key && layer != Key {
            // Hands the decision to the identity policies of the account.
            let root = format!(r#""Resource": "*", "Principal": {{ "AWS": "arn:aws:iam::{ACCOUNT}:root" }}"#);
            resource.policy = Some(open(&root));
        }
        if !of_a_key && layer != Resource {
            resource.policy = None;
        }
    }
    account
}

/// A policy that allows everything.
fn open(more: &str) -> Policy {
    let text = format!(
        r#"{{ "Version": "2012-10-17", "Statement": [{{ "Sid": "Open", "Effect": "Allow", "Action": "*", {more} }}] }}"#
    );
    Policy { name: "open".to_owned(), text }
}
