//! The manifests as a real API server takes them.

use serde_json::Value;

use crate::context::{Context, NAMESPACE, TestResult};

pub(crate) fn a_second_application_changes_nothing(context: &Context) -> TestResult {
    let overlay = context.cluster.overlay().display().to_string();
    // Exit code 1 says that there is a difference, and is an error here.
    let difference = context.kubectl().run(&["diff", "-k", &overlay])?;
    assert_eq!(difference, "");
    Ok(())
}

pub(crate) fn the_api_server_refuses_an_unknown_field(context: &Context) -> TestResult {
    let overlay = context.cluster.overlay().display().to_string();
    let rendered = context.kubectl().run(&["kustomize", &overlay])?;
    let strictly = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
    context.kubectl().feed(&strictly, &rendered)?;
    let broken = rendered.replacen("readOnlyRootFilesystem", "readOnlyRootFileSystem", 1);
    let error = context.kubectl().feed(&strictly, &broken).expect_err("an unknown field").to_string();
    assert!(error.contains("readOnlyRootFileSystem"), "{error}");
    Ok(())
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
