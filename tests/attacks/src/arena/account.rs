//! The account that is attacked: its roles trust whom the templates of the deployment say.

use std::collections::BTreeMap;

use aws_gate::{Account, Policy, Provider, Role};
use iam_policy::{Value, render};
use stack::Workload;
use stack::names::{ACCOUNT, NAMESPACE, REGION};
use trust_map::repository;

/// The network of the deployment.
pub(crate) const VPC: &str = "vpc-00000000000000001";
/// The template of every trust policy, from the root of the repository.
const TRUST: &str = "terraform/modules/workload-identity/policies/trust.json";

/// An account with the providers of `issuers`, whose roles trust `trusted`.
pub(super) fn with_providers(issuers: &[&str], trusted: &str) -> Account {
    let provider = |issuer: &&str| Provider {
        issuer: (*issuer).to_owned(),
        audiences: vec!["sts.amazonaws.com".to_owned()],
    };
    let providers: Vec<Provider> = issuers.iter().map(provider).collect();
    let trusted = providers.iter().find(|provider| provider.issuer == trusted).unwrap();
    let roles = Workload::ALL.map(|workload| role(workload, trusted)).to_vec();
    Account { id: ACCOUNT.to_owned(), region: REGION.to_owned(), providers, roles, resources: Vec::new() }
}

/// The endpoints of a network, by service.
pub(super) fn endpoints(vpc: Option<&str>) -> BTreeMap<String, String> {
    let endpoint = |service: &str| (service.to_owned(), format!("vpce-{service}"));
    vpc.map(|_| ["sts", "sqs", "secretsmanager", "kms"].map(endpoint).into()).unwrap_or_default()
}

fn role(workload: Workload, trusted: &Provider) -> Role {
    Role {
        arn: workload.role_arn(),
        trust: Policy { name: "trust".to_owned(), text: trust(workload, trusted) },
        // Who a session is needs no permission, and no case here is about what a session may do.
        identity: Vec::new(),
        boundary: None,
        max_session_seconds: 3_600,
    }
}

fn trust(workload: Workload, trusted: &Provider) -> String {
    let template = std::fs::read_to_string(repository().join(TRUST)).expect("the template is there");
    let values = [
        ("oidc_provider_arn", &*trusted.arn(ACCOUNT)),
        ("issuer", trusted.name()),
        ("namespace", NAMESPACE),
        ("service_account", workload.name()),
        ("vpc_id", VPC),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), Value::Text(value.to_owned())));
    render(&template, &BTreeMap::from(values)).expect("the template renders")
}
