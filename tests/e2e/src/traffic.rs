//! Redirects and new links without pause, each of which has to succeed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::context::Context;

/// How many clients there are; the first creates links, the others follow one.
const CLIENTS: u64 = 3;
/// A client's rest between two requests.
const PAUSE: Duration = Duration::from_millis(50);

/// What was asked for; every single request succeeded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    /// Redirects.
    pub(crate) visits: u64,
    /// Links that were made.
    pub(crate) created: u64,
}

#[derive(Default)]
struct Load {
    stop: AtomicBool,
    visits: AtomicU64,
    created: AtomicU64,
    failures: Mutex<Vec<String>>,
}

/// Runs `during` under load on `link`.
pub(crate) async fn under_load(context: &Context, link: &Value, during: impl Future<Output = ()>) -> Totals {
    let load = Arc::new(Load::default());
    let clients: Vec<_> = (0..CLIENTS).map(|number| client(context, link, &load, number == 0)).collect();
    during.await;
    load.stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(*load.failures.lock().unwrap(), [""; 0], "requests failed");
    Totals { visits: load.visits.load(Ordering::Relaxed), created: load.created.load(Ordering::Relaxed) }
}

fn client(context: &Context, link: &Value, load: &Arc<Load>, creates: bool) -> tokio::task::JoinHandle<()> {
    let (load, short) = (Arc::clone(load), context.short_url(link));
    let links = format!("{}/api/v1/links", context.stack.public_url());
    let (browser, api) = (context.browser(), context.api());
    let body = json!({"url": "https://www.example.com/"});
    tokio::spawn(async move {
        while !load.stop.load(Ordering::Relaxed) {
            let (answer, wanted, counter) = if creates {
                (api.send_json(Method::POST, &links, &body).await, StatusCode::CREATED, &load.created)
            } else {
                (browser.get(&short).await, StatusCode::FOUND, &load.visits)
            };
            counter.fetch_add(1, Ordering::Relaxed);
            let failure = match answer {
                Ok(answer) if answer.status == wanted => None,
                Ok(answer) => Some(format!("{}: {}", answer.status, answer.text())),
                Err(error) => Some(error.to_string()),
            };
            load.failures.lock().unwrap().extend(failure);
            tokio::time::sleep(PAUSE).await;
        }
    })
}
