//! The policies that are deployed, asked by the calls of the trust map and by calls beside it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use aws_gate::Account;
use aws_gate::authorization::{Authorizer, Call, Caller, Network, Verdict, WebIdentity};
use http::{HeaderMap, HeaderName, HeaderValue};
use iam_policy::{Catalogue, Document, Kind};
use serde_json::json;
use stack::names::{ACCOUNT, REGION, ResourceNames, VPC, VPC_ENDPOINTS};
use stack::{Arns, Resources};
use time::macros::datetime;
use trust_map::{TrustMap, Workload};

const ISSUER: &str = "oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF";

/// The account of the local run with resources that nobody made, and the map that says what is allowed in it.
struct Deployment {
    map: TrustMap,
    account: Account,
    authorizer: Authorizer,
}

impl Deployment {
    fn new() -> Self {
        let arn = |service: &str, resource: &str| format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}");
        let resources = Resources {
            names: ResourceNames::default(),
            click_queue_url: String::new(),
            dead_letter_queue_url: String::new(),
            arns: Arns {
                click_key: arn("kms", "key/11111111-1111-1111-1111-111111111111"),
                secrets_key: arn("kms", "key/22222222-2222-2222-2222-222222222222"),
                click_queue: arn("sqs", "clicks"),
                dead_letter_queue: arn("sqs", "clicks-dlq"),
                url_service_database_secret: arn("secretsmanager", "secret:url-service-a1B2c3"),
                migrate_database_secret: arn("secretsmanager", "secret:migrate-a1B2c3"),
                first_api_key_secret: arn("secretsmanager", "secret:first-api-key-a1B2c3"),
            },
        };
        let issuer = format!("https://{ISSUER}");
        let account = stack::account::account(&resources, &issuer, Duration::from_hours(1)).unwrap();
        let authorizer = Authorizer::of(&account).unwrap();
        Self { map: TrustMap::load().unwrap(), account, authorizer }
    }

    /// The ARN of a resource of the map: the account lists them in its order.
    fn arn(&self, name: &str) -> &str {
        let position = self.map.resources.keys().position(|known| known == name).unwrap();
        &self.account.resources[position].arn
    }

    fn ask(&self, workload: &str, action: &str, arn: &str, network: &Network) -> Verdict {
        self.ask_as(&self.caller(workload), action, arn, network)
    }

    /// Asks for one action of a JSON service on one resource.
    fn ask_as(&self, caller: &Caller, action: &str, arn: &str, network: &Network) -> Verdict {
        let (service, operation) = action.split_once(':').unwrap();
        let prefix = match service {
            "kms" => "TrentService",
            "sqs" => "AmazonSQS",
            other => other,
        };
        let target = HeaderValue::from_str(&format!("{prefix}.{operation}")).unwrap();
        let name = arn.rsplit(':').next().unwrap();
        let url = format!("http://127.0.0.1:1/{ACCOUNT}/{name}");
        let body = json!({ "QueueUrl": url, "SecretId": arn, "KeyId": arn }).to_string();
        let call = Call {
            service,
            region: REGION,
            method: "POST",
            path: "/",
            query: "",
            headers: &HeaderMap::from_iter([(HeaderName::from_static("x-amz-target"), target)]),
            body: body.as_bytes(),
            at: datetime!(2026-01-01 12:00 UTC),
        };
        self.authorizer.authorize(caller, &call, network)
    }

    fn caller(&self, workload: &str) -> Caller {
        let role = &self.map.workload(workload).unwrap().role;
        Caller {
            account: ACCOUNT.to_owned(),
            role_arn: role_arn(role),
            session_arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/one"),
            user_id: "AROATEST:one".to_owned(),
            provider_arn: self.account.providers[0].arn(ACCOUNT),
            session_policy: None,
        }
    }
}

fn role_arn(role: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{role}")
}

/// The way through the endpoint of a service in the VPC.
fn endpoint(service: &str) -> Network {
    let (_, endpoint) = VPC_ENDPOINTS.into_iter().find(|(name, _)| *name == service).unwrap();
    Network {
        source_vpc: Some(VPC.to_owned()),
        source_vpce: Some(endpoint.to_owned()),
        secure_transport: true,
        source_ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9)),
    }
}

fn service(action: &str) -> &str {
    action.split(':').next().unwrap()
}

/// Every workload, every action of the three services, every resource of the map.
#[test]
fn workloads_may_do_what_the_map_says_and_nothing_else() {
    let deployment = Deployment::new();
    let catalogue = Catalogue::published();
    for workload in &deployment.map.workloads {
        for (name, resource) in &deployment.map.resources {
            let service = service(&resource.kind);
            for operation in catalogue.actions(service) {
                let action = format!("{service}:{operation}");
                let verdict =
                    deployment.ask(&workload.name, &action, deployment.arn(name), &endpoint(service));
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
    let deployment = Deployment::new();
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
        let verdict = deployment.ask(workload, action, deployment.arn(resource), &network);
        let refused = verdict.refused().unwrap();
        assert!(refused.decision.because.to_string().ends_with(reason), "{refused:?}");
    }
}

#[test]
fn a_token_opens_the_role_of_its_service_account_only() {
    let deployment = Deployment::new();
    let network = endpoint("sts");
    let audiences = ["sts.amazonaws.com".to_owned()];
    let provider_arn = deployment.account.providers[0].arn(ACCOUNT);
    let opens = |role: &str, subject: &str, network: &Network, audiences: &[String]| {
        let identity = WebIdentity {
            provider_arn: &provider_arn,
            issuer: ISSUER,
            subject,
            audiences,
            session_name: "one",
        };
        let at = datetime!(2026-01-01 12:00 UTC);
        let trust = deployment.authorizer.trust(&role_arn(role), &identity, network, at);
        trust.is_some_and(|trust| trust.allowed)
    };
    for role in &deployment.map.workloads {
        for subject in &deployment.map.workloads {
            let expected = role.name == subject.name;
            assert_eq!(opens(&role.role, &subject.token_subject(), &network, &audiences), expected);
        }
    }
    let subject = deployment.map.workloads[0].token_subject();
    let role = deployment.map.workloads[0].role.clone();
    assert!(!opens(&role, &format!("{subject}2"), &network, &audiences));
    assert!(!opens(&role, &subject, &network, &["other".to_owned()]));
    assert!(!opens(&role, &subject, &network, &[audiences[0].clone(), "other".to_owned()]));
    let elsewhere = Network { source_vpc: Some(format!("{VPC}2")), ..network.clone() };
    assert!(!opens(&role, &subject, &elsewhere, &audiences));
    assert!(!opens("none", &subject, &network, &audiences));
}

#[test]
fn a_look_alike_is_another_resource() {
    let deployment = Deployment::new();
    for (action, arn) in [
        ("sqs:SendMessage", format!("arn:aws:sqs:{REGION}:{ACCOUNT}:clicks2")),
        ("sqs:SendMessage", format!("arn:aws:sqs:{REGION}:{ACCOUNT}:Clicks")),
        (
            "secretsmanager:GetSecretValue",
            format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:url-service-z9Y8x7"),
        ),
    ] {
        let verdict = deployment.ask("url-service", action, &arn, &endpoint(service(action)));
        assert!(!verdict.allowed() && verdict.unknown.is_none(), "{verdict:?}");
    }
}

#[test]
fn a_session_policy_limits_a_role() {
    let deployment = Deployment::new();
    let mut limited = deployment.caller("worker");
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:ReceiveMessage","Resource":"*"}}"#;
    limited.session_policy = Some(Document::parse(Kind::Identity, "session", text).unwrap());
    let queue = deployment.arn("click_queue");
    let verdict = deployment.ask_as(&limited, "sqs:ReceiveMessage", queue, &endpoint("sqs"));
    // The message could be had, but not decrypted.
    let refused = verdict.refused().unwrap();
    assert_eq!(
        (refused.action.as_str(), refused.decision.because.to_string().as_str()),
        ("kms:Decrypt", "no session policy allows it")
    );
}
