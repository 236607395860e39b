//! The way of a click: queue, worker, statistics.

use click_contract::{BatchBuilder, Click};
use http::header::{HeaderName, REFERER, USER_AGENT};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::context::{Context, FIREFOX, TestResult, eventually, next, sample};

pub(crate) async fn a_click_is_enriched_and_summed(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let url = context.short_url(&link);
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/17.5 Mobile/15E148 Safari/604.1";
    for (user_agent, address, country, referrer) in [
        (FIREFOX, "203.0.113.1", "DE", "https://www.news.example.com/article?secret=1"),
        (FIREFOX, "203.0.113.2", "FR", "https://news.example.com/"),
        (phone, "203.0.113.3", "DE", ""),
        (phone, "203.0.113.3", "nonsense", "not a url"),
    ] {
        let client =
            context.stack.http().with_header(USER_AGENT, user_agent)?.with_header(REFERER, referrer)?;
        let client = client.with_header(HeaderName::from_static("x-forwarded-for"), address)?;
        let client = client.with_header(HeaderName::from_static("cloudfront-viewer-country"), country)?;
        client.get(&url).await?;
    }
    let statistics = context.counted(&link, 4).await;
    assert_eq!(statistics["uniqueVisitors"], 3);
    assert_eq!(statistics["series"].as_array().unwrap().len(), 1);
    for (dimension, expected) in [
        ("browser", json!([{"value": "Firefox", "clicks": 2}, {"value": "Safari", "clicks": 2}])),
        (
            "country",
            json!([{"value": "DE", "clicks": 2}, {"value": "", "clicks": 1}, {"value": "FR", "clicks": 1}]),
        ),
        ("referrer", json!([{"value": "", "clicks": 2}, {"value": "news.example.com", "clicks": 2}])),
        ("device", json!([{"value": "desktop", "clicks": 2}, {"value": "mobile", "clicks": 2}])),
    ] {
        let grouped = context.statistics(&link, &format!("?groupBy={dimension}")).await;
        assert_eq!(grouped["groups"], expected, "by {dimension}");
    }
    let hours = context.statistics(&link, "?interval=hour").await;
    assert_eq!(hours["total"], 4);
    Ok(())
}

pub(crate) async fn odd_bytes_in_a_header_spoil_no_batch(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let mut stream = TcpStream::connect(("127.0.0.1", context.url_service().addresses().public)).await?;
    for odd in [&b"\xef\xbf\xbf"[..], b"\xef\xbf\xbe", b"\xff\xfe", b"\xc3\xa9", b"\""] {
        let mut request =
            format!("GET /{} HTTP/1.1\r\nHost: x\r\nUser-Agent: ", link["slug"].as_str().unwrap())
                .into_bytes();
        request.extend_from_slice(FIREFOX.as_bytes());
        request.extend_from_slice(odd);
        request.extend_from_slice(b"\r\n\r\n");
        stream.write_all(&request).await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        assert_eq!(&answer, b"HTTP/1.1 302");
        // The rest of the head; the body is empty.
        let mut last = [0; 4];
        while last != *b"\r\n\r\n" {
            last.rotate_left(1);
            last[3] = stream.read_u8().await?;
        }
    }
    context.visit(&link).await;
    context.counted(&link, 6).await;
    Ok(())
}

/// A message as url-service would send it, with one person's click on `link`.
fn message(link: &Value) -> String {
    let at = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().cast_signed();
    let mut builder = BatchBuilder::new(Uuid::from_u128(u128::from(next()) << 32), at);
    let link = Uuid::parse_str(link["id"].as_str().unwrap()).unwrap();
    builder.push(&Click { link, at, user_agent: FIREFOX, referrer_host: "", country: "", visitor: next() });
    builder.build().encode().unwrap()
}

async fn send(context: &Context, body: &str) {
    let platform = context.stack.platform();
    let queue = &platform.resources().click_queue_url;
    platform.operator().sqs.send_message().queue_url(queue).message_body(body).send().await.unwrap();
}

pub(crate) async fn a_message_that_comes_twice_counts_once(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let body = message(&link);
    let before = sample(&context.stack.worker().metrics().await?, "clicks_deduplicated_total", "");
    send(context, &body).await;
    send(context, &body).await;
    eventually("the second delivery", async || {
        let metrics = context.stack.worker().metrics().await.unwrap();
        (sample(&metrics, "clicks_deduplicated_total", "") > before).then_some(())
    })
    .await;
    assert_eq!(context.statistics(&link, "").await["total"], 1);
    Ok(())
}

pub(crate) async fn a_message_that_cannot_be_read_ends_in_the_dead_letter_queue(
    context: &Context,
) -> TestResult {
    let platform = context.stack.platform();
    let dead = &platform.resources().dead_letter_queue_url;
    let poison = "{\"poison\": \"CANARY-of-a-poison-message\"}";
    send(context, poison).await;
    let link = context.create(json!({})).await;
    send(context, &message(&link)).await;
    context.counted(&link, 1).await;
    let body = eventually("the message in the dead-letter queue", async || {
        let received = platform.operator().sqs.receive_message().queue_url(dead).send().await.unwrap();
        received.messages().first().and_then(|message| message.body().map(str::to_owned))
    })
    .await;
    assert_eq!(body, poison, "whole, for whoever looks into it");
    let log = context.stack.worker().log().text()?;
    assert!(!log.contains("CANARY"), "a message that cannot be read is not logged");
    let metrics = context.stack.worker().metrics().await?;
    assert!(sample(&metrics, "worker_messages_total", "reject") >= 1.0, "{metrics}");
    Ok(())
}
