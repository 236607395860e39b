//! The map holds together: every name in it is the name of something.

#![expect(clippy::expect_used, reason = "a test says what is wrong by failing")]

use std::collections::BTreeSet;

use trust_map::{Allowed, AllowedGroup, TrustMap, repository};

/// Ends of edges that are no workload.
const OTHERS: [&str; 7] =
    ["clients", "monitoring", "sts", "sqs", "secretsmanager", "database", "telemetry-collector"];

fn map() -> TrustMap {
    TrustMap::load().expect("the trust map")
}

#[test]
fn every_edge_has_known_ends() {
    let map = map();
    let known: BTreeSet<_> =
        map.workloads.iter().map(|workload| workload.name.as_str()).chain(OTHERS).collect();
    for edge in &map.edges {
        assert!(known.contains(edge.from.as_str()) && known.contains(edge.to.as_str()), "{edge:?}");
    }
}

#[test]
fn every_permission_is_about_a_known_resource_and_has_its_edge() {
    let map = map();
    for workload in &map.workloads {
        assert!(map.edges_from(&workload.name).any(|edge| edge.to == "sts"), "{}", workload.name);
        for allowed in &workload.allow {
            let resource = map.resources.get(&allowed.on);
            let kind = &resource.unwrap_or_else(|| panic_unknown(&allowed.on)).kind;
            let service = allowed.action.split(':').next().expect("an action has a service");
            assert!(kind.starts_with(&format!("{service}:")), "{allowed:?} is about a {kind}");
            // A key is reached through the service that it is allowed for.
            let reached = allowed.via.as_deref().unwrap_or(service);
            assert!(map.edges_from(&workload.name).any(|edge| edge.to == reached), "{allowed:?}");
            assert_eq!(
                service == "kms",
                allowed.via.is_some(),
                "{allowed:?}: a key, and only a key, is used via a service"
            );
        }
    }
}

#[expect(clippy::panic, reason = "a test says what is wrong by failing")]
fn panic_unknown<T>(name: &str) -> T {
    panic!("the trust map knows no resource {name}")
}

#[test]
fn readers_and_writers_of_secrets_are_those_that_are_allowed() {
    let map = map();
    for (name, resource) in &map.resources {
        for (who, action) in [
            (&resource.readers, "secretsmanager:GetSecretValue"),
            (&resource.writers, "secretsmanager:PutSecretValue"),
        ] {
            let may = |allowed: &Allowed| allowed.on == *name && allowed.action == action;
            let may_too = |group: &AllowedGroup| {
                group.on == *name && group.actions.iter().any(|allowed| allowed == action)
            };
            let workloads = map.workloads.iter().filter(|workload| workload.allow.iter().any(may));
            let platform = map.platform.iter().filter(|principal| principal.allow.iter().any(may_too));
            let allowed: Vec<_> = workloads
                .map(|workload| workload.name.clone())
                .chain(platform.map(|principal| principal.name.clone()))
                .collect();
            assert_eq!(&allowed, who, "{action} on {name}");
        }
    }
}

#[test]
fn every_permission_of_the_platform_is_about_something_known() {
    let map = map();
    for principal in &map.platform {
        assert!(["irsa", "lambda", "ec2", "github"].contains(&principal.trusted.as_str()), "{principal:?}");
        let by_account = principal.namespace.is_some() && principal.service_account.is_some();
        assert_eq!(principal.trusted == "irsa", by_account, "{principal:?}");
        for group in &principal.allow {
            let known = group.on == "*"
                || map.resources.contains_key(&group.on)
                || map.platform_resources.contains_key(&group.on);
            assert!(known, "{}: {group:?}", principal.name);
        }
    }
}

#[test]
fn every_policy_file_is_there_and_no_two_workloads_share_one() {
    let map = map();
    let mut policies = BTreeSet::new();
    for workload in &map.workloads {
        assert!(repository().join(&workload.policy).is_file(), "{:?}", workload.policy);
        assert!(policies.insert(&workload.policy), "{:?} has two users", workload.policy);
    }
    for principal in &map.platform {
        assert!(repository().join(&principal.policy).is_file(), "{:?}", principal.policy);
        assert!(policies.insert(&principal.policy), "{:?} has two users", principal.policy);
    }
    for resource in map.resources.values() {
        assert!(repository().join(&resource.policy).is_file(), "{:?}", resource.policy);
        assert!(resource.key.iter().all(|key| map.resources[key].kind == "kms:key"), "{resource:?}");
    }
}
