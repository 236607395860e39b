//! The account that the gate guards: the roles and policies of the deployment, with the values of this run.
//!
//! The documents are the templates that Terraform deploys, and the trust map says whose they are. Nothing is written
//! down twice.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use aws_gate::{Account, Door, Policy, Provider, Resource, Role};
use iam_policy::{Value, render};
use trust_map::{TrustMap, Workload, repository};

use crate::StackError;
use crate::names::{ACCOUNT, ANOTHER_VPC_ENDPOINT, REGION, ResourceNames, VPC, VPC_ENDPOINTS};
use crate::ports;
use crate::provision::Resources;

/// The door of the services: through the VPC endpoints, over TLS.
pub const ENDPOINT: &str = "endpoint";
/// From the internet, over TLS: no VPC and no endpoint.
pub const INTERNET: &str = "internet";
/// Through the VPC endpoints, in clear.
pub const PLAINTEXT: &str = "plaintext";
/// Through endpoints of somebody else's.
pub const OTHER_ENDPOINT: &str = "other-endpoint";

const TRUST: &str = "terraform/modules/workload-identity/policies/trust.json";
const BOUNDARY: &str = "terraform/modules/workload-identity/policies/boundary.json";

type Values = BTreeMap<String, Value>;

/// The ways into the gate, all on free ports of the loopback interface.
pub(crate) fn doors() -> Vec<Door> {
    let own = VPC_ENDPOINTS.map(|(service, endpoint)| (service.to_owned(), endpoint.to_owned()));
    let others = VPC_ENDPOINTS.map(|(service, _)| (service.to_owned(), ANOTHER_VPC_ENDPOINT.to_owned()));
    let door = |name: &str, vpc: Option<&str>, endpoints: &[(String, String)], secure_transport| Door {
        name: name.to_owned(),
        address: ports::loopback(0),
        source_vpc: vpc.map(str::to_owned),
        source_vpce: endpoints.iter().cloned().collect(),
        secure_transport,
    };
    vec![
        door(ENDPOINT, Some(VPC), &own, true),
        door(INTERNET, None, &[], true),
        door(PLAINTEXT, Some(VPC), &own, false),
        door(OTHER_ENDPOINT, Some("vpc-of-somebody-else"), &others, true),
    ]
}

/// The account with these resources, whose only identity provider is `issuer` and whose roles' sessions last for
/// `session_life`.
///
/// # Errors
///
/// When a template is missing, or needs a value that is not known here.
pub fn account(resources: &Resources, issuer: &str, session_life: Duration) -> Result<Account, StackError> {
    let map = TrustMap::load()?;
    let provider = Provider { issuer: issuer.to_owned(), audiences: vec![map.audience.clone()] };
    let values = values(&map, resources, &provider);
    let roles = map
        .workloads
        .iter()
        .map(|workload| role(workload, &values, session_life))
        .collect::<Result<_, _>>()?;
    let resources = map.resources.keys().map(|name| resource(&map, name, resources, &values));
    Ok(Account {
        id: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        providers: vec![provider],
        roles,
        resources: resources.collect::<Result<_, _>>()?,
    })
}

fn role_arn(role: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{role}")
}

fn role(workload: &Workload, values: &Values, session_life: Duration) -> Result<Role, StackError> {
    let mut own = values.clone();
    own.insert("namespace".to_owned(), Value::Text(workload.namespace.clone()));
    own.insert("service_account".to_owned(), Value::Text(workload.service_account.clone()));
    Ok(Role {
        arn: role_arn(&workload.role),
        trust: policy(Path::new(TRUST), &own)?,
        identity: vec![policy(&workload.policy, &own)?],
        boundary: Some(policy(Path::new(BOUNDARY), &own)?),
        max_session_seconds: u32::try_from(session_life.as_secs()).unwrap_or(u32::MAX),
    })
}

fn resource(map: &TrustMap, name: &str, made: &Resources, values: &Values) -> Result<Resource, StackError> {
    let unknown = || StackError::Unknown { what: "resource of the trust map", name: name.to_owned() };
    let mapped = map.resources.get(name).ok_or_else(unknown)?;
    let arn = arn(name, made).ok_or_else(unknown)?;
    let mut own = values.clone();
    own.insert("queue_arn".to_owned(), Value::Text(arn.to_owned()));
    let roles = |names: &[String]| {
        let arns =
            names.iter().filter_map(|name| map.workload(name)).map(|workload| role_arn(&workload.role));
        Value::List(arns.collect())
    };
    own.insert("reader_role_arns".to_owned(), roles(&mapped.readers));
    own.insert("writer_role_arns".to_owned(), roles(&mapped.writers));
    Ok(Resource {
        arn: arn.to_owned(),
        policy: Some(policy(&mapped.policy, &own)?),
        key_arn: mapped.key.as_deref().and_then(|key| self::arn(key, made)).map(str::to_owned),
        aliases: alias(name, &made.names).into_iter().collect(),
    })
}

/// What the trust map calls by this name, as it was made for this run.
fn arn<'a>(name: &str, made: &'a Resources) -> Option<&'a str> {
    let arns = &made.arns;
    Some(match name {
        "click_key" => &arns.click_key,
        "secrets_key" => &arns.secrets_key,
        "click_queue" => &arns.click_queue,
        "dead_letter_queue" => &arns.dead_letter_queue,
        "url_service_database_secret" => &arns.url_service_database_secret,
        "migrate_database_secret" => &arns.migrate_database_secret,
        "first_api_key_secret" => &arns.first_api_key_secret,
        _ => return None,
    })
}

fn alias(name: &str, names: &ResourceNames) -> Option<String> {
    match name {
        "click_key" => Some(names.click_key_alias()),
        "secrets_key" => Some(names.secrets_key_alias()),
        _ => None,
    }
}

/// What the templates' placeholders stand for.
fn values(map: &TrustMap, made: &Resources, provider: &Provider) -> Values {
    let mut values = Values::new();
    let mut set = |name: &str, value: String| values.insert(name.to_owned(), Value::Text(value));
    set("account_id", ACCOUNT.to_owned());
    set("region", REGION.to_owned());
    set("vpc_id", VPC.to_owned());
    set("issuer", provider.name().to_owned());
    set("oidc_provider_arn", provider.arn(ACCOUNT));
    // Stands for who applies Terraform; nobody can assume it here.
    set("deployer_role_arn", role_arn("zero-trust-eks-deployer"));
    for (service, endpoint) in VPC_ENDPOINTS {
        set(&format!("{service}_endpoint_id"), endpoint.to_owned());
    }
    for name in map.resources.keys() {
        if let Some(arn) = arn(name, made) {
            set(&format!("{name}_arn"), arn.to_owned());
        }
    }
    let workloads = map.workloads.iter().map(|workload| (&workload.name, &workload.role));
    for (name, role) in
        workloads.chain(map.platform.iter().map(|principal| (&principal.name, &principal.role)))
    {
        set(&format!("{}_role_arn", name.replace('-', "_")), role_arn(role));
    }
    values
}

fn policy(template: &Path, values: &Values) -> Result<Policy, StackError> {
    let path = repository().join(template);
    let text = fs::read_to_string(&path).map_err(StackError::file("read", &path))?;
    let text =
        render(&text, values).map_err(|source| StackError::Template { path: template.to_owned(), source })?;
    Ok(Policy { name: template.display().to_string(), text })
}
