//! What the network policies open, read as edges, is what the trust map says.

use std::collections::BTreeSet;

use serde_json::Value;
use trust_map::TrustMap;

use crate::render::{file, folder, name, objects};

const NAMESPACE: &str = "services";
/// How the trust map calls what the policies know as a label or as the subnets of a value.
const ENDPOINTS: [&str; 3] = ["sts", "sqs", "secretsmanager"];

/// A direction, the workload whose policy it is, the other end, the port.
type Opening = (&'static str, String, String, String);

fn openings(policies: &[Value]) -> BTreeSet<Opening> {
    let mut found = BTreeSet::new();
    for policy in policies {
        let own =
            policy["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"].as_str().unwrap_or("*");
        for (direction, side, peers) in [("in", "ingress", "from"), ("out", "egress", "to")] {
            for rule in policy["spec"][side].as_array().into_iter().flatten() {
                let peers = rule[peers].as_array().filter(|peers| !peers.is_empty());
                let ports = rule["ports"].as_array().filter(|ports| !ports.is_empty());
                let (peers, ports) = (peers.expect("peers are named"), ports.expect("ports are named"));
                for peer in peers {
                    for port in ports {
                        let port = format!("{}/{}", port["protocol"].as_str().unwrap(), text(&port["port"]));
                        found.insert((direction, own.to_owned(), other_end(peer), port));
                    }
                }
            }
        }
    }
    found
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `namespace/label` for pods, the value's name without its number for subnets.
fn other_end(peer: &Value) -> String {
    if let Some(cidr) = peer["ipBlock"]["cidr"].as_str() {
        assert!(peer["ipBlock"]["except"].is_null(), "an opening with a hole: {peer}");
        let (value, number) =
            cidr.rsplit_once('_').unwrap_or_else(|| panic!("an address of its own: {cidr}"));
        assert!(["1", "2", "3"].contains(&number), "{cidr}");
        return value.to_owned();
    }
    let namespace = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"].as_str();
    let labels = peer["podSelector"]["matchLabels"].as_object().expect("pods are named");
    let label = labels.values().next().and_then(Value::as_str).expect("a label");
    format!("{}/{label}", namespace.unwrap_or(NAMESPACE))
}

/// What the trust map demands of the policies of the namespace.
fn demanded() -> BTreeSet<Opening> {
    let map = TrustMap::load().expect("the trust map");
    let own = |name: &str| map.workload(name).is_some_and(|workload| workload.namespace == NAMESPACE);
    let mut demanded = BTreeSet::new();
    for edge in &map.edges {
        let listener = edge.listener.clone().unwrap_or_else(|| edge.port.to_string());
        let port = format!("TCP/{listener}");
        let peer = |name: &str| match name {
            "clients" => "LOAD_BALANCER_SUBNET".to_owned(),
            "database" => "DATABASE_SUBNET".to_owned(),
            "monitoring" => "monitoring/prometheus".to_owned(),
            "telemetry-collector" => "monitoring/telemetry-collector".to_owned(),
            service if ENDPOINTS.contains(&service) => "ENDPOINT_SUBNET".to_owned(),
            workload => format!("{NAMESPACE}/{workload}"),
        };
        if own(&edge.from) {
            demanded.insert(("out", edge.from.clone(), peer(&edge.to), port.clone()));
        }
        if own(&edge.to) {
            demanded.insert(("in", edge.to.clone(), peer(&edge.from), port));
        }
    }
    // Names are part of no edge: whoever opens one needs them.
    for protocol in ["UDP", "TCP"] {
        demanded.insert(("out", "*".to_owned(), "kube-system/kube-dns".to_owned(), format!("{protocol}/53")));
    }
    demanded
}

/// Those of the system. What strict mode asks of other namespaces is the platform's.
fn policies() -> Vec<Value> {
    let policies = objects("NetworkPolicy").into_iter();
    policies.filter(|policy| policy["metadata"]["namespace"] == NAMESPACE).collect()
}

#[test]
fn only_the_platform_has_policies_for_another_namespace() {
    let others = objects("NetworkPolicy");
    let others = others.iter().filter(|policy| policy["metadata"]["namespace"] != NAMESPACE);
    let files = folder("platform").into_iter().filter(|file| file.ends_with("-network-policies.yaml"));
    let of_the_platform: Vec<_> = files.flat_map(|policies| file(&format!("platform/{policies}"))).collect();
    let full = |policy: &Value| format!("{}/{}", text(&policy["metadata"]["namespace"]), name(policy));
    let (others, named): (BTreeSet<_>, BTreeSet<_>) =
        (others.map(full).collect(), of_the_platform.iter().map(full).collect());
    assert_eq!(others, named);
}

#[test]
fn the_policies_open_the_edges_of_the_trust_map_on_both_ends_and_nothing_else() {
    assert_eq!(openings(&policies()), demanded());
}

#[test]
fn everything_else_is_denied_both_ways() {
    let policy = &file("network-policies/00-default-deny-all.yaml")[0];
    assert_eq!(policy["spec"]["podSelector"], serde_json::json!({}));
    assert_eq!(policy["spec"]["policyTypes"], serde_json::json!(["Ingress", "Egress"]));
    assert!(policy["spec"]["ingress"].is_null() && policy["spec"]["egress"].is_null());
}

#[test]
fn no_policy_file_is_superfluous() {
    let files = folder("network-policies");
    let all: Vec<_> = files.iter().map(|name| (name, file(&format!("network-policies/{name}")))).collect();
    for (removed, _) in all.iter().filter(|(name, _)| *name != "00-default-deny-all.yaml") {
        let others =
            all.iter().filter(|(name, _)| name != removed).flat_map(|(_, policies)| policies.clone());
        assert_ne!(openings(&others.collect::<Vec<_>>()), demanded(), "{removed}");
    }
}

/// An address that a listed file does not have to name cannot be reached, but only if every file is listed.
#[test]
fn every_policy_file_is_part_of_the_system() {
    let list = &file("network-policies/kustomization.yaml")[0]["resources"];
    let listed: BTreeSet<_> =
        list.as_array().unwrap().iter().map(|entry| entry.as_str().unwrap().to_owned()).collect();
    assert_eq!(listed, folder("network-policies").into_iter().collect());
}

#[test]
fn a_port_that_a_policy_names_exists() {
    let deployments = objects("Deployment");
    for (direction, own, peer, port) in openings(&policies()) {
        let named = port.split_once('/').unwrap().1;
        if named.parse::<u16>().is_ok() {
            continue;
        }
        let owner = if direction == "in" { own } else { peer.rsplit_once('/').unwrap().1.to_owned() };
        let deployment = deployments.iter().find(|deployment| name(deployment) == owner).expect(&owner);
        let containers = deployment["spec"]["template"]["spec"]["containers"].as_array().unwrap();
        let ports = containers.iter().flat_map(|container| container["ports"].as_array().unwrap());
        assert!(ports.into_iter().any(|port| port["name"] == named), "{owner}: {named}");
    }
}
