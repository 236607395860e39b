//! Engines that fail: nothing hostile gets in, what runs goes on, and what is good is admitted again by itself.

use std::time::{Duration, Instant};

use admission::{AdmissionError, Answer, Attempt, Caller, Expected, Kind, path};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::Program;
use http::Method;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use time::OffsetDateTime;
use trials::TestResult;

use crate::context::{Context, SOON};
use crate::hostile::{hostile, report};

const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";
const WEBHOOK: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/kyverno-resource-validating-webhook-cfg";
const SECRET: &str = "/api/v1/namespaces/kyverno/secrets/kyverno-svc.kyverno.svc.kyverno-tls-pair";

pub(crate) async fn kyverno_is_stopped(context: &Context) -> TestResult {
    good_again(context).await?;
    let running = running(context).await?;
    context.cluster().stop(Program::Kyverno)?;
    nothing_gets_in(context, "failed calling webhook").await?;
    assert!(refusal(context, &good(context)).await?.message().contains("failed calling webhook"));
    // What the API server decides by itself is decided as before.
    let native = by_the_api_server(context)?;
    report(&context.failures(&native).await, native.len());
    // A registration that goes away with Kyverno would leave the door open.
    assert!(context.api.get(WEBHOOK).await?.admitted(), "the registration went with Kyverno");
    assert_eq!(self::running(context).await?, running, "what ran did not go on");
    context.cluster().start_again(Program::Kyverno)?;
    good_again(context).await
}

pub(crate) async fn kyverno_is_slow(context: &Context) -> TestResult {
    good_again(context).await?;
    context.cluster().halt(Program::Kyverno)?;
    let refused = refusal(context, &one_hostile(context)?).await;
    context.cluster().resume(Program::Kyverno)?;
    let message = refused?.message().to_owned();
    assert!(message.contains("failed calling webhook"), "{message}");
    good_again(context).await
}

/// Kyverno gets a certificate that has ended while it is down: it renews it by itself, and nothing gets in until then.
pub(crate) async fn kyvernos_certificate_has_ended(context: &Context) -> TestResult {
    good_again(context).await?;
    context.cluster().stop(Program::Kyverno)?;
    let expired = expired()?;
    let api = context.api.as_caller(&Caller::break_glass())?;
    let answer = api.send(Method::PATCH, SECRET, MERGE, &json!({ "data": expired })).await?;
    assert!(answer.admitted(), "{}", answer.message());
    context.cluster().start_again(Program::Kyverno)?;
    good_again(context).await?;
    let secret = context.api.get(SECRET).await?;
    assert_ne!(secret.body["data"]["tls.crt"], expired["tls.crt"], "the certificate was not renewed");
    Ok(())
}

/// The API server crashes and is started again: before its first answer it has all rules.
pub(crate) async fn the_api_server_is_restarted(context: &Context) -> TestResult {
    good_again(context).await?;
    let running = running(context).await?;
    context.cluster().stop(Program::ApiServer)?;
    context.cluster().start_again(Program::ApiServer)?;
    good_again(context).await?;
    assert_eq!(self::running(context).await?, running, "what ran did not go on");
    Ok(())
}

/// Whoever has every right removes the registration: no pod is made until Kyverno has made it again.
pub(crate) async fn the_registration_is_removed(context: &Context) -> TestResult {
    good_again(context).await?;
    context.cluster().stop(Program::Kyverno)?;
    let administrator = context.api.as_caller(&Caller::named("administrator")?)?;
    let answer = administrator.send(Method::DELETE, WEBHOOK, JSON, &Value::Null).await?;
    assert!(answer.admitted(), "{}", answer.message());
    nothing_gets_in(context, "kyverno-in-force").await?;
    context.cluster().start_again(Program::Kyverno)?;
    good_again(context).await
}

/// The registration is told to let everything in when Kyverno does not answer.
pub(crate) async fn the_registration_fails_open(context: &Context) -> TestResult {
    good_again(context).await?;
    context.cluster().stop(Program::Kyverno)?;
    let administrator = context.api.as_caller(&Caller::named("administrator")?)?;
    let mut webhook = context.api.get(WEBHOOK).await?.body;
    for entry in webhook["webhooks"].as_array_mut().expect("webhooks") {
        entry["failurePolicy"] = json!("Ignore");
    }
    let answer = administrator.send(Method::PUT, WEBHOOK, JSON, &webhook).await?;
    assert!(answer.admitted(), "{}", answer.message());
    nothing_gets_in(context, "Kyverno is not asked about pods").await?;
    context.cluster().start_again(Program::Kyverno)?;
    good_again(context).await
}

/// One rule of Kyverno is removed: the API server makes no pod without it.
pub(crate) async fn a_rule_is_removed(context: &Context) -> TestResult {
    good_again(context).await?;
    let rule = context.overlay.object("ValidatingPolicy", "images").expect("a rule");
    let api = context.api.as_caller(&Caller::break_glass())?;
    assert!(api.send(Method::DELETE, &path(rule), JSON, &Value::Null).await?.admitted());
    nothing_gets_in(context, "Kyverno is not asked by every rule").await?;
    context.apply(&Caller::break_glass(), rule).await?;
    good_again(context).await
}

/// Without AWS's webhook a pod has no token: it would start and could do nothing.
pub(crate) async fn the_webhook_of_aws_is_stopped(context: &Context) -> TestResult {
    good_again(context).await?;
    context.cluster().stop(Program::PodIdentityWebhook)?;
    let answer = refusal(context, &good_pod(context)).await;
    context.cluster().start_again(Program::PodIdentityWebhook)?;
    let answer = answer?;
    assert!(
        answer.refused_by("pod-identity", "the pod has not been given the token of its role"),
        "{answer:?}"
    );
    good_again(context).await
}

/// Hostile objects that Kyverno refuses, one of each kind of object.
fn of_kyverno(context: &Context) -> Result<Vec<Attempt>, AdmissionError> {
    let of = |policy: &str| ["images", "pod-identity", "pods"].contains(&policy);
    let mut found: Vec<Attempt> = Vec::new();
    for attempt in hostile(context)? {
        let Expected::Refused { policy, .. } = &attempt.expected else { continue };
        let known = found.iter().any(|other| other.kind == attempt.kind);
        if of(policy) && !known && attempt.name.ends_with("CREATE") {
            found.push(attempt);
        }
    }
    Ok(found)
}

fn one_hostile(context: &Context) -> Result<Attempt, AdmissionError> {
    Ok(of_kyverno(context)?.into_iter().next().expect("a hostile object"))
}

fn by_the_api_server(context: &Context) -> Result<Vec<Attempt>, AdmissionError> {
    let native = |policy: &str| context.overlay.object("ValidatingAdmissionPolicy", policy).is_some();
    let attempts = hostile(context)?.into_iter();
    // Objects of Kyverno's own kinds are changed by its webhook before any rule is asked: without it they are refused, too.
    let attempts = attempts.filter(|attempt| !attempt.path().contains("kyverno.io/"));
    Ok(attempts
        .filter(|attempt| matches!(&attempt.expected, Expected::Refused { policy, .. } if native(policy)))
        .collect())
}

fn good(context: &Context) -> Attempt {
    let neighbours = admission::good_crossing(&context.template);
    let deployment = neighbours.into_iter().find(|attempt| attempt.kind == Some(Kind::Deployment));
    deployment.expect("a good deployment")
}

fn good_pod(context: &Context) -> Attempt {
    let neighbours = admission::good_crossing(&context.template);
    neighbours.into_iter().find(|attempt| attempt.kind == Some(Kind::Pod)).expect("a good pod")
}

/// Every kind of hostile object is refused, once the reason has shown.
async fn nothing_gets_in(context: &Context, reason: &str) -> TestResult {
    let hostile = of_kyverno(context)?;
    let begun = Instant::now();
    loop {
        let mut otherwise = Vec::new();
        for attempt in &hostile {
            let answer = attempt.send(&context.api).await?;
            assert!(answer.refused(), "{attempt}: {} {}", answer.status, answer.message());
            if !answer.message().contains(reason) {
                otherwise.push(format!("{attempt}: {}", answer.message()));
            }
        }
        if otherwise.is_empty() {
            return Ok(());
        }
        assert!(begun.elapsed() < SOON, "refused, but not because of {reason}: {otherwise:#?}");
    }
}

/// Sends a request that has to be refused.
async fn refusal(context: &Context, attempt: &Attempt) -> Result<Answer, AdmissionError> {
    let answer = attempt.send(&context.api).await?;
    assert!(answer.refused(), "{attempt}: {} {}", answer.status, answer.message());
    Ok(answer)
}

/// Waits until what is good is admitted; all the while what is hostile is not.
async fn good_again(context: &Context) -> TestResult {
    let (hostile, good) = (of_kyverno(context)?, [good(context), good_pod(context)]);
    let limit = SOON * 2;
    let begun = Instant::now();
    loop {
        // As a kubelet would: Kyverno ends itself when it loses the API server for longer than its lease.
        context.cluster().revive()?;
        context.cluster().ready()?;
        for attempt in &hostile {
            // No answer is no admission: the API server may be away.
            if let Ok(answer) = attempt.send(&context.api).await {
                assert!(!answer.admitted(), "{attempt}: {} {}", answer.status, answer.message());
            }
        }
        let mut last = String::new();
        for attempt in &good {
            match attempt.send(&context.api).await {
                Ok(answer) if answer.admitted() => {}
                Ok(answer) => last = format!("{} {}", answer.status, answer.message()),
                Err(error) => last = error.to_string(),
            }
        }
        if last.is_empty() {
            println!("  good again after {:.1} s", begun.elapsed().as_secs_f32());
            break;
        }
        assert!(begun.elapsed() < limit, "still refused: {last}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // And each for its own reason again, not because an engine is away.
    context
        .until("hostile objects have their own reasons again", async || {
            Ok(context.failures(&hostile).await.is_empty())
        })
        .await;
    Ok(())
}

/// The pods that are there.
async fn running(context: &Context) -> Result<Vec<String>, AdmissionError> {
    let list = context.api.get("/api/v1/namespaces/services/pods").await?;
    let pods = list.body["items"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<_> = pods.iter().map(|pod| pod["metadata"]["uid"].to_string()).collect();
    names.sort();
    Ok(names)
}

/// A certificate for Kyverno's names that ended a day ago, in a Secret's form.
fn expired() -> Result<Value, rcgen::Error> {
    let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)?;
    let mut params = CertificateParams::new(vec!["kyverno-svc.kyverno.svc".to_owned()])?;
    let now = OffsetDateTime::now_utc();
    params.not_before = now - time::Duration::days(3);
    params.not_after = now - time::Duration::days(1);
    let certificate = params.self_signed(&key)?.pem();
    Ok(json!({ "tls.crt": STANDARD.encode(certificate), "tls.key": STANDARD.encode(key.serialize_pem()) }))
}
