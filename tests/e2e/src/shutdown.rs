//! Stopping: in order, within a deadline, without loss.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::json;
use stack::{Changes, Signal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::context::{Context, TestResult, eventually};

pub(crate) async fn a_stop_under_load_loses_no_request_and_no_click(context: &Context) -> TestResult {
    let service = context.url_service();
    service.restart_with(&Changes::none().set("SHUTDOWN_UNREADY_SECONDS", "2")).await?;
    let link = context.create(json!({})).await;
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let visitors: Vec<_> = (0..4)
        .map(|_| {
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            let (url, client) = (context.short_url(&link), context.browser());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let answer = client.get(&url).await.expect("a request was cut off");
                    assert_eq!(answer.status, StatusCode::FOUND);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    eventually("some visits", async || (answered.load(Ordering::Relaxed) > 200).then_some(())).await;
    let process = service.process();
    process.signal(Signal::TERM);
    // As a load balancer: it looks away when the service is not ready any more, and not before.
    service.wait_for_readiness(false, Duration::from_secs(2)).await?;
    stop.store(true, Ordering::Relaxed);
    for visitor in visitors {
        visitor.await?;
    }
    assert_eq!(process.exited().await.code(), Some(0), "{}", service.log().text()?);
    service.restart().await?;
    context.counted(&link, answered.load(Ordering::Relaxed)).await;
    Ok(())
}

/// The messages of the log since `offset` bytes.
fn log_since(context: &Context, offset: usize) -> String {
    context.url_service().log().text().unwrap()[offset..].to_owned()
}

pub(crate) async fn the_order_is_unready_intake_clicks(context: &Context) -> TestResult {
    let service = context.url_service();
    service.restart_with(&Changes::none().set("SHUTDOWN_UNREADY_SECONDS", "2")).await?;
    let link = context.create(json!({})).await;
    let offset = service.log().text()?.len();
    service.process().signal(Signal::TERM);
    service.wait_for_readiness(false, Duration::from_secs(2)).await?;
    assert_eq!(context.visit(&link).await.status, StatusCode::FOUND, "served while load balancers look away");
    let status = service.process().exited().await;
    assert_eq!(status.code(), Some(0));
    let log = log_since(context, offset);
    let order = [
        "not ready any more",
        "public listener",
        "internal listener",
        "click publisher",
        "flushed the clicks",
        "admin listener",
        "\"stopped\"",
    ];
    let places: Vec<_> =
        order.iter().map(|text| log.find(text).unwrap_or_else(|| panic!("no {text}: {log}"))).collect();
    assert!(places.is_sorted(), "{log}");
    service.restart().await?;
    context.counted(&link, 1).await;
    Ok(())
}

/// A request whose body never ends, so that the service cannot finish it.
async fn endless_request(context: &Context) -> TcpStream {
    let address = format!("127.0.0.1:{}", context.url_service().addresses().public);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/links HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
        context.stack.api_key()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body: the handler is waiting for it now.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
    stream
}

pub(crate) async fn a_deadline_ends_what_does_not_end(context: &Context) -> TestResult {
    let service = context.url_service();
    let stream = endless_request(context).await;
    let begun = Instant::now();
    let status = service.terminate().await;
    drop(stream);
    assert_eq!(status.code(), Some(70), "{}", service.log().text()?);
    assert!(begun.elapsed() >= Duration::from_secs(4), "the deadline is the setting's");
    assert!(service.log().text()?.contains("did not stop within the deadline"));
    service.restart().await?;
    Ok(())
}

pub(crate) async fn a_second_signal_ends_at_once(context: &Context) -> TestResult {
    let service = context.url_service();
    service.restart_with(&Changes::none().set("SHUTDOWN_DEADLINE_SECONDS", "600")).await?;
    let stream = endless_request(context).await;
    let process = service.process();
    process.signal(Signal::TERM);
    service.wait_for_readiness(false, Duration::from_secs(5)).await?;
    process.signal(Signal::TERM);
    assert_eq!(process.exited().await.code(), Some(143));
    drop(stream);
    service.restart().await?;
    Ok(())
}

pub(crate) async fn a_killed_worker_loses_no_click(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    context.stack.worker().kill().await;
    for _ in 0..10 {
        context.visit(&link).await;
    }
    context.stack.worker().restart().await?;
    context.counted(&link, 10).await;
    Ok(())
}
