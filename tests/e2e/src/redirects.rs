//! What visitors meet.

use http::{Method, StatusCode};
use serde_json::json;

use crate::context::{Context, TestResult, eventually, unique};

pub(crate) async fn head_and_bots_are_sent_on_but_people_are_counted(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let url = context.short_url(&link);
    let bot = context.stack.http();
    for answer in [
        context.browser().send(Method::HEAD, &url, None, Vec::new()).await?,
        context.browser().get(&url).await?,
        bot.get(&url).await?,
        context.browser().get(&url.to_uppercase().replacen("HTTP", "http", 1)).await?,
    ] {
        assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.url);
        assert_eq!(answer.header("location"), Some("https://www.example.com/target"));
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
        assert!(answer.body.is_empty());
    }
    let statistics = context.counted(&link, 3).await;
    assert_eq!((&statistics["nonBots"], &statistics["bots"]), (&json!(2), &json!(1)));
    assert_eq!(statistics["uniqueVisitors"], 1, "one person came twice");
    Ok(())
}

pub(crate) async fn a_link_redirects_only_while_it_is_valid(context: &Context) -> TestResult {
    let early = context.create(json!({"validFrom": "2999-01-01T00:00:00Z"})).await;
    assert_eq!(early["status"], "scheduled");
    assert_eq!(
        context.visit(&early).await.status,
        StatusCode::NOT_FOUND,
        "nobody learns of it before its time"
    );

    let link = context.create(json!({})).await;
    assert_eq!(context.visit(&link).await.status, StatusCode::FOUND);
    let switched_off = change(context, &link, json!({"disabled": true})).await;
    assert_eq!(switched_off["status"], "disabled");
    assert_eq!(ends(context, &link).await, StatusCode::GONE);
    change(context, &link, json!({"disabled": false})).await;
    let expired = "UPDATE links SET expires_at = now() - interval '1 second' WHERE slug_key = $1";
    let mut connection = context.superuser().await;
    sqlx::query(expired).bind(link["slug"].as_str()).execute(&mut connection).await?;
    assert_eq!(ends(context, &link).await, StatusCode::GONE);
    let unknown = context.browser().get(&format!("{}/{}", context.stack.public_url(), unique("no"))).await?;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    Ok(())
}

/// Changes `link`, whatever its version.
async fn change(context: &Context, link: &serde_json::Value, patch: serde_json::Value) -> serde_json::Value {
    let client = context.api().with_header(http::header::IF_MATCH, "*").unwrap();
    let url = format!("{}/api/v1/links/{}", context.stack.public_url(), link["id"].as_str().unwrap());
    client.send_json(Method::PATCH, &url, &patch).await.unwrap().json().unwrap()
}

/// The status once the link has stopped to redirect.
async fn ends(context: &Context, link: &serde_json::Value) -> StatusCode {
    eventually("an end of the redirects", async || {
        let status = context.visit(link).await.status;
        (status != StatusCode::FOUND).then_some(status)
    })
    .await
}

pub(crate) async fn a_permanent_redirect_is_kept_for_a_minute_only(context: &Context) -> TestResult {
    for (status, kept) in
        [(301, "private, max-age=60"), (308, "private, max-age=60"), (307, "private, no-store")]
    {
        let link = context.create(json!({"redirectStatus": status})).await;
        let answer = context.visit(&link).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (status, Some(kept)));
    }
    Ok(())
}

pub(crate) async fn pages_for_visitors_hold_no_script(context: &Context) -> TestResult {
    let base = context.stack.public_url();
    let unknown = context.browser().get(&format!("{base}/{}", unique("no"))).await?;
    let odd = context.browser().get(&format!("{base}/%3Cscript%3Ealert(1)%3C/script%3E")).await?;
    let post = context.browser().send(Method::POST, &format!("{base}/abc"), None, Vec::new()).await?;
    let root = context.browser().get(&format!("{base}/")).await?;
    assert_eq!(
        [unknown.status, odd.status, post.status, root.status].map(|status| status.as_u16()),
        [404, 404, 405, 404]
    );
    for page in [unknown, odd, post, root] {
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
        assert!(!page.text().contains("script"), "nothing of the request is repeated");
    }
    Ok(())
}
