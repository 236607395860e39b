//! A connection does not outlive the SVIDs that it rests on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::version::TLS13;
use rustls::{ClientConfig, HandshakeKind, SupportedProtocolVersion};
use serde_json::json;
use stack::mutual_tls::{self, Face, Impostor};
use stack::svid::Leaf;
use stack::{Changes, Workload};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::context::{Context, TestResult, eventually};

/// A certificate's times are whole seconds.
const ROUNDING: Duration = Duration::from_secs(1);
const TLS: &[&SupportedProtocolVersion] = &[&TLS13];
const REQUEST: &[u8] = b"GET /x HTTP/1.1\r\nHost: url-service\r\n\r\n";

/// TLS as the worker, with an SVID that lives this long.
fn as_worker(context: &Context, life: Duration) -> Arc<ClientConfig> {
    let api = context.stack.platform().workload_api();
    let leaf = Leaf::svid(Workload::Worker.spiffe_id(), life.try_into().unwrap());
    let credential = api.issue(&leaf).unwrap();
    Arc::new(mutual_tls::client_config(&api.bundle(), Some(&credential)).unwrap())
}

async fn connect(context: &Context, config: &Arc<ClientConfig>) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", context.url_service().addresses().internal)).await?;
    let name = ServerName::try_from("url-service").unwrap();
    TlsConnector::from(Arc::clone(config)).connect(name, stream).await
}

/// One request and its whole answer, which has no body.
async fn ask(stream: &mut TlsStream<TcpStream>) -> std::io::Result<String> {
    stream.write_all(REQUEST).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// How long it takes until the other side has ended the connection.
async fn ended(stream: &mut TlsStream<TcpStream>, limit: Duration) -> Duration {
    let begun = Instant::now();
    let rest = async { while stream.read_u8().await.is_ok() {} };
    tokio::time::timeout(limit, rest).await.expect("the connection outlives its SVID");
    begun.elapsed()
}

pub(crate) async fn a_connection_ends_with_the_clients_svid(context: &Context) -> TestResult {
    let life = Duration::from_secs(5);
    let config = as_worker(context, life);
    let mut stream = connect(context, &config).await?;
    assert!(ask(&mut stream).await?.starts_with("HTTP/1.1 404"), "the connection works");
    let lived = ended(&mut stream, life + ROUNDING).await;
    assert!(lived > Duration::from_secs(2), "it ended after {lived:?}, before it had to");
    eventually("a refusal of the expired SVID", async || {
        let mut stream = connect(context, &config).await.ok()?;
        ask(&mut stream).await.is_err().then_some(())
    })
    .await;
    Ok(())
}

pub(crate) async fn a_request_without_end_is_cut_with_the_svid(context: &Context) -> TestResult {
    let life = Duration::from_secs(4);
    let mut stream = connect(context, &as_worker(context, life)).await?;
    let head = b"POST /internal/v1/click-batches HTTP/1.1\r\nHost: url-service\r\n\
                 Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{";
    stream.write_all(head).await?;
    ended(&mut stream, life + ROUNDING).await;
    Ok(())
}

/// A resumed session would be believed without its certificate being looked at again.
pub(crate) async fn no_session_is_resumed(context: &Context) -> TestResult {
    let config = as_worker(context, Duration::from_mins(10));
    for _ in 0..3 {
        let mut stream = connect(context, &config).await?;
        ask(&mut stream).await?;
        assert_eq!(stream.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
        assert_eq!(stream.get_ref().1.tls13_tickets_received(), 0);
    }
    Ok(())
}

/// In this stack url-service's SVID lives 20 s.
pub(crate) async fn a_connection_ends_with_the_servers_svid(context: &Context) -> TestResult {
    let mut stream = connect(context, &as_worker(context, Duration::from_mins(10))).await?;
    ask(&mut stream).await?;
    ended(&mut stream, Duration::from_secs(20) + ROUNDING).await;
    Ok(())
}

pub(crate) async fn the_worker_leaves_a_connection_with_the_servers_svid(context: &Context) -> TestResult {
    let life = Duration::from_secs(6);
    let proper = |life: Duration| {
        let leaf = Leaf::svid(Workload::UrlService.spiffe_id(), life.try_into().unwrap());
        Face::Certificate(context.stack.platform().workload_api().issue(&leaf).unwrap(), TLS)
    };
    let impostor = Impostor::start(proper(life)).await?;
    context.restart_worker(&Changes::none().set("INTERNAL_BASE_URL", impostor.url())).await;
    let (mut issued, link) = (Instant::now(), context.create(json!({})).await);
    context.visit(&link).await;
    eventually("a request on the connection", async || {
        if impostor.seen().handshakes == 0 {
            // The life counts from the issue, not from the connection.
            issued = Instant::now();
            impostor.show(proper(life));
        }
        (impostor.seen().requests >= 1).then_some(())
    })
    .await;
    assert_eq!(impostor.seen().ended, 0, "the connection is kept for the next request");
    eventually("the end of the connection", async || (impostor.seen().ended == 1).then_some(())).await;
    let lived = issued.elapsed();
    assert!(lived < life + ROUNDING, "the worker kept the connection for {lived:?} of {life:?}");
    impostor.show(proper(Duration::from_mins(10)));
    context.visit(&link).await;
    eventually("another connection", async || (impostor.seen().handshakes >= 2).then_some(())).await;
    context.restart_worker(&Changes::none()).await;
    context.counted(&link, 2).await;
    Ok(())
}
