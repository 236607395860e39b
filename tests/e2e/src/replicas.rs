//! Two replicas with caches of their own, whose entries live far longer than a test.

use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use stack::http_client::Answer;

use crate::context::{Context, TestResult, eventually, unique};

/// Opens `slug` at the replica `number`, as a person.
async fn open(context: &Context, number: usize, slug: &str) -> Answer {
    let url = format!("{}/{slug}", context.stack.url_services()[number].public_url());
    context.browser().get(&url).await.unwrap()
}

pub(crate) async fn a_change_on_one_replica_is_seen_on_the_other(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let slug = link["slug"].as_str().unwrap();
    assert_eq!(open(context, 1, slug).await.header("location"), Some("https://www.example.com/target"));
    let client = context.api().with_header(http::header::IF_MATCH, "*")?;
    let url = format!("{}/api/v1/links/{}", context.stack.public_url(), link["id"].as_str().unwrap());
    client.send_json(Method::PATCH, &url, &json!({"url": "https://www.example.org/new"})).await?;
    eventually("the new target on the other replica", async || {
        (open(context, 1, slug).await.header("location") == Some("https://www.example.org/new")).then_some(())
    })
    .await;
    client.send(Method::DELETE, &url, None, Vec::new()).await?;
    eventually("the end of the link on the other replica", async || {
        (open(context, 1, slug).await.status == StatusCode::GONE).then_some(())
    })
    .await;
    Ok(())
}

pub(crate) async fn a_link_made_on_one_replica_is_found_where_it_was_missing(
    context: &Context,
) -> TestResult {
    let slug = unique("later");
    for number in [0, 1] {
        assert_eq!(open(context, number, &slug).await.status, StatusCode::NOT_FOUND);
    }
    context.create(json!({"slug": slug})).await;
    for number in [0, 1] {
        eventually("the link on each replica", async || {
            (open(context, number, &slug).await.status == StatusCode::FOUND).then_some(())
        })
        .await;
    }
    Ok(())
}

pub(crate) async fn a_visit_limit_is_exact_across_replicas(context: &Context) -> TestResult {
    const LIMIT: usize = 25;
    let link = context.create(json!({"maxVisits": LIMIT})).await;
    let slug = link["slug"].as_str().unwrap();
    let url = context.short_url(&link);
    for _ in 0..5 {
        let head = context.browser().send(Method::HEAD, &url, None, Vec::new()).await?;
        let bot = context.stack.http().get(&url).await?;
        assert_eq!([head.status, bot.status], [StatusCode::FOUND; 2], "neither uses up a visit");
    }
    let answers = join_all((0..100).map(|n| open(context, n % 2, slug))).await;
    let sent_on = answers.iter().filter(|answer| answer.status == StatusCode::FOUND).count();
    let gone = answers.iter().filter(|answer| answer.status == StatusCode::GONE).count();
    assert_eq!((sent_on, gone), (LIMIT, 100 - LIMIT));
    let path = format!("/api/v1/links/{}", link["id"].as_str().unwrap());
    let now: Value = context.call(Method::GET, &path, &Value::Null).await.json()?;
    assert_eq!((&now["status"], &now["visits"]), (&json!("exhausted"), &json!(LIMIT)));
    let statistics = context.counted(&link, 30).await;
    assert_eq!((&statistics["nonBots"], &statistics["bots"]), (&json!(LIMIT), &json!(5)));
    Ok(())
}
