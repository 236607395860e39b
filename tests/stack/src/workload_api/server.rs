//! The gRPC service `SpiffeWorkloadAPI`: the X.509 profile; the JWT profile is answered with `UNIMPLEMENTED`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::post;
use futures::Stream;
use futures::StreamExt as _;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio_stream::wrappers::{UnixListenerStream, WatchStream};
use tonic::body::Body;
use tonic::server::Grpc;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::{Response, Status};
use tonic_prost::ProstCodec;

use super::messages::{X509BundlesRequest, X509BundlesResponse, X509SvidRequest, X509SvidResponse};
use super::workload::Grant;
use crate::names::TRUST_DOMAIN;

/// Keeps a browser or a confused proxy from reaching the socket (SPIFFE Workload Endpoint §6).
const SECURITY_HEADER: &str = "workload.spiffe.io";

type Grants = Arc<watch::Sender<Grant>>;

/// Serves one workload until the task is ended.
pub(super) async fn serve(listener: UnixListener, grants: Grants) {
    let router = Router::new()
        .route("/SpiffeWorkloadAPI/FetchX509SVID", post(fetch_x509_svid))
        .route("/SpiffeWorkloadAPI/FetchX509Bundles", post(fetch_x509_bundles))
        .fallback(unimplemented)
        .with_state(grants);
    let incoming = UnixListenerStream::new(listener);
    // Ends with the stack; a connection that fails ends alone.
    let _ = Server::builder().add_routes(Routes::from(router)).serve_with_incoming(incoming).await;
}

async fn fetch_x509_svid(State(grants): State<Grants>, request: Request) -> http::Response<Body> {
    if let Err(refused) = ensure_header(&request) {
        return refused.into_http();
    }
    let service = tower::service_fn(move |_: tonic::Request<X509SvidRequest>| {
        let stream = updates(&grants).map(|grant| grant.map(|svid| X509SvidResponse::clone(&svid)));
        async move { Ok::<_, Status>(Response::new(stream)) }
    });
    Grpc::new(ProstCodec::<X509SvidResponse, X509SvidRequest>::default())
        .server_streaming(service, request)
        .await
}

async fn fetch_x509_bundles(State(grants): State<Grants>, request: Request) -> http::Response<Body> {
    if let Err(refused) = ensure_header(&request) {
        return refused.into_http();
    }
    let service = tower::service_fn(move |_: tonic::Request<X509BundlesRequest>| {
        let stream = updates(&grants).map(|grant| grant.map(|svid| bundles(&svid)));
        async move { Ok::<_, Status>(Response::new(stream)) }
    });
    let codec = ProstCodec::<X509BundlesResponse, X509BundlesRequest>::default();
    Grpc::new(codec).server_streaming(service, request).await
}

async fn unimplemented() -> http::Response<Body> {
    Status::unimplemented("this stand-in serves the X.509 profile only").into_http()
}

fn ensure_header(request: &Request) -> Result<(), Status> {
    match request.headers().get(SECURITY_HEADER) {
        Some(value) if value == "true" => Ok(()),
        _ => Err(Status::invalid_argument("security header missing from request")),
    }
}

/// What the workload is granted, now and at every change, up to a refusal, which ends the stream.
fn updates(grants: &Grants) -> impl Stream<Item = Result<Arc<X509SvidResponse>, Status>> + Send + use<> {
    WatchStream::new(grants.subscribe())
        .map(|grant| match grant {
            Grant::Svid(svid) => Ok(svid),
            Grant::Withdrawn => Err(Status::permission_denied("no identity issued")),
            Grant::Away => Err(Status::unavailable("the agent is not there")),
        })
        .scan(false, |ended, item| {
            let last = std::mem::replace(ended, item.is_err());
            std::future::ready((!last).then_some(item))
        })
}

fn bundles(svid: &X509SvidResponse) -> X509BundlesResponse {
    let own = svid.svids.iter().map(|svid| (format!("spiffe://{TRUST_DOMAIN}"), svid.bundle.clone()));
    X509BundlesResponse { crl: Vec::new(), bundles: own.collect() }
}
