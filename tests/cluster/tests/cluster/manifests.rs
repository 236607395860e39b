//! The manifests as a real API server takes them.

use std::error::Error;

use serde_json::Value;
use trust_map::repository;

use crate::context::{Context, NAMESPACE, TestResult};

pub(crate) fn a_second_application_changes_nothing(context: &Context) -> TestResult {
    let overlay = context.cluster().overlay().display().to_string();
    // Exit code 1 says that there is a difference, and is an error here.
    let difference = context.kubectl().run(&["diff", "-k", &overlay])?;
    assert_eq!(difference, "");
    Ok(())
}

/// Server-side dry run of both overlays with the example's values, then of one with a field that no version knows.
pub(crate) fn the_api_server_takes_every_object_and_no_unknown_field(context: &Context) -> TestResult {
    let kubectl = context.kubectl();
    let definitions = repository().join("tests/cluster/platform/spiffe-ids.yaml").display().to_string();
    kubectl.run(&["apply", "-f", &definitions])?;
    kubectl.run(&[
        "wait",
        "--for=condition=established",
        "crd/clusterspiffeids.spire.spiffe.io",
        "--timeout=30s",
    ])?;
    for overlay in ["production", "local"] {
        let rendered = rendered(context, overlay)?;
        kubectl.feed(&STRICTLY, &rendered)?;
        let broken = rendered.replacen("readOnlyRootFilesystem", "readOnlyRootFileSystem", 1);
        let error = kubectl.feed(&STRICTLY, &broken).expect_err("an unknown field").to_string();
        assert!(error.contains("readOnlyRootFileSystem"), "{error}");
        let dead = rendered.replacen("policy/v1", "policy/v1beta1", 1);
        assert!(kubectl.feed(&STRICTLY, &dead).is_err(), "a version that is gone was taken");
    }
    Ok(())
}

const STRICTLY: [&str; 5] = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];

/// An overlay with the example's values, less the kinds that add-ons of EKS define.
fn rendered(context: &Context, overlay: &str) -> Result<String, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let copy = directory.path();
    cluster::copy_with_example(&repository().join("kubernetes"), copy, &[overlay])?;
    let folder = copy.join("overlays").join(overlay).display().to_string();
    let text = context.kubectl().run(&["kustomize", &folder])?;
    let foreign = [
        "apiVersion: keda.sh/",
        "apiVersion: policies.kyverno.io/",
        "apiVersion: vpcresources.k8s.aws/",
        "namespace: keda\n",
    ];
    let own = text.split("---\n").filter(|object| !foreign.iter().any(|mark| object.contains(mark)));
    // A Job cannot be changed, only replaced (docs/deploy.md): beside the one that has run it needs a name of its own.
    let own = own.map(|object| {
        let job = object.contains("kind: Job\n");
        if job {
            object.replace("\n  name: migrate\n", "\n  name: migrate-again\n")
        } else {
            object.to_owned()
        }
    });
    Ok(own.collect::<Vec<_>>().join("---\n"))
}

/// `kubectl auth can-i --list` of an account that was given nothing: what every authenticated user may, and no more.
pub(crate) fn no_account_may_do_anything_in_the_cluster(context: &Context) -> TestResult {
    for account in ["url-service", "worker", "migrate", "default"] {
        let user = format!("--as=system:serviceaccount:{NAMESPACE}:{account}");
        let groups = ["--as-group=system:serviceaccounts", "--as-group=system:authenticated"];
        let mut arguments = vec!["auth", "can-i", "--list", "-n", NAMESPACE, "--no-headers", &user];
        arguments.extend(groups);
        let list = context.kubectl().run(&arguments)?;
        for line in list.lines() {
            let about_itself = ["selfsubject", "selfsubjectreviews"].iter().any(|name| line.contains(name));
            let discovery = line.contains("[/") && line.trim_end().ends_with("[get]");
            let trust_bundles = line.contains("clustertrustbundles");
            assert!(about_itself || discovery || trust_bundles, "{account}: {line}");
        }
        let secrets = context.kubectl().run(&["auth", "can-i", "get", "secrets", "-n", NAMESPACE, &user]);
        assert!(secrets.is_err(), "{account} may read secrets");
    }
    let pods = context.kubectl().get(&["pods", "-n", NAMESPACE])?;
    for pod in pods["items"].as_array().into_iter().flatten() {
        assert_eq!(
            pod["spec"]["automountServiceAccountToken"],
            Value::Bool(false),
            "{}",
            pod["metadata"]["name"]
        );
    }
    Ok(())
}
