//! What every pod of the services is.

use serde_json::{Value, json};

use crate::render::{name, objects};

/// The pod templates, with the kind of what makes them.
fn templates() -> Vec<(String, Value)> {
    let found = [objects("Deployment"), objects("Job")].concat();
    let templates =
        found.into_iter().map(|object| (name(&object).to_owned(), object["spec"]["template"].clone()));
    templates.collect()
}

fn containers(template: &Value) -> &Vec<Value> {
    assert!(template["spec"]["initContainers"].is_null(), "only what is needed runs");
    template["spec"]["containers"].as_array().expect("containers")
}

fn variable<'a>(container: &'a Value, name: &str) -> Option<&'a str> {
    let variables = container["env"].as_array()?;
    variables.iter().find(|variable| variable["name"] == name)?["value"].as_str()
}

#[test]
fn pods_run_as_nobody_with_nothing() {
    for (name, template) in templates() {
        let spec = &template["spec"];
        assert_eq!(spec["automountServiceAccountToken"], false, "{name}");
        assert_eq!(spec["enableServiceLinks"], false, "{name}");
        assert_eq!(spec["serviceAccountName"], name.as_str());
        let expected = json!({
            "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
            "seccompProfile": { "type": "RuntimeDefault" },
        });
        assert_eq!(spec["securityContext"], expected, "{name}");
        for field in ["hostNetwork", "hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"] {
            assert!(spec[field].is_null(), "{name}: {field}");
        }
        for container in containers(&template) {
            let expected = json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            });
            assert_eq!(container["securityContext"], expected, "{name}");
        }
    }
}

#[test]
fn pods_mount_no_part_of_the_node_and_no_secret() {
    for (name, template) in templates() {
        for volume in template["spec"]["volumes"].as_array().expect("volumes") {
            let kinds: Vec<_> = volume.as_object().unwrap().keys().filter(|key| *key != "name").collect();
            let kind = kinds[0].as_str();
            assert!(["csi", "configMap", "emptyDir"].contains(&kind), "{name}: {kind}");
            if kind == "csi" {
                assert_eq!(volume["csi"], json!({ "driver": "csi.spiffe.io", "readOnly": true }), "{name}");
            }
            if kind == "emptyDir" {
                assert!(volume["emptyDir"]["sizeLimit"].is_string(), "{name}: a directory without a limit");
            }
        }
        for container in containers(&template) {
            for variable in container["env"].as_array().expect("variables") {
                assert!(variable["valueFrom"]["secretKeyRef"].is_null(), "{name}: {variable}");
            }
            assert!(container["envFrom"].is_null(), "{name}");
        }
    }
}

#[test]
fn pods_ask_for_what_they_need_and_get_no_more() {
    for (name, template) in templates() {
        for container in containers(&template) {
            for kind in ["requests", "limits"] {
                for resource in ["cpu", "memory"] {
                    assert!(
                        container["resources"][kind][resource].is_string(),
                        "{name}: {kind} of {resource}"
                    );
                }
            }
        }
    }
}

#[test]
fn servers_say_how_they_are_on_the_admin_port() {
    for object in objects("Deployment") {
        for container in containers(&object["spec"]["template"]) {
            for (probe, path) in
                [("startupProbe", "/readyz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/livez")]
            {
                assert_eq!(
                    container[probe]["httpGet"],
                    json!({ "path": path, "port": "admin" }),
                    "{}",
                    name(&object)
                );
            }
        }
    }
}

/// The kubelet kills what is left at the end of the grace period.
#[test]
fn the_grace_period_is_longer_than_a_drain() {
    for object in objects("Deployment") {
        let spec = &object["spec"]["template"]["spec"];
        let grace = spec["terminationGracePeriodSeconds"].as_u64().expect("a grace period");
        let container = &containers(&object["spec"]["template"])[0];
        let seconds = ["SHUTDOWN_UNREADY_SECONDS", "SHUTDOWN_DEADLINE_SECONDS"]
            .map(|name| variable(container, name).expect(name).parse::<u64>().expect("seconds"));
        assert!(grace > seconds.iter().sum(), "{}: {grace} s", name(&object));
    }
}

#[test]
fn servers_survive_the_loss_of_a_node_and_its_maintenance() {
    let budgets = objects("PodDisruptionBudget");
    for object in objects("Deployment") {
        let labels = &object["spec"]["selector"]["matchLabels"];
        let spread =
            object["spec"]["template"]["spec"]["topologySpreadConstraints"].as_array().expect("a spread");
        let keys: Vec<_> =
            spread.iter().map(|constraint| constraint["topologyKey"].as_str().unwrap()).collect();
        assert_eq!(keys, ["topology.kubernetes.io/zone", "kubernetes.io/hostname"], "{}", name(&object));
        assert!(spread.iter().all(|constraint| constraint["labelSelector"]["matchLabels"] == *labels));
        let budget = budgets.iter().find(|budget| budget["spec"]["selector"]["matchLabels"] == *labels);
        assert_eq!(budget.expect("a budget")["spec"]["maxUnavailable"], 1);
        assert!(object["spec"]["replicas"].is_null(), "{}: the autoscaler owns the number", name(&object));
    }
}

#[test]
fn the_namespace_refuses_what_breaks_the_rules() {
    let namespaces = objects("Namespace");
    let namespace = namespaces.iter().find(|namespace| name(namespace) == "services").expect("the namespace");
    for mode in ["enforce", "audit", "warn"] {
        let label = |suffix: &str| {
            &namespace["metadata"]["labels"][format!("pod-security.kubernetes.io/{mode}{suffix}")]
        };
        assert_eq!(label(""), "restricted");
        assert!(label("-version").as_str().is_some_and(|version| version.starts_with("v1.")), "{mode}");
    }
    assert_eq!(objects("ResourceQuota")[0]["spec"]["hard"]["count/secrets"], "0");
    assert_eq!(objects("LimitRange").len(), 1);
}
