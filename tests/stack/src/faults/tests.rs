use std::time::Duration;

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::http_client::HttpClient;
use crate::ports;

const END: &str = "2031-01-01T00:00:00Z";

async fn aws() -> (String, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind(ports::loopback(0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(post(async || format!("<Expiration>{END}</Expiration>")));
    let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
    (url, AbortOnDropHandle::new(server))
}

async fn ask(url: &str) -> Result<String, StackError> {
    let answer = HttpClient::new().send(http::Method::POST, url, None, b"Action=x".to_vec()).await?;
    Ok(answer.text())
}

#[tokio::test]
async fn sessions_are_short_on_one_way_and_nothing_changes_on_the_other() {
    let (aws, _server) = aws().await;
    let faults = Faults::start(&aws, Duration::from_secs(20)).await.unwrap();

    let session = ask(faults.sts().url()).await.unwrap();
    assert!(session.starts_with("<Expiration>20") && !session.contains(END), "{session}");
    assert!(ask(faults.secrets_manager().url()).await.unwrap().contains(END));
}

#[tokio::test]
async fn a_closed_proxy_cuts_and_an_open_one_passes_again() {
    let (aws, _server) = aws().await;
    let faults = Faults::start(&aws, Duration::from_secs(20)).await.unwrap();
    let proxy = faults.secrets_manager();

    proxy.set(Passage::Refused);
    ask(proxy.url()).await.unwrap_err();
    proxy.set(Passage::Stalled);
    let silence = tokio::time::timeout(Duration::from_millis(200), ask(proxy.url())).await;
    assert!(silence.is_err(), "a stalled proxy answered");
    proxy.set(Passage::Open);
    ask(proxy.url()).await.unwrap();
}
