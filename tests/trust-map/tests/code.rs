//! The code says what the map says: the local run's names and environments, the routes, the grants.

#![expect(clippy::expect_used, reason = "a test says what is wrong by failing")]

use std::collections::BTreeSet;
use std::fs;

use stack::Workload;
use stack::names::{NAMESPACE, TRUST_DOMAIN};
use trust_map::{TrustMap, repository};

fn map() -> TrustMap {
    TrustMap::load().expect("the trust map")
}

fn source(path: &str) -> String {
    fs::read_to_string(repository().join(path)).expect(path)
}

#[test]
fn the_local_run_has_the_maps_identities() {
    let map = map();
    assert_eq!(TRUST_DOMAIN, map.trust_domain);
    assert_eq!(stack::issuer::TOKEN_AUDIENCE, map.audience);
    let services: Vec<_> = map.workloads.iter().filter(|workload| workload.namespace == NAMESPACE).collect();
    let names: BTreeSet<_> = services.iter().map(|workload| workload.name.as_str()).collect();
    assert_eq!(names, Workload::ALL.iter().map(|workload| workload.name()).collect());
    for workload in Workload::ALL {
        let mapped = map.workload(workload.name()).expect("a workload of the local run is in the map");
        assert!(workload.role_arn().ends_with(&format!(":role/{}", mapped.role)), "{}", workload.role_arn());
        assert_eq!(workload.token_subject(), mapped.token_subject());
        if let Some(spiffe_id) = mapped.spiffe_id(&map.trust_domain) {
            assert_eq!(workload.spiffe_id(), spiffe_id);
        }
    }
}

/// A listener that has its routes in the map has no other.
#[test]
fn the_internal_listener_has_the_maps_routes() {
    let map = map();
    let internal = map.edges.iter().find(|edge| edge.listener.as_deref() == Some("internal"));
    let routes = &internal.expect("an internal listener").routes;
    let code = source("services/url-service/src/internal.rs");
    let written: Vec<_> = code
        .match_indices(".route(\"")
        .map(|(at, opening)| {
            let rest = code.get(at + opening.len()..).expect("text after a match");
            let (path, handler) = rest.split_once("\", ").expect("a path and a handler");
            let method = handler.split('(').next().expect("a method").to_uppercase();
            format!("{method} {path}")
        })
        .collect();
    assert_eq!(&written, routes);
}

/// Who may connect to the database has a setting for it, and nobody else has one.
#[test]
fn only_the_maps_clients_of_the_database_can_be_given_one() {
    for workload in map().workloads.iter().filter(|workload| workload.namespace == NAMESPACE) {
        let manifest = source(&format!("services/{}/Cargo.toml", workload.name));
        assert_eq!(manifest.contains("sqlx"), workload.database_role.is_some(), "{}", workload.name);
    }
}

#[test]
fn the_grants_are_for_the_maps_database_role() {
    let map = map();
    let role = map.workload("url-service").and_then(|workload| workload.database_role.clone());
    let role = role.expect("url-service has a database role");
    let grants = source("services/migrate/src/grants.sql");
    for line in grants.lines().filter(|line| line.starts_with("GRANT")) {
        assert!(line.ends_with(&format!("TO {role};")), "{line}");
    }
}

/// A workload without an SVID has no setting for the Workload API.
#[test]
fn only_the_maps_workloads_ask_for_an_svid() {
    for workload in map().workloads.iter().filter(|workload| workload.namespace == NAMESPACE) {
        let main = format!("services/{}/src/settings.rs", workload.name);
        assert_eq!(source(&main).contains("spiffe::Settings::read"), workload.spiffe, "{}", workload.name);
    }
}
