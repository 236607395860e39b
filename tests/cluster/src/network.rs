//! The wires: this machine to the node, and the node to the side that stands in for AWS.

use crate::ClusterError;
use crate::machine::{Machine, run};
use crate::plan::{INSTANCE_METADATA, INTERNET, POD_IDENTITY_AGENT, Plan};
use std::net::Ipv4Addr;
use std::process::Command;

/// Joins this machine, the node and the AWS side.
pub(crate) fn connect(plan: Plan, node: &Machine, aws: &Machine) -> Result<(), ClusterError> {
    enter(plan, node)?;
    // A load balancer connects to pods by their own addresses; a person may also use the service's.
    for network in [plan.pods(), plan.services()] {
        ip(&["route", "add", &network, "via", &plan.node().to_string()])?;
    }
    reach_aws(plan, node, aws)
}

/// Joins this machine and the node.
pub(crate) fn enter(plan: Plan, node: &Machine) -> Result<(), ClusterError> {
    let entrance = plan.name();
    // The other end appears inside the node's namespace, and both go with it.
    ip(&[
        "link",
        "add",
        &entrance,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        &node.init().to_string(),
    ])?;
    let bits = Plan::ENTRANCE_BITS;
    ip(&["address", "add", &format!("{}/{bits}", plan.load_balancer()), "dev", &entrance])?;
    ip(&["link", "set", &entrance, "up"])?;
    let on_node = |arguments: &[&str]| node.ip(arguments);
    on_node(&["address", "add", &format!("{}/{bits}", plan.node()), "dev", "eth0"])?;
    on_node(&["link", "set", "eth0", "up"])?;
    // Services have no machine. A program of the node itself needs a route to them all the same: the proxy gives the
    // packet its real destination only after one was found.
    on_node(&["route", "add", &plan.services(), "dev", "eth0"])
}

fn reach_aws(plan: Plan, node: &Machine, aws: &Machine) -> Result<(), ClusterError> {
    let on_node = |arguments: &[&str]| node.ip(arguments);
    let (near, far) = plan.wire();
    on_node(&[
        "link",
        "add",
        "aws0",
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        &aws.init().to_string(),
    ])?;
    on_node(&["address", "add", &format!("{near}/30"), "dev", "aws0"])?;
    on_node(&["link", "set", "aws0", "up"])?;
    let on_aws = |arguments: &[&str]| aws.ip(arguments);
    on_aws(&["address", "add", &format!("{far}/30"), "dev", "eth0"])?;
    on_aws(&["link", "set", "eth0", "up"])?;
    on_aws(&["route", "add", "default", "via", &near.to_string()])?;
    for address in beyond(plan) {
        on_aws(&["address", "add", &format!("{address}/32"), "dev", "lo"])?;
        on_node(&["route", "add", &format!("{address}/32"), "via", &far.to_string()])?;
    }
    node.run("sysctl", ["-qw", "net.ipv4.ip_forward=1"]).map(drop)
}

/// Every address that only the AWS side has.
pub(crate) fn beyond(plan: Plan) -> Vec<Ipv4Addr> {
    let others = [plan.database(), plan.neighbour(), INSTANCE_METADATA, POD_IDENTITY_AGENT, INTERNET];
    plan.endpoints().into_iter().map(|(_, address)| address).chain(others).collect()
}

/// Removes this machine's end of the wire, which an earlier run may have left when its namespaces outlived it.
pub(crate) fn disconnect(plan: Plan) {
    let _ = ip(&["link", "delete", &plan.name()]);
}

fn ip(arguments: &[&str]) -> Result<(), ClusterError> {
    run(Command::new("ip").args(arguments)).map(drop)
}
