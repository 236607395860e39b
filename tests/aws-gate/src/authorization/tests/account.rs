//! An account as Terraform makes it: the policies of `terraform/modules`, rendered with values of the test.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use iam_policy::{Document, Kind, Value, render};
use trust_map::{TrustMap, repository};

use crate::authorization::{Authorizer, Caller, Network, Resource, Role};

pub(super) const ACCOUNT: &str = "111111111111";
pub(super) const REGION: &str = "eu-central-1";
pub(super) const ISSUER: &str = "oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF";
pub(super) const VPC: &str = "vpc-1";

/// The account, and the map that says what is allowed in it.
pub(super) struct Account {
    pub(super) map: TrustMap,
    pub(super) authorizer: Authorizer,
}

impl Account {
    pub(super) fn new() -> Self {
        let map = TrustMap::load().unwrap();
        let mut account = Self { map, authorizer: Authorizer::new(ACCOUNT, REGION) };
        for (name, resource) in account.map.resources.clone() {
            let policy = account.document(Kind::Resource, &resource.policy, account.of_resource(&name));
            let key_arn = resource.key.map(|key| account.arn(&key));
            let aliases = vec![format!("alias/{name}")];
            let resource = Resource { arn: account.arn(&name), policy: Some(policy), key_arn, aliases };
            account.authorizer.put_resource(resource).unwrap();
        }
        for workload in account.map.workloads.clone() {
            let trust = Path::new("terraform/modules/workload-identity/policies/trust.json");
            let boundary = Path::new("terraform/modules/workload-identity/policies/boundary.json");
            let own =
                [("namespace", workload.namespace.as_str()), ("service_account", &workload.service_account)];
            let role = Role {
                arn: role_arn(&workload.name),
                trust: account.document(Kind::Trust, trust, texts(own)),
                identity: vec![account.document(Kind::Identity, &workload.policy, BTreeMap::new())],
                boundary: Some(account.document(Kind::Identity, boundary, BTreeMap::new())),
            };
            account.authorizer.put_role(role).unwrap();
        }
        account
    }

    /// The ARN of a resource of the map.
    pub(super) fn arn(&self, name: &str) -> String {
        let resource = match self.map.resources[name].kind.as_str() {
            "sqs:queue" => name.to_owned(),
            "kms:key" => format!("key/00000000-0000-0000-0000-{:012x}", name.len()),
            "secretsmanager:secret" => format!("secret:{name}-a1B2c3"),
            other => panic!("{other}"),
        };
        let service = self.map.resources[name].kind.split(':').next().unwrap();
        format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
    }

    fn document(&self, kind: Kind, template: &Path, more: BTreeMap<String, Value>) -> Document {
        let text = fs::read_to_string(repository().join(template)).unwrap();
        let mut values = self.common();
        values.extend(more);
        let name = template.to_str().unwrap();
        Document::parse(kind, name, &render(&text, &values).unwrap()).unwrap()
    }

    fn common(&self) -> BTreeMap<String, Value> {
        let mut values = texts([
            ("account_id", ACCOUNT),
            ("region", REGION),
            ("issuer", ISSUER),
            ("vpc_id", VPC),
            ("sqs_endpoint_id", "vpce-sqs"),
            ("secretsmanager_endpoint_id", "vpce-secretsmanager"),
            ("oidc_provider_arn", &provider_arn()),
        ]);
        let arns = self.map.resources.keys().map(|name| (format!("{name}_arn"), self.arn(name)));
        let workloads = self.map.workloads.iter().map(|workload| workload.name.as_str());
        let roles = workloads.chain(["deployer", "rotation"]);
        let roles = roles.map(|name| (format!("{}_role_arn", name.replace('-', "_")), role_arn(name)));
        values.extend(arns.chain(roles).map(|(name, arn)| (name, Value::Text(arn))));
        values
    }

    fn of_resource(&self, name: &str) -> BTreeMap<String, Value> {
        let resource = &self.map.resources[name];
        let arns = |names: &[String]| Value::List(names.iter().map(|name| role_arn(name)).collect());
        BTreeMap::from([
            ("queue_arn".to_owned(), Value::Text(self.arn(name))),
            ("reader_role_arns".to_owned(), arns(&resource.readers)),
            ("writer_role_arns".to_owned(), arns(&resource.writers)),
        ])
    }
}

fn texts<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, Value> {
    pairs.into_iter().map(|(name, text)| (name.to_owned(), Value::Text(text.to_owned()))).collect()
}

pub(super) fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/zero-trust-eks-{name}-irsa")
}

pub(super) fn provider_arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}")
}

pub(super) fn caller(workload: &str) -> Caller {
    Caller {
        account: ACCOUNT.to_owned(),
        role_arn: role_arn(workload),
        session_arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/zero-trust-eks-{workload}-irsa/one"),
        user_id: "AROATEST:one".to_owned(),
        provider_arn: provider_arn(),
        session_policy: None,
    }
}

/// The way through the endpoint of a service in the VPC.
pub(super) fn endpoint(service: &str) -> Network {
    Network {
        source_vpc: Some(VPC.to_owned()),
        source_vpce: Some(format!("vpce-{service}")),
        secure_transport: true,
        source_ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9)),
    }
}
