//! A pod is given what a process of the local run is given, but for what is named here.

use std::collections::BTreeSet;

use serde_json::Value;
use stack::Service;
use trials::TestResult;

use crate::context::Context;

/// What AWS's webhook adds to a pod
/// (<https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>).
const WEBHOOK: [&str; 5] = [
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];
/// Ports of this run instead of the fixed ones, and the doors of the gate and of the faults instead of AWS's own names.
const ONLY_HERE: [&str; 6] = [
    "ADMIN_LISTEN",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_STS",
    "INTERNAL_LISTEN",
    "PUBLIC_LISTEN",
];
/// What these tests set to see more, sooner.
const FOR_TESTS: [&str; 5] = [
    "CLICK_FLUSH_MILLISECONDS",
    "CLIENT_COUNTRY_HEADER",
    "LINK_CACHE_NEGATIVE_TTL_SECONDS",
    "LINK_CACHE_TTL_SECONDS",
    "TRUST_TRACEPARENT",
];
/// Said by the webhook, or left at its default here: nobody waits for this run to drain, no proxy stands in front of it,
/// and its public listener speaks plain HTTP.
const ONLY_THERE: [&str; 5] = [
    "AWS_DEFAULT_REGION",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "PUBLIC_TLS",
    "SHUTDOWN_DEADLINE_SECONDS",
    "TRUSTED_PROXY_HOPS",
];

/// `tests/cluster` shows that a real pod has the variables of its manifest and of the webhook.
pub(crate) async fn a_pod_is_given_what_a_process_here_is(context: &Context) -> TestResult {
    let url_service = context.url_service();
    for (name, service) in [("url-service", url_service), ("worker", context.stack.worker())] {
        let (here, there) = (of_process(service), of_pod(name)?);
        let known = |list: &[&str], found: BTreeSet<&String>| {
            found.into_iter().filter(|name| !list.contains(&name.as_str())).cloned().collect::<Vec<_>>()
        };
        let only_here = [&ONLY_HERE[..], &FOR_TESTS].concat();
        assert_eq!(known(&only_here, here.difference(&there).collect()), [""; 0], "{name}: only here");
        assert_eq!(known(&ONLY_THERE, there.difference(&here).collect()), [""; 0], "{name}: only in a pod");
    }
    Ok(())
}

fn of_process(service: &Service) -> BTreeSet<String> {
    service.environment().iter().map(|(name, _)| name.to_owned()).collect()
}

fn of_pod(name: &str) -> Result<BTreeSet<String>, Box<dyn std::error::Error + Send + Sync>> {
    let path = trust_map::repository().join("kubernetes").join(name).join("deployment.yaml");
    let deployment: Value = serde_norway::from_str(&std::fs::read_to_string(path)?)?;
    let variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"].as_array();
    let named = variables.ok_or("no variables")?.iter().filter_map(|variable| variable["name"].as_str());
    Ok(named.chain(WEBHOOK).map(str::to_owned).collect())
}
