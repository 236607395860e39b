//! Managing links.

use futures::future::join_all;
use http::header::IF_MATCH;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::context::{Context, TestResult, unique};

pub(crate) async fn a_link_is_created_read_changed_listed_and_deleted(context: &Context) -> TestResult {
    let tag = unique("tag");
    let body = json!({"url": "HTTPS://Www.Example.com:443/a?b=c#d", "title": "A title", "tags": [tag]});
    let created = context.call(Method::POST, "/api/v1/links", &body).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let link: Value = created.json()?;
    let path = format!("/api/v1/links/{}", link["id"].as_str().unwrap());
    assert_eq!(created.header("location"), Some(path.as_str()));
    assert_eq!(link["url"], "https://www.example.com/a?b=c#d", "the target is normalised");
    assert_eq!(link["status"], "active");
    assert_eq!(link["shortUrl"], context.short_url(&link));

    let read = context.call(Method::GET, &path, &Value::Null).await;
    assert_eq!(read.json::<Value>()?, link, "what is read is what was answered");

    let change = json!({"title": null, "url": "https://www.example.org/"});
    let url = format!("{}{path}", context.stack.public_url());
    let etag = read.header("etag").unwrap();
    let changed = context.api().with_header(IF_MATCH, etag)?.send_json(Method::PATCH, &url, &change).await?;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let changed: Value = changed.json()?;
    assert_eq!((&changed["title"], &changed["tags"]), (&Value::Null, &json!([tag])));
    assert_eq!(context.visit(&link).await.header("location"), Some("https://www.example.org/"));

    let second = context.create(json!({"tags": [tag]})).await;
    let page = |query: String| async move {
        let answer = context.call(Method::GET, &format!("/api/v1/links?tag={query}"), &Value::Null).await;
        answer.json::<Value>().unwrap()
    };
    let first_page = page(format!("{tag}&limit=1")).await;
    assert_eq!(first_page["items"], json!([second]), "newest first");
    let cursor = first_page["nextCursor"].as_str().unwrap();
    let last_page = page(format!("{tag}&limit=1&cursor={cursor}")).await;
    assert_eq!((&last_page["items"], &last_page["nextCursor"]), (&json!([changed]), &Value::Null));

    let deleted = context.call(Method::DELETE, &path, &Value::Null).await;
    assert_eq!((deleted.status, deleted.body.len()), (StatusCode::NO_CONTENT, 0));
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(context.call(method, &path, &Value::Null).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(context.visit(&link).await.status, StatusCode::GONE);
    Ok(())
}

pub(crate) async fn a_generated_slug_is_short_and_readable(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let slug = link["slug"].as_str().unwrap();
    assert_eq!(slug.len(), 7);
    assert!(slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
    assert!(!slug.contains(['a', 'e', 'i', 'o', 'u', 'l', '0', '1']), "{slug}");
    Ok(())
}

pub(crate) async fn an_old_version_does_not_overwrite_a_newer_one(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let url = format!("{}/api/v1/links/{}", context.stack.public_url(), link["id"].as_str().unwrap());
    let patch = |etag: &'static str, title: &'static str| {
        let (client, url) = (context.api().with_header(IF_MATCH, etag).unwrap(), url.clone());
        async move { client.send_json(Method::PATCH, &url, &json!({"title": title})).await.unwrap() }
    };
    let both = tokio::join!(patch("\"1\"", "one"), patch("\"1\"", "two"));
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::PRECONDITION_FAILED]);
    let blind = context.api().send_json(Method::PATCH, &url, &json!({"title": "three"})).await?;
    assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(patch("*", "four").await.status, StatusCode::OK);
    Ok(())
}

pub(crate) async fn a_deleted_slug_is_never_free_again(context: &Context) -> TestResult {
    let slug = unique("tomb");
    let link = context.create(json!({"slug": slug})).await;
    let path = format!("/api/v1/links/{}", link["id"].as_str().unwrap());
    context.call(Method::DELETE, &path, &Value::Null).await;
    for spelling in [slug.clone(), slug.to_uppercase()] {
        let body = json!({"url": "https://www.example.org/", "slug": spelling});
        let again = context.call(Method::POST, "/api/v1/links", &body).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{spelling}");
    }
    Ok(())
}

pub(crate) async fn many_who_ask_for_one_slug_get_it_once(context: &Context) -> TestResult {
    let body = json!({"url": "https://www.example.com/", "slug": unique("race")});
    let answers = join_all((0..30).map(|_| context.call(Method::POST, "/api/v1/links", &body))).await;
    let created = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let refused = answers.iter().filter(|answer| answer.status == StatusCode::CONFLICT).count();
    assert_eq!((created, refused), (1, 29));
    Ok(())
}
