//! Service accounts and SPIFFE IDs: those of the trust map, and no others.

use std::collections::BTreeSet;

use trust_map::TrustMap;

use crate::render::{Copy, kubectl, name, objects};

#[test]
fn each_workload_has_its_own_account_and_no_other_exists() {
    let map = TrustMap::load().expect("the trust map");
    let accounts = objects("ServiceAccount");
    let found: BTreeSet<_> = accounts
        .iter()
        .map(|account| (account["metadata"]["namespace"].as_str().unwrap(), name(account)))
        .collect();
    let expected: BTreeSet<_> = map
        .workloads
        .iter()
        .map(|workload| (workload.namespace.as_str(), workload.service_account.as_str()))
        .collect();
    assert_eq!(found, expected);
    for account in &accounts {
        let annotation = |key: &str| &account["metadata"]["annotations"][format!("eks.amazonaws.com/{key}")];
        assert_eq!(annotation("audience"), map.audience.as_str(), "{}", name(account));
        assert_eq!(annotation("sts-regional-endpoints"), "true", "{}", name(account));
        let seconds: u32 = annotation("token-expiration").as_str().unwrap().parse().unwrap();
        assert!(seconds <= 3_600, "{}: {seconds} s", name(account));
        if account["metadata"]["namespace"] == "services" {
            assert_eq!(account["automountServiceAccountToken"], false, "{}", name(account));
        }
    }
}

#[test]
fn each_account_is_given_the_role_of_the_trust_map() {
    if !kubectl() {
        return;
    }
    let map = TrustMap::load().expect("the trust map");
    let rendered = Copy::new().render("production").expect("the overlay");
    for workload in &map.workloads {
        let account = rendered.iter().find(|object| {
            object["kind"] == "ServiceAccount"
                && object["metadata"]["namespace"] == workload.namespace.as_str()
                && name(object) == workload.service_account
        });
        let account = account.unwrap_or_else(|| panic!("no account of {}", workload.name));
        let role = account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].as_str().expect("a role");
        assert!(role.ends_with(&format!(":role/{}", workload.role)), "{}: {role}", workload.name);
    }
}

#[test]
fn exactly_the_workloads_of_the_trust_map_get_an_svid() {
    let map = TrustMap::load().expect("the trust map");
    let ids = objects("ClusterSPIFFEID");
    let expected: Vec<_> = map.workloads.iter().filter(|workload| workload.spiffe).collect();
    assert_eq!(ids.len(), expected.len());
    for workload in expected {
        let (namespace, account) = (&workload.namespace, &workload.service_account);
        let id = ids.iter().find(|id| name(id) == format!("{namespace}-{account}")).expect(account);
        let spec = &id["spec"];
        assert_eq!(spec["spiffeIDTemplate"], format!("spiffe://TRUST_DOMAIN/ns/{namespace}/sa/{account}"));
        let selectors: BTreeSet<_> = spec["workloadSelectorTemplates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap())
            .collect();
        let label = format!("k8s:pod-label:app.kubernetes.io/name:{account}");
        let (namespaced, accounted) = (format!("k8s:ns:{namespace}"), format!("k8s:sa:{account}"));
        assert_eq!(selectors, BTreeSet::from([namespaced.as_str(), accounted.as_str(), label.as_str()]));
        assert_eq!(
            spec["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"],
            namespace.as_str()
        );
        assert_eq!(spec["podSelector"]["matchLabels"]["app.kubernetes.io/name"], account.as_str());
    }
}

/// A role that a service account were bound to would let a pod ask the API server: roles are for people and pipelines.
#[test]
fn no_workload_may_do_anything_in_the_cluster() {
    for binding in ["RoleBinding", "ClusterRoleBinding"].into_iter().flat_map(objects) {
        for subject in binding["subjects"].as_array().expect("subjects") {
            let group = subject["name"].as_str().expect("a name");
            assert_eq!(subject["kind"], "Group", "{}", name(&binding));
            assert!(group.starts_with("zero-trust-eks:"), "{}: {group}", name(&binding));
        }
    }
}
