//! The policy documents allow what the map says and nothing else, statement by statement.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use trust_map::{Allowed, TrustMap, Workload, repository};

fn document(workload: &Workload) -> Vec<Value> {
    let text = fs::read_to_string(repository().join(&workload.policy)).expect("a policy");
    let document: Value =
        serde_json::from_str(&text).expect("an identity policy needs no function of Terraform");
    assert_eq!(document["Version"], "2012-10-17");
    document["Statement"].as_array().expect("statements").clone()
}

/// One or many.
fn strings(value: &Value) -> Vec<String> {
    let one = value.as_str().map(|one| vec![one.to_owned()]);
    one.unwrap_or_else(|| {
        let many = value.as_array().expect("a string or a list of them");
        many.iter().map(|each| each.as_str().expect("a string").to_owned()).collect()
    })
}

fn allowed(statement: &Value) -> Vec<Allowed> {
    assert_eq!(statement["Effect"], "Allow", "an identity policy only allows");
    assert!(statement["Sid"].is_string());
    let via = statement["Condition"]["StringEquals"]["kms:ViaService"].as_str().map(|service| {
        service.strip_suffix(".${region}.amazonaws.com").expect("a service of the region").to_owned()
    });
    let mut all = Vec::new();
    for action in strings(&statement["Action"]) {
        for resource in strings(&statement["Resource"]) {
            let name = resource.strip_prefix("${").and_then(|rest| rest.strip_suffix("_arn}"));
            let on = name.expect("a resource is one ARN, whole").to_owned();
            all.push(Allowed { action: action.clone(), on, via: via.clone() });
        }
    }
    all
}

#[test]
fn identity_policies_are_the_maps_allow_lists() {
    for workload in &TrustMap::load().expect("the trust map").workloads {
        let written: BTreeSet<_> = document(workload).iter().flat_map(allowed).collect();
        assert_eq!(written, workload.allow.iter().cloned().collect(), "{}", workload.name);
    }
}

/// A secret's key may be used for that secret only.
#[test]
fn keys_of_secrets_are_bound_to_the_secret() {
    for workload in &TrustMap::load().expect("the trust map").workloads {
        for statement in document(workload) {
            if strings(&statement["Resource"]).contains(&"${secrets_key_arn}".to_owned()) {
                let bound = &statement["Condition"]["StringEquals"]["kms:EncryptionContext:SecretARN"];
                assert!(!strings(bound).is_empty(), "{statement}");
            }
        }
    }
}

#[test]
fn no_policy_has_a_wildcard_action() {
    for workload in &TrustMap::load().expect("the trust map").workloads {
        for statement in document(workload) {
            for text in strings(&statement["Action"]).into_iter().chain(strings(&statement["Resource"])) {
                assert!(!text.contains('*'), "{}: {text}", workload.name);
            }
        }
    }
}
