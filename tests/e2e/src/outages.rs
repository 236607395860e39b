//! The database and the queue go away and come back.

use http::{Method, StatusCode};
use serde_json::json;
use stack::Signal;

use crate::context::{Context, TestResult, eventually, sample};

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
    context.listening().await;
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
