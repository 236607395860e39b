//! The worker, met by servers that are not url-service.

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};
use serde_json::json;
use stack::mutual_tls::{Face, Impostor};
use stack::svid::{Authority, Leaf};
use stack::{Changes, Workload};
use time::{Duration, OffsetDateTime};

use crate::context::{Context, TestResult, eventually, sample};

const LIFE: Duration = Duration::minutes(10);
const TLS: &[&SupportedProtocolVersion] = &[&TLS13];
const OLD_TLS: &[&SupportedProtocolVersion] = &[&TLS12];

/// url-service's SVID as the real authority signs it, but for one thing.
fn improper(context: &Context, change: impl FnOnce(&mut Leaf)) -> Face {
    let mut leaf = Leaf::svid(Workload::UrlService.spiffe_id(), LIFE);
    change(&mut leaf);
    Face::Certificate(context.stack.platform().workload_api().issue(&leaf).unwrap(), TLS)
}

/// Every wrong server, and the reason that the worker must give.
fn faces(context: &Context) -> Vec<(&'static str, Face, &'static str)> {
    let id = |id: &str| vec![id.to_owned()];
    let named = |uri: &str| improper(context, |leaf| leaf.uris = id(uri));
    let (past, future) =
        (OffsetDateTime::now_utc() - Duration::minutes(1), OffsetDateTime::now_utc() + Duration::minutes(5));
    let own = Workload::UrlService.spiffe_id();
    let foreign = Authority::generate("zero-trust-eks.local").unwrap();
    let foreign = foreign.issue(&Leaf::svid(own.clone(), LIFE)).unwrap();
    let alone = Leaf::svid(own.clone(), LIFE).self_signed().unwrap();
    let proper = Leaf::svid(own.clone(), LIFE);
    let proper = context.stack.platform().workload_api().issue(&proper).unwrap();
    vec![
        ("plaintext", Face::Plaintext, "not_tls"),
        ("no certificate", Face::NoCertificate, "refused_by_peer"),
        ("TLS 1.2", Face::Certificate(proper, OLD_TLS), "tls_version_or_suite"),
        ("an authority of one's own", Face::Certificate(foreign, TLS), "unknown_issuer"),
        ("no authority at all", Face::Certificate(alone, TLS), "unknown_issuer"),
        ("an expired SVID", improper(context, |leaf| leaf.not_after = past), "expired"),
        ("an SVID of tomorrow", improper(context, |leaf| leaf.not_before = future), "not_yet_valid"),
        ("the worker's own identity", named(&Workload::Worker.spiffe_id()), "unauthorized_spiffe_id"),
        ("a longer path", named(&format!("{own}/x")), "unauthorized_spiffe_id"),
        (
            "another namespace",
            named("spiffe://zero-trust-eks.local/ns/x/sa/url-service"),
            "unauthorized_spiffe_id",
        ),
        (
            "another trust domain",
            named("spiffe://evil.example/ns/services/sa/url-service"),
            "other_trust_domain",
        ),
        ("a wildcard", named("spiffe://zero-trust-eks.local/ns/services/sa/*"), "malformed_spiffe_id"),
        (
            "two identities",
            improper(context, |leaf| leaf.uris.push(Workload::Worker.spiffe_id())),
            "several_spiffe_ids",
        ),
        (
            "the identity in the common name only",
            improper(context, |leaf| {
                leaf.common_name = Some(own.clone());
                leaf.uris.clear();
            }),
            "no_spiffe_id",
        ),
        (
            "the right host name only",
            improper(context, |leaf| {
                leaf.dns_names = id("url-service.services.svc");
                leaf.uris.clear();
            }),
            "no_spiffe_id",
        ),
        ("a signing certificate", improper(context, |leaf| leaf.is_authority = true), "invalid_certificate"),
    ]
}

pub(crate) async fn the_worker_gives_nothing_to_a_wrong_server(context: &Context) -> TestResult {
    let (worker, impostor) = (context.stack.worker(), Impostor::start(Face::Plaintext).await?);
    // A poller rests after a setback; with many of them there is always one that takes the next message.
    let changes = Changes::none().set("INTERNAL_BASE_URL", impostor.url()).set("RECEIVE_CONCURRENCY", "16");
    context.restart_worker(&changes).await;
    let (link, faces) = (context.create(json!({})).await, faces(context));
    let clicks = u64::try_from(faces.len())?;
    for (name, face, reason) in faces {
        impostor.show(face);
        let label = format!("reason=\"{reason}\"");
        let refused = async || {
            let metrics = worker.metrics().await.unwrap();
            sample(&metrics, "spiffe_handshakes_refused_total", &label)
        };
        let (before, logged) = (refused().await, worker.log().text()?.len());
        context.visit(&link).await;
        eventually(&format!("{name}: the metric with {label}"), async || {
            (refused().await > before).then_some(())
        })
        .await;
        let refusal = format!("\"refusal\":\"{reason}\"");
        eventually(&format!("{name}: {refusal} in the log"), async || {
            worker.log().text().unwrap()[logged..].contains(&refusal).then_some(())
        })
        .await;
        context.check_says(worker, "delivery", &format!("tls: {reason}")).await;
        let seen = impostor.seen();
        assert_eq!((seen.handshakes, seen.requests), (0, 0), "{name}: the worker showed something: {seen:?}");
    }
    assert_eq!(context.statistics(&link, "").await["total"], 0);
    context.restart_worker(&Changes::none()).await;
    context.counted(&link, clicks).await;
    println!(
        "impostors: {clicks} wrong servers, nothing given to any, {clicks} clicks counted once afterwards"
    );
    Ok(())
}
