//! The internal listener, met by whoever should not.

use http::{Method, StatusCode};
use rustls::ClientConfig;
use serde_json::json;
use stack::svid::{Authority, Credential, Leaf};
use stack::{HttpClient, Workload, mutual_tls};
use time::{Duration, OffsetDateTime};

use crate::context::{Context, TestResult, eventually, sample};

const LIFE: Duration = Duration::minutes(10);
const WORKER: Workload = Workload::Worker;

/// TLS as a client that trusts the real server and shows `credential`.
fn showing(context: &Context, credential: Option<&Credential>) -> ClientConfig {
    mutual_tls::client_config(&context.stack.platform().workload_api().bundle(), credential).unwrap()
}

/// A certificate of the real authority that says something improper.
fn improper(context: &Context, change: impl FnOnce(&mut Leaf)) -> ClientConfig {
    let mut leaf = Leaf::svid(WORKER.spiffe_id(), LIFE);
    change(&mut leaf);
    showing(context, Some(&context.stack.platform().workload_api().issue(&leaf).unwrap()))
}

fn tls_1_2(context: &Context) -> ClientConfig {
    let leaf = Leaf::svid(WORKER.spiffe_id(), LIFE);
    let credential = context.stack.platform().workload_api().issue(&leaf).unwrap();
    mutual_tls::client_config_with_versions(
        &context.stack.platform().workload_api().bundle(),
        Some(&credential),
        &[&rustls::version::TLS12],
    )
    .unwrap()
}

pub(crate) async fn every_wrong_peer_is_refused(context: &Context) -> TestResult {
    let foreign = Authority::generate("zero-trust-eks.local")?;
    let impostor = foreign.issue(&Leaf::svid(WORKER.spiffe_id(), LIFE))?;
    let alone = Leaf::svid(WORKER.spiffe_id(), LIFE).self_signed()?;
    let past = OffsetDateTime::now_utc() - Duration::minutes(1);
    let future = OffsetDateTime::now_utc() + Duration::minutes(5);
    let id = |id: &str| vec![id.to_owned()];
    let cases: Vec<(&str, ClientConfig, &str)> = vec![
        ("no certificate", showing(context, None), "no_certificate"),
        ("an authority of one's own", showing(context, Some(&impostor)), "unknown_issuer"),
        ("no authority at all", showing(context, Some(&alone)), "unknown_issuer"),
        ("an expired SVID", improper(context, |leaf| leaf.not_after = past), "expired"),
        ("an SVID of tomorrow", improper(context, |leaf| leaf.not_before = future), "not_yet_valid"),
        (
            "url-service's own identity",
            improper(context, |leaf| leaf.uris = id(&Workload::UrlService.spiffe_id())),
            "unauthorized_spiffe_id",
        ),
        (
            "another path below the right one",
            improper(context, |leaf| leaf.uris = id(&format!("{}/x", WORKER.spiffe_id()))),
            "unauthorized_spiffe_id",
        ),
        (
            "another namespace",
            improper(context, |leaf| leaf.uris = id("spiffe://zero-trust-eks.local/ns/default/sa/worker")),
            "unauthorized_spiffe_id",
        ),
        (
            "another trust domain",
            improper(context, |leaf| leaf.uris = id("spiffe://evil.example/ns/services/sa/worker")),
            "other_trust_domain",
        ),
        (
            "two identities",
            improper(context, |leaf| leaf.uris.push(Workload::UrlService.spiffe_id())),
            "several_spiffe_ids",
        ),
        (
            "a wildcard for all of the namespace",
            improper(context, |leaf| leaf.uris = id("spiffe://zero-trust-eks.local/ns/services/sa/*")),
            "malformed_spiffe_id",
        ),
        (
            "a wildcard for all of the trust domain",
            improper(context, |leaf| leaf.uris = id("spiffe://zero-trust-eks.local/*")),
            "malformed_spiffe_id",
        ),
        (
            "the trust domain itself",
            improper(context, |leaf| leaf.uris = id("spiffe://zero-trust-eks.local")),
            "invalid_certificate",
        ),
        (
            "the identity in the common name only",
            improper(context, |leaf| {
                leaf.common_name = Some(WORKER.spiffe_id());
                leaf.uris.clear();
            }),
            "no_spiffe_id",
        ),
        (
            "the identity as a DNS name only",
            improper(context, |leaf| {
                leaf.dns_names = id("worker.services.svc");
                leaf.uris.clear();
            }),
            "no_spiffe_id",
        ),
        ("a signing certificate", improper(context, |leaf| leaf.is_authority = true), "invalid_certificate"),
        ("TLS 1.2", tls_1_2(context), "tls_version_or_suite"),
    ];
    let url = format!("{}/internal/v1/click-batches", context.url_service().internal_url());
    for (name, tls, reason) in cases {
        is_refused(context, &HttpClient::with_tls(tls), &url, name, reason).await;
    }
    is_refused(context, context.stack.http(), &url.replacen("https", "http", 1), "plaintext", "not_tls")
        .await;
    Ok(())
}

/// No answer, and the reason in the metric and in a new line of the log.
async fn is_refused(context: &Context, client: &HttpClient, url: &str, name: &str, reason: &str) {
    let label = format!("reason=\"{reason}\"");
    let service = context.url_service();
    let (before, logged) = (refusals(context, &label).await, service.log().text().unwrap().len());
    let answer = client.get(url).await;
    assert!(answer.is_err(), "{name}: was answered");
    eventually(&format!("{name}: the metric with {label}"), async || {
        (refusals(context, &label).await > before).then_some(())
    })
    .await;
    let log = service.log().text().unwrap()[logged..].to_owned();
    assert!(
        log.contains(&format!("\"reason\":\"{reason}\"")),
        "{name}: the log does not say {reason}: {log}"
    );
}

async fn refusals(context: &Context, label: &str) -> f64 {
    sample(&context.url_service().metrics().await.unwrap(), "spiffe_handshakes_refused_total", label)
}

pub(crate) async fn the_right_peer_reaches_its_one_route_only(context: &Context) -> TestResult {
    let client = HttpClient::with_tls(improper(context, |_| ()));
    let internal = context.url_service().internal_url();
    let route = format!("{internal}/internal/v1/click-batches");
    let empty = json!({"batchId": uuid::Uuid::from_u128(1), "hours": [], "visitors": [], "dimensions": []});
    assert_eq!(client.send_json(Method::POST, &route, &empty).await?.status, StatusCode::OK);
    let nonsense = json!({"batchId": uuid::Uuid::from_u128(2), "hours": [
        {"linkId": uuid::Uuid::nil(), "start": 1, "clicks": 1, "bots": 0}
    ], "visitors": [], "dimensions": []});
    assert_eq!(
        client.send_json(Method::POST, &route, &nonsense).await?.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    for (method, path, status, reason) in [
        (Method::GET, "/internal/v1/click-batches", StatusCode::METHOD_NOT_ALLOWED, "method"),
        (Method::PUT, "/internal/v1/click-batches", StatusCode::METHOD_NOT_ALLOWED, "method"),
        (Method::DELETE, "/internal/v1/click-batches", StatusCode::METHOD_NOT_ALLOWED, "method"),
        (Method::POST, "/internal/v1/links", StatusCode::NOT_FOUND, "path"),
        (Method::POST, "/internal/v1/click-batches/", StatusCode::NOT_FOUND, "path"),
        (Method::POST, "/INTERNAL/v1/click-batches", StatusCode::NOT_FOUND, "path"),
        (Method::POST, "/internal/v1/click-batches/../x", StatusCode::NOT_FOUND, "path"),
        (Method::POST, "//internal/v1/click-batches", StatusCode::NOT_FOUND, "path"),
        (Method::GET, "/api/v1/links", StatusCode::NOT_FOUND, "path"),
        (Method::GET, "/metrics", StatusCode::NOT_FOUND, "path"),
    ] {
        let label = format!("reason=\"{reason}\"");
        let refused = async || {
            let metrics = context.url_service().metrics().await.unwrap();
            sample(&metrics, "internal_requests_refused_total", &label)
        };
        let (before, logged) = (refused().await, context.url_service().log().text()?.len());
        let answer = client.send_json(method.clone(), &format!("{internal}{path}"), &empty).await?;
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(answer.body.is_empty(), "{method} {path}: {}", answer.text());
        assert!(refused().await > before, "{method} {path} was not counted");
        let log = context.url_service().log().text()?[logged..].to_owned();
        let line = log.lines().find(|line| line.contains("refused a request on the internal listener"));
        let line = line.unwrap_or_else(|| panic!("{method} {path} was not logged: {log}"));
        assert!(
            line.contains(&format!("\"reason\":\"{reason}\"")) && line.contains(&WORKER.spiffe_id()),
            "{line}"
        );
    }
    Ok(())
}
