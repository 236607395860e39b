//! Attacks on the rules themselves, by everybody who might want to.

use std::collections::BTreeMap;

use admission::{AdmissionError, Answer, Api, Caller, collection, path};
use http::Method;
use serde_json::{Value, json};
use trials::TestResult;

use crate::context::Context;

const MERGE: &str = "application/merge-patch+json";
const JSON: &str = "application/json";
const ADMISSION: &str = "admissionregistration.k8s.io/v1";
/// A group that has the role `admin` in the namespace and nothing else.
const NAMESPACE_ADMIN: &str = "namespace-admins";

/// Something that an attacker does to a part of the guard.
struct Attack {
    name: String,
    method: Method,
    url: String,
    content: &'static str,
    body: Value,
}

pub(crate) async fn nobody_loosens_it(context: &Context) -> TestResult {
    let binding = admin_binding();
    context.apply(&Caller::break_glass(), &binding).await?;
    let attackers = [
        ("worker", Caller::account("services", "worker")),
        ("url-service", Caller::account("services", "url-service")),
        ("migrate", Caller::account("services", "migrate")),
        ("KEDA", Caller::account("keda", "keda-operator")),
        ("namespace admin", Caller::member("somebody", NAMESPACE_ADMIN)),
        ("deployer", Caller::deployer()),
    ];
    let attacks = attacks(context);
    let mut failures = Vec::new();
    println!("attacks on the guard: {} by each of {}", attacks.len(), attackers.len());
    for (name, caller) in &attackers {
        let mut by_rule = 0;
        for attack in &attacks {
            let answer = attack.send(&context.api.as_caller(caller)?).await?;
            by_rule += usize::from(answer.refused());
            if answer.status != 403 && !answer.refused() {
                failures.push(format!("{name}, {}: {} {}", attack.name, answer.status, answer.message()));
            }
        }
        println!("  {name}: {} refused for want of rights, {by_rule} by a rule", attacks.len() - by_rule);
    }
    let url = path(&binding);
    context.api.as_caller(&Caller::break_glass())?.send(Method::DELETE, &url, JSON, &json!({})).await?;
    assert!(failures.is_empty(), "{failures:#?}");
    Ok(())
}

/// Who has every right in the cluster but not break-glass is stopped by the rules, except where the API server asks no
/// rule: its own policies and webhooks
/// (<https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/>).
pub(crate) async fn every_right_is_not_enough(context: &Context) -> TestResult {
    let administrator = context.api.as_caller(&Caller::named("administrator")?)?;
    for attack in attacks(context) {
        let answer = attack.send(&administrator).await?;
        let unguarded = attack.url.contains(ADMISSION);
        assert_eq!(answer.refused(), !unguarded, "{}: {} {}", attack.name, answer.status, answer.message());
    }
    Ok(())
}

/// Break-glass may do all of it but make exceptions, and each of its acts is counted and written down.
pub(crate) async fn break_glass_is_admitted_and_seen(context: &Context) -> TestResult {
    let api = context.api.as_caller(&Caller::break_glass())?;
    let before = traced(&context.api).await?;
    let mut guarded = 0;
    for attack in attacks(context) {
        let answer = attack.send(&api).await?;
        let exception = attack.url.contains("policyexceptions");
        let refused = answer.status == 403 || answer.refused();
        assert_eq!(refused, exception, "{}: {} {}", attack.name, answer.status, answer.message());
        guarded += u64::from(!attack.url.contains(ADMISSION));
    }
    let after = traced(&context.api).await?;
    assert!(after >= before + guarded, "{guarded} acts, but {before} became {after}");
    let log = context.cluster().audit_log()?;
    let mut seen = BTreeMap::new();
    for line in log.lines().filter(|line| line.contains("zero-trust-eks:break-glass")) {
        let event: Value = serde_json::from_str(line)?;
        let guard = event["objectRef"]["apiGroup"] == "admissionregistration.k8s.io";
        let annotated =
            !event["annotations"]["validation.policy.admission.k8s.io/validation_failure"].is_null();
        *seen.entry((guard, annotated)).or_insert(0) += 1;
    }
    assert!(seen.get(&(false, true)).is_some_and(|count| *count >= guarded), "{seen:?}");
    // The API server asks no rule about its own: that somebody changed it is in the log all the same.
    assert!(seen.contains_key(&(true, false)), "{seen:?}");
    Ok(())
}

impl Attack {
    /// As if it counted. A deletion has no body, or the API server would look for the dry run there.
    async fn send(&self, api: &Api) -> Result<Answer, AdmissionError> {
        let url = format!("{}?dryRun=All", self.url);
        api.send(self.method.clone(), &url, self.content, &self.body).await
    }

    fn new(name: String, method: Method, url: String, body: Value) -> Self {
        let content = if method == Method::PATCH { MERGE } else { JSON };
        Self { name, method, url, content, body }
    }
}

/// Delete, change and shadow each part of the guard, and except from it.
fn attacks(context: &Context) -> Vec<Attack> {
    let label = json!({ "metadata": { "labels": { "example.com/a": "b" } } });
    let mut attacks = Vec::new();
    for target in targets(context) {
        let what =
            format!("{} {}", target["kind"].as_str().unwrap(), target["metadata"]["name"].as_str().unwrap());
        let own = path(&target);
        attacks.push(Attack::new(format!("delete {what}"), Method::DELETE, own.clone(), Value::Null));
        attacks.push(Attack::new(format!("change {what}"), Method::PATCH, own, label.clone()));
        if target["spec"].is_object() && target["kind"] != "CustomResourceDefinition" {
            let mut shadow = target.clone();
            shadow["metadata"]["name"] = json!("shadow");
            attacks.push(Attack::new(format!("shadow {what}"), Method::POST, collection(&shadow), shadow));
        }
    }
    let exception = json!({ "apiVersion": "policies.kyverno.io/v1", "kind": "PolicyException",
        "metadata": { "name": "other", "namespace": "services" },
        "spec": { "policyRefs": [{ "name": "images", "kind": "ValidatingPolicy" }] } });
    attacks.push(Attack::new("except".to_owned(), Method::POST, collection(&exception), exception));
    attacks
}

/// Every rule, and what the rules stand on.
fn targets(context: &Context) -> Vec<Value> {
    let object = |version: &str, kind: &str, name: &str, namespace: &str| {
        let mut object = json!({ "apiVersion": version, "kind": kind, "metadata": { "name": name } });
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = json!(namespace);
        }
        object
    };
    let mut targets: Vec<_> = context.overlay.rules().cloned().collect();
    targets.extend(context.overlay.others().filter(|object| object["kind"] == "NetworkPolicy").cloned());
    targets.extend(context.overlay.others().filter(|object| object["kind"] == "ClusterSPIFFEID").cloned());
    let definition = "CustomResourceDefinition";
    let webhook = "ValidatingWebhookConfiguration";
    targets.extend([
        object("apiextensions.k8s.io/v1", definition, "validatingpolicies.policies.kyverno.io", ""),
        object("apiextensions.k8s.io/v1", definition, "clusterspiffeids.spire.spiffe.io", ""),
        object(ADMISSION, webhook, "kyverno-resource-validating-webhook-cfg", ""),
        object(ADMISSION, webhook, "kyverno-policy-validating-webhook-cfg", ""),
        object(ADMISSION, "MutatingWebhookConfiguration", "pod-identity-webhook", ""),
        object("v1", "Namespace", "services", ""),
        object("v1", "Namespace", "kyverno", ""),
        object("v1", "ResourceQuota", "services", "services"),
        object("v1", "LimitRange", "services", "services"),
        object("v1", "ConfigMap", "kyverno", "kyverno"),
        object("v1", "Secret", "kyverno-svc.kyverno.svc.kyverno-tls-ca", "kyverno"),
        object("rbac.authorization.k8s.io/v1", "RoleBinding", "kyverno:admission-controller", "kyverno"),
        object("rbac.authorization.k8s.io/v1", "RoleBinding", "zero-trust-eks:deployer", "services"),
        object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "zero-trust-eks:break-glass", ""),
    ]);
    targets
}

fn admin_binding() -> Value {
    json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": { "name": NAMESPACE_ADMIN, "namespace": "services" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": NAMESPACE_ADMIN }] })
}

/// How often the API server has counted an act of break-glass.
async fn traced(api: &Api) -> Result<u64, AdmissionError> {
    let answer = api.get("/metrics").await?;
    let text = answer.body.as_str().unwrap_or_default();
    let lines = text.lines().filter(|line| {
        line.starts_with("apiserver_validating_admission_policy_check_total")
            && line.contains("policy=\"break-glass-trace\"")
            && line.contains("enforcement_action=\"audit\"")
    });
    Ok(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum())
}
