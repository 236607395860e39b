use std::time::Duration;

use spiffe::{TrustDomain, WorkloadApiClient, WorkloadApiError, X509Source};
use tokio_stream::StreamExt as _;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::*;

const LIMIT: Duration = Duration::from_secs(5);

fn start(life: Duration) -> (Scratch, WorkloadApi) {
    let scratch = Scratch::new().unwrap();
    let api = WorkloadApi::start(&scratch, life).unwrap();
    (scratch, api)
}

fn endpoint(api: &WorkloadApi, workload: Workload) -> String {
    format!("unix:{}", api.socket(workload).unwrap().display())
}

async fn source(api: &WorkloadApi, workload: Workload) -> X509Source {
    X509Source::builder().endpoint(endpoint(api, workload)).build().await.unwrap()
}

fn authorities(source: &X509Source) -> usize {
    let domain = TrustDomain::new(TRUST_DOMAIN).unwrap();
    source.try_bundle_for_trust_domain(&domain).unwrap().authorities().len()
}

#[tokio::test]
async fn the_socket_says_which_workload_the_caller_is() {
    let (_scratch, api) = start(Duration::from_mins(10));

    for workload in SERVED {
        let source = source(&api, workload).await;
        assert_eq!(source.svid().unwrap().spiffe_id().to_string(), workload.spiffe_id());
        assert_eq!(authorities(&source), 1);
        source.shutdown().await;
    }
    assert!(api.socket(Workload::Migrate).is_err());
}

#[tokio::test]
async fn a_rotation_reaches_a_source_that_is_open() {
    let (_scratch, api) = start(Duration::from_mins(10));
    let source = source(&api, Workload::Worker).await;
    let mut updates = source.updated();
    let first = source.svid().unwrap();

    api.rotate_svid(Workload::Worker).unwrap();

    tokio::time::timeout(LIMIT, updates.changed()).await.unwrap().unwrap();
    let second = source.svid().unwrap();
    assert_ne!(first.leaf().as_bytes(), second.leaf().as_bytes());
    source.shutdown().await;
}

#[tokio::test]
async fn a_new_authority_is_trusted_beside_the_old_until_that_is_retired() {
    let (_scratch, api) = start(Duration::from_mins(10));
    let source = source(&api, Workload::UrlService).await;
    let mut updates = source.updated();

    api.rotate_authority().unwrap();
    tokio::time::timeout(LIMIT, updates.changed()).await.unwrap().unwrap();
    assert_eq!(authorities(&source), 2);

    api.retire_previous_authorities().unwrap();
    tokio::time::timeout(LIMIT, updates.changed()).await.unwrap().unwrap();
    assert_eq!(authorities(&source), 1);
    source.shutdown().await;
}

#[tokio::test]
async fn an_svid_is_renewed_at_half_of_its_life() {
    let (_scratch, api) = start(Duration::from_secs(4));
    let client = WorkloadApiClient::connect_to(endpoint(&api, Workload::Worker)).await.unwrap();
    let mut contexts = client.stream_x509_contexts().await.unwrap();
    let first = contexts.next().await.unwrap().unwrap();

    let second = tokio::time::timeout(LIMIT, contexts.next()).await.unwrap().unwrap().unwrap();

    let leaf = |context: &spiffe::X509Context| context.default_svid().unwrap().leaf().as_bytes().to_vec();
    assert_ne!(leaf(&first), leaf(&second));
}

#[tokio::test]
async fn a_withdrawn_workload_is_denied() {
    let (_scratch, api) = start(Duration::from_mins(10));
    let client = WorkloadApiClient::connect_to(endpoint(&api, Workload::Worker)).await.unwrap();
    let mut contexts = client.stream_x509_contexts().await.unwrap();
    contexts.next().await.unwrap().unwrap();

    api.withdraw(Workload::Worker).unwrap();

    let refused = tokio::time::timeout(LIMIT, contexts.next()).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(refused, WorkloadApiError::NoIdentityIssued), "{refused:?}");
    client.fetch_x509_context().await.unwrap_err();
    api.rotate_svid(Workload::Worker).unwrap();
    client.fetch_x509_context().await.unwrap();
}

#[tokio::test]
async fn a_caller_without_the_security_header_is_refused() {
    let (_scratch, api) = start(Duration::from_mins(10));
    let stream = tokio::net::UnixStream::connect(api.socket(Workload::Worker).unwrap()).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let executor = hyper_util::rt::TokioExecutor::new();
    let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::post("http://localhost/SpiffeWorkloadAPI/FetchX509SVID")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(http_body_util::Full::new(axum::body::Bytes::from_static(&[0; 5])))
        .unwrap();

    let answer = sender.send_request(request).await.unwrap();

    assert_eq!(answer.headers()["grpc-status"], "3", "INVALID_ARGUMENT");
    connection.abort();
}

#[test]
fn improper_leaves_can_be_minted() {
    let authority = Authority::generate("other.example").unwrap();
    let mut leaf = Leaf::svid(Workload::Worker.spiffe_id(), time::Duration::minutes(10));
    leaf.uris.push("spiffe://zero-trust-eks.local/second".to_owned());
    leaf.common_name = Some("worker".to_owned());
    leaf.not_after = leaf.not_before;

    let credential = authority.issue(&leaf).unwrap();

    let (_, parsed) = X509Certificate::from_der(&credential.certificate).unwrap();
    assert!(!parsed.validity().is_valid());
    assert_eq!(parsed.subject_alternative_name().unwrap().unwrap().value.general_names.len(), 2);
    let (_, issuer) = X509Certificate::from_der(authority.certificate()).unwrap();
    assert_eq!(parsed.issuer(), issuer.subject());
}
