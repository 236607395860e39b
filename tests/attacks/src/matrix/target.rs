//! The resources that a workload reaches for.

use iam_policy::ResourceType;
use stack::names::{ACCOUNT, REGION};
use trust_map::Workload;

use crate::scene::{Scene, role_arn};

/// An account and a region that are not ours.
const FOREIGN_ACCOUNT: &str = "222222222222";
const FOREIGN_REGION: &str = "us-east-1";

/// Whose a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// Of the workload itself.
    Own,
    /// Of another workload, or of nobody with a name that looks like it.
    Sibling,
    /// Of another account or region.
    Foreign,
    /// The action has no resource.
    Account,
}

/// A resource.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) relation: Relation,
    /// The type, as the catalogue calls it; empty where the action has none.
    pub(super) kind: &'static str,
    pub(super) arn: String,
    /// The name in the trust map.
    pub(super) name: Option<String>,
}

impl Target {
    /// Whether it is the role of this workload.
    pub(super) fn is_role_of(&self, workload: &Workload) -> bool {
        self.arn == role_arn(&workload.role)
    }

    /// What follows the account in the ARN, without the word for its type.
    pub(super) fn id(&self) -> &str {
        let resource = self.arn.splitn(6, ':').nth(5).unwrap_or(&self.arn);
        let id = resource.split_once(['/', ':']).map_or(resource, |(_, id)| id);
        if matches!(self.kind, "bucket" | "object" | "queue") { resource } else { id }
    }

    /// The account in the ARN.
    pub(super) fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }

    /// The region in the ARN.
    pub(super) fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }
}

/// All resources that a workload reaches for with an action about these types.
pub(super) fn all(scene: &Scene, workload: &Workload, service: &str, types: &[ResourceType]) -> Vec<Target> {
    // An alias is changed together with its key, and an access point stands for a bucket.
    let types = types.iter().filter(|kind| !matches!((service, kind.name), ("kms", "alias")));
    let types: Vec<_> = types.filter(|kind| types_of_s3(service, kind.name)).collect();
    if types.is_empty() {
        let arn = "*".to_owned();
        return vec![Target { relation: Relation::Account, kind: "", arn, name: None }];
    }
    types.into_iter().flat_map(|kind| of_type(scene, workload, service, kind)).collect()
}

fn types_of_s3(service: &str, kind: &str) -> bool {
    service != "s3" || !matches!(kind, "accesspointobject" | "multiregionaccesspointrequestarn")
}

fn of_type(scene: &Scene, workload: &Workload, service: &str, kind: &ResourceType) -> Vec<Target> {
    let target = |relation, arn: String, name: Option<&str>| Target {
        relation,
        kind: kind.name,
        arn,
        name: name.map(str::to_owned),
    };
    let mapped = format!("{service}:{}", kind.name.to_lowercase());
    let mut targets: Vec<_> = scene
        .map
        .resources
        .iter()
        .filter(|(_, resource)| resource.kind == mapped)
        .map(|(name, _)| {
            let own = workload.allow.iter().any(|allowed| &allowed.on == name);
            let relation = if own { Relation::Own } else { Relation::Sibling };
            target(relation, scene.arns[name].clone(), Some(name))
        })
        .collect();
    if targets.is_empty() {
        let sibling = scene.map.workloads.iter().find(|other| other.name != workload.name).unwrap();
        targets.push(target(Relation::Own, arn(kind, &workload.role), None));
        targets.push(target(Relation::Sibling, arn(kind, &sibling.role), None));
    }
    let own = targets[0].arn.clone();
    targets.push(target(Relation::Sibling, look_alike(&own), None));
    if kind.arn.contains("${Account}") {
        targets.push(target(Relation::Foreign, own.replace(ACCOUNT, FOREIGN_ACCOUNT), None));
    } else {
        targets.push(target(Relation::Foreign, arn(kind, "somebody-else"), None));
    }
    if kind.arn.contains("${Region}") {
        targets.push(target(Relation::Foreign, own.replace(REGION, FOREIGN_REGION), None));
    }
    targets
}

/// A name that begins like another.
fn look_alike(arn: &str) -> String {
    format!("{arn}2")
}

fn arn(kind: &ResourceType, name: &str) -> String {
    let mut arn = String::new();
    let mut rest = kind.arn;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, behind) = after.split_once('}').unwrap();
        arn += before;
        arn += match variable {
            "Partition" => "aws",
            "Region" => REGION,
            "Account" => ACCOUNT,
            _ => name,
        };
        rest = behind;
    }
    arn + rest
}
