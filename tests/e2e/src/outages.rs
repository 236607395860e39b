//! Parts that go away and come back, and credentials that change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::json;
use sqlx::AssertSqlSafe;
use stack::{Changes, Signal};

use crate::context::{Context, TestResult, eventually, sample};
use crate::database_role::credentials;

pub(crate) async fn without_the_database_known_links_still_redirect(context: &Context) -> TestResult {
    let (known, unknown) = (context.create(json!({})).await, context.create(json!({})).await);
    assert_eq!(context.visit(&known).await.status, StatusCode::FOUND);
    let postgres = context.stack.platform().postgres();
    postgres.stop().await;

    assert_eq!(context.visit(&known).await.status, StatusCode::FOUND, "from the cache");
    let away = context.visit(&unknown).await;
    assert_eq!((away.status, away.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, Some("2")));
    let api = context.call(Method::GET, "/api/v1/links", &json!({})).await;
    assert_eq!((api.status, api.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, Some("2")));
    let ready = context.stack.http().get(&format!("{}/readyz", context.url_service().admin_url())).await?;
    assert_eq!(ready.status, StatusCode::OK, "it still does its main work");
    assert!(ready.text().contains("cannot connect"), "{}", ready.text());

    postgres.restart().await?;
    eventually("redirects of links that are not cached", async || {
        (context.visit(&unknown).await.status == StatusCode::FOUND).then_some(())
    })
    .await;
    context.counted(&known, 2).await;
    Ok(())
}

pub(crate) async fn without_the_queue_no_click_is_lost(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let emulator = context.stack.platform().emulator().process().ok_or("the emulator is not ours to stop")?;
    emulator.signal(Signal::STOP);
    for _ in 0..20 {
        assert_eq!(context.visit(&link).await.status, StatusCode::FOUND);
    }
    eventually("clicks in the spool", async || {
        let metrics = context.url_service().metrics().await.unwrap();
        (sample(&metrics, "clicks_spilled_total", "") >= 20.0).then_some(())
    })
    .await;
    let ready = context.stack.http().get(&format!("{}/readyz", context.url_service().admin_url())).await?;
    assert!(ready.status.is_success() && ready.text().contains("kept on disk"), "{}", ready.text());
    emulator.signal(Signal::CONT);
    context.counted(&link, 20).await;
    let metrics = context.url_service().metrics().await?;
    assert!(sample(&metrics, "clicks_dropped_total", "") < 1.0);
    Ok(())
}

/// Asks for redirects and creates links until told to stop; counts both, and what failed.
struct Load {
    stop: AtomicBool,
    visits: AtomicU64,
    failures: AtomicU64,
}

/// Runs `during` under load on `link`; returns the visits. Every single request must have succeeded.
async fn under_load(context: &Context, link: &serde_json::Value, during: impl Future<Output = ()>) -> u64 {
    let load = Arc::new(Load { stop: false.into(), visits: 0.into(), failures: 0.into() });
    let (short, links) = (context.short_url(link), format!("{}/api/v1/links", context.stack.public_url()));
    let (browser, api) = (context.browser(), context.api());
    let clients: Vec<_> = (0..4)
        .map(|number| {
            let (load, short, links, browser, api) =
                (Arc::clone(&load), short.clone(), links.clone(), browser.clone(), api.clone());
            tokio::spawn(async move {
                while !load.stop.load(Ordering::Relaxed) {
                    let good = if number == 0 {
                        let body = json!({"url": "https://www.example.com/"});
                        api.send_json(Method::POST, &links, &body)
                            .await
                            .map(|answer| answer.status == StatusCode::CREATED)
                    } else {
                        load.visits.fetch_add(1, Ordering::Relaxed);
                        browser.get(&short).await.map(|answer| answer.status == StatusCode::FOUND)
                    };
                    if !good.unwrap_or(false) {
                        load.failures.fetch_add(1, Ordering::Relaxed);
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
        })
        .collect();
    during.await;
    load.stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(load.failures.load(Ordering::Relaxed), 0, "requests failed");
    load.visits.load(Ordering::Relaxed)
}

pub(crate) async fn a_rotated_password_costs_no_request(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let mut superuser = context.superuser().await;
    let platform = context.stack.platform();
    let visits = under_load(context, &link, async {
        // As AWS's multi-user rotation: a clone with a new password, then the secret. Then the old user's end;
        // its open sessions go on, so only new connections tell.
        let (user, retired, password) = ("url_service_b", "url_service_a", "rotated");
        let create = format!("CREATE ROLE {user} LOGIN IN ROLE url_service PASSWORD '{password}'");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut superuser).await.unwrap();
        let id = platform.resources().names.url_service_database_secret();
        let value = json!({"username": user, "password": password}).to_string();
        platform
            .operator()
            .secrets
            .put_secret_value()
            .secret_id(id)
            .secret_string(value)
            .send()
            .await
            .unwrap();
        let end = format!("ALTER ROLE {retired} NOLOGIN");
        sqlx::raw_sql(AssertSqlSafe(end)).execute(&mut superuser).await.unwrap();
        eventually("connections of the new user", async || {
            // More at once than there are connections.
            drop(join_all((0..12).map(|_| context.create(json!({})))).await);
            let count = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1";
            let connections: i64 =
                sqlx::query_scalar(count).bind(user).fetch_one(&mut superuser).await.unwrap();
            (connections > 0).then_some(())
        })
        .await;
    })
    .await;
    let metrics = context.url_service().metrics().await?;
    assert!(
        sample(&metrics, "database_credentials_refused_total", "") >= 1.0,
        "the rotation was not noticed"
    );
    assert_eq!(credentials(context).await.0, "url_service_b");
    context.counted(&link, visits).await;
    Ok(())
}

pub(crate) async fn tokens_and_svids_rotate_while_clicks_flow(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let platform = context.stack.platform();
    let updates = async || {
        let metrics = context.url_service().metrics().await.unwrap();
        sample(&metrics, "spiffe_svid_updates_total", "")
    };
    let before = updates().await;
    let visits = under_load(context, &link, async {
        platform.workload_api().rotate_authority().unwrap();
        for workload in [stack::Workload::UrlService, stack::Workload::Worker] {
            platform.tokens().rotate(workload).unwrap();
            platform.workload_api().rotate_svid(workload).unwrap();
        }
        eventually("two rotations of the SVID", async || (updates().await >= before + 2.0).then_some(()))
            .await;
    })
    .await;
    context.counted(&link, visits).await;
    platform.workload_api().retire_previous_authorities()?;
    assert!(context.browser().get(&context.short_url(&link)).await?.status == StatusCode::FOUND);
    context.counted(&link, visits + 1).await;
    // A process that starts now reads the rotated token.
    context.stack.worker().restart_with(&Changes::none()).await?;
    Ok(())
}
