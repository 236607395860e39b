//! What can be seen without a cluster: the rules are complete, and say what the trust map says.

use std::collections::BTreeSet;
use std::fs;

use trust_map::TrustMap;

use crate::load;
use crate::overlay::source;

#[test]
fn every_rule_says_what_it_is_for_and_what_it_refuses() {
    let folders = fs::read_dir(source()).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let folders: Vec<_> = folders.map(|entry| entry.path()).collect();
    assert!(folders.len() >= 6, "{folders:?}");
    for folder in folders {
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        assert!(readme.contains("When Kyverno is down"), "{}", folder.display());
    }
    let policies =
        |folder| load(folder).unwrap().into_iter().map(|cases| cases.policy).collect::<BTreeSet<_>>();
    assert_eq!(policies("good"), policies("bad"));
}

#[test]
fn accounts_and_roles_are_those_of_the_trust_map() {
    let read = |name: &str| fs::read_to_string(source().join("identity").join(name)).unwrap();
    let (accounts, pods) = (read("account-identity.yaml"), read("pod-identity.yaml"));
    let map = TrustMap::load().unwrap();
    let mut pairs = BTreeSet::new();
    for workload in &map.workloads {
        pairs.insert((workload.namespace.clone(), workload.service_account.clone(), workload.role.clone()));
        if workload.namespace == "services" {
            assert!(pods.contains(&format!("'{}': '{}'", workload.service_account, workload.role)));
            let named = pods.lines().any(|line| {
                line.contains("expression: \"[") && line.contains(&format!("'{}'", workload.name))
            });
            assert_eq!(named, workload.spiffe, "{} and its SVID", workload.name);
        }
    }
    for platform in map.platform.iter().filter(|platform| platform.trusted == "irsa") {
        let field = |field: &Option<String>| field.clone().expect("an account");
        let (namespace, account) = (field(&platform.namespace), field(&platform.service_account));
        pairs.insert((namespace, account, platform.role.clone()));
    }
    for (namespace, account, role) in &pairs {
        assert!(accounts.contains(&format!("'{namespace}/{account}': '{role}'")), "{namespace}/{account}");
    }
    assert_eq!(accounts.matches("-irsa'").count(), pairs.len(), "an account too many");
}
