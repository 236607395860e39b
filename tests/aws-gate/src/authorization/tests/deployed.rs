//! The policies that are deployed, asked by the calls of the trust map and by calls beside it.

use serde_json::json;
use time::macros::datetime;
use trust_map::Workload;

use super::account::{ACCOUNT, Account, ISSUER, REGION, VPC, caller, endpoint, provider_arn, role_arn};
use super::requests::Request;
use crate::authorization::{Network, Verdict, WebIdentity};

/// A call that asks for one action on one resource.
fn request(action: &str, arn: &str) -> Request {
    let (service, operation) = action.split_once(':').unwrap();
    let name = arn.rsplit(':').next().unwrap();
    match service {
        "sqs" => {
            let url = format!("http://127.0.0.1:1/{ACCOUNT}/{name}");
            Request::json("sqs", operation, &json!({ "QueueUrl": url }))
        }
        "secretsmanager" => Request::json("secretsmanager", operation, &json!({ "SecretId": arn })),
        "kms" => Request::json("kms", operation, &json!({ "KeyId": arn })),
        other => panic!("{other}"),
    }
}

fn ask(account: &Account, workload: &str, action: &str, resource: &str, network: &Network) -> Verdict {
    let request = request(action, &account.arn(resource));
    account.authorizer.authorize(&caller(workload), &request.call(), network)
}

fn service(action: &str) -> &str {
    action.split(':').next().unwrap()
}

/// Every workload, every action of the three services, every resource of the map.
#[test]
fn workloads_may_do_what_the_map_says_and_nothing_else() {
    let account = Account::new();
    let catalogue = iam_policy::Catalogue::published();
    for workload in &account.map.workloads {
        for (name, resource) in &account.map.resources {
            let service = service(&resource.kind);
            for operation in catalogue.actions(service) {
                let action = format!("{service}:{operation}");
                let verdict = ask(&account, &workload.name, &action, name, &endpoint(service));
                assert_eq!(
                    verdict.allowed(),
                    is_listed(workload, &action, name),
                    "{} {verdict:?}",
                    workload.name
                );
            }
        }
    }
}

/// Whether the map allows it directly. A key is used through a service only.
fn is_listed(workload: &Workload, action: &str, on: &str) -> bool {
    workload.allow.iter().any(|allowed| allowed.action == action && allowed.on == on && allowed.via.is_none())
}

#[test]
fn the_network_decides_too() {
    let account = Account::new();
    let internet = |service: &str| Network { source_vpc: None, source_vpce: None, ..endpoint(service) };
    let elsewhere = |service: &str| Network { source_vpce: Some("vpce-x".to_owned()), ..endpoint(service) };
    let plaintext = |service: &str| Network { secure_transport: false, ..endpoint(service) };
    for (workload, action, resource, network, reason) in [
        ("url-service", "sqs:SendMessage", "click_queue", internet("sqs"), "#DenyMessagesOutsideTheEndpoint"),
        ("worker", "sqs:ReceiveMessage", "click_queue", elsewhere("sqs"), "#DenyMessagesOutsideTheEndpoint"),
        ("keda", "sqs:GetQueueAttributes", "click_queue", plaintext("sqs"), "#DenyPlaintext"),
        (
            "url-service",
            "secretsmanager:GetSecretValue",
            "url_service_database_secret",
            elsewhere("secretsmanager"),
            "#DenyValuesOutsideTheEndpoint",
        ),
    ] {
        let verdict = ask(&account, workload, action, resource, &network);
        let refused = verdict.refused().unwrap();
        assert!(refused.decision.because.to_string().ends_with(reason), "{refused:?}");
    }
}

#[test]
fn a_token_opens_the_role_of_its_service_account_only() {
    let account = Account::new();
    let network = endpoint("sts");
    let audiences = ["sts.amazonaws.com".to_owned()];
    let provider_arn = provider_arn();
    let opens = |role: &str, subject: &str, network: &Network, audiences: &[String]| {
        let identity = WebIdentity {
            provider_arn: &provider_arn,
            issuer: ISSUER,
            subject,
            audiences,
            session_name: "one",
        };
        let at = datetime!(2026-01-01 12:00 UTC);
        account.authorizer.trust(&role_arn(role), &identity, network, at).is_some_and(|trust| trust.allowed)
    };
    for role in &account.map.workloads {
        for subject in &account.map.workloads {
            let expected = role.name == subject.name;
            assert_eq!(opens(&role.name, &subject.token_subject(), &network, &audiences), expected);
        }
    }
    let subject = account.map.workloads[0].token_subject();
    let role = account.map.workloads[0].name.clone();
    assert!(!opens(&role, &format!("{subject}2"), &network, &audiences));
    assert!(!opens(&role, &subject, &network, &["other".to_owned()]));
    assert!(!opens(&role, &subject, &network, &[audiences[0].clone(), "other".to_owned()]));
    let elsewhere = Network { source_vpc: Some(format!("{VPC}2")), ..network.clone() };
    assert!(!opens(&role, &subject, &elsewhere, &audiences));
    assert!(!opens("none", &subject, &network, &audiences));
}

#[test]
fn a_look_alike_is_another_resource() {
    let account = Account::new();
    for (workload, action, arn) in [
        ("url-service", "sqs:SendMessage", format!("arn:aws:sqs:{REGION}:{ACCOUNT}:click_queue2")),
        ("url-service", "sqs:SendMessage", format!("arn:aws:sqs:{REGION}:{ACCOUNT}:Click_queue")),
        (
            "url-service",
            "secretsmanager:GetSecretValue",
            format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:url_service_database_secret-z9Y8x7"),
        ),
    ] {
        let request = request(action, &arn);
        let verdict =
            account.authorizer.authorize(&caller(workload), &request.call(), &endpoint(service(action)));
        assert!(!verdict.allowed() && verdict.unknown.is_none(), "{verdict:?}");
    }
}

#[test]
fn a_session_policy_limits_a_role() {
    let account = Account::new();
    let mut limited = caller("worker");
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:ReceiveMessage","Resource":"*"}}"#;
    limited.session_policy =
        Some(iam_policy::Document::parse(iam_policy::Kind::Identity, "session", text).unwrap());
    let request = request("sqs:ReceiveMessage", &account.arn("click_queue"));
    let verdict = account.authorizer.authorize(&limited, &request.call(), &endpoint("sqs"));
    // The message could be had, but not decrypted.
    let refused = verdict.refused().unwrap();
    assert_eq!(
        (refused.action.as_str(), refused.decision.because.to_string().as_str()),
        ("kms:Decrypt", "no session policy allows it")
    );
}
