use std::time::Duration;

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::http_client::HttpClient;
use crate::ports;

const ANSWER: &str = "an answer";

async fn aws() -> (String, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind(ports::loopback(0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(post(async || ANSWER));
    let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
    (url, AbortOnDropHandle::new(server))
}

async fn ask(url: &str) -> Result<String, StackError> {
    let answer = HttpClient::new().send(http::Method::POST, url, None, b"Action=x".to_vec()).await?;
    Ok(answer.text())
}

#[tokio::test]
async fn both_ways_lead_to_aws() {
    let (aws, _server) = aws().await;
    let faults = Faults::start(&aws).await.unwrap();

    for way in [faults.sts(), faults.secrets_manager()] {
        assert_eq!(ask(way.url()).await.unwrap(), ANSWER);
    }
}

#[tokio::test]
async fn a_closed_proxy_cuts_and_an_open_one_passes_again() {
    let (aws, _server) = aws().await;
    let faults = Faults::start(&aws).await.unwrap();
    let proxy = faults.secrets_manager();

    proxy.set(Passage::Refused);
    ask(proxy.url()).await.unwrap_err();
    proxy.set(Passage::Stalled);
    let silence = tokio::time::timeout(Duration::from_millis(200), ask(proxy.url())).await;
    assert!(silence.is_err(), "a stalled proxy answered");
    proxy.set(Passage::Open);
    ask(proxy.url()).await.unwrap();
}
