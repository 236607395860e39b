//! What the API says when it refuses.

use http::{HeaderName, Method, StatusCode, header};
use serde_json::{Value, json};
use stack::HttpClient;

use crate::context::{Context, TestResult, sample};

/// One request that must be refused.
struct Case {
    name: &'static str,
    client: HttpClient,
    method: Method,
    path: String,
    media_type: Option<&'static str>,
    body: Vec<u8>,
    status: u16,
    code: &'static str,
}

const JSON: Option<&str> = Some("application/json");
const LINKS: &str = "/api/v1/links";

pub(crate) async fn every_refusal_is_a_problem_document(context: &Context) -> TestResult {
    for case in cases(context) {
        let url = format!("{}{}", context.stack.public_url(), case.path);
        let answer = case.client.send(case.method, &url, case.media_type, case.body).await?;
        let text = answer.text();
        assert_eq!(answer.status.as_u16(), case.status, "{}: {text}", case.name);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", case.name);
        let problem: Value = answer.json()?;
        assert_eq!(problem["type"], format!("urn:zero-trust-eks:problem:{}", case.code), "{}", case.name);
        assert_eq!(problem["status"], case.status, "{}", case.name);
        assert_eq!(problem["requestId"].as_str(), answer.header("x-request-id"), "{}", case.name);
        if case.status == 401 {
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{}", case.name);
        }
        if case.code == "invalid" {
            assert!(problem["errors"][0]["pointer"].is_string(), "{}: {text}", case.name);
        }
    }
    let metrics = context.url_service().metrics().await?;
    assert!(sample(&metrics, "http_server_problems_total", "code=\"invalid\"") >= 1.0);
    assert!(sample(&metrics, "api_keys_refused_total", "reason=\"wrong_secret\"") >= 1.0);
    Ok(())
}

fn cases(context: &Context) -> Vec<Case> {
    let (api, nobody) = (context.api(), context.stack.http().clone());
    let key = context.stack.api_key();
    let with_key = |key: &str| nobody.with_bearer(key).unwrap();
    let basic = nobody.with_header(header::AUTHORIZATION, "Basic dXNlcjpwYXNz").unwrap();
    let wrong_secret = with_key(&format!("{}AAAA", &key[..key.len() - 4]));
    let unknown_key =
        with_key(&key.replacen(&key[4..8], if key[4..8] == *"0000" { "1111" } else { "0000" }, 1));
    let good = json!({"url": "https://www.example.com/"}).to_string();
    let unknown = "/api/v1/links/01900000-0000-7000-8000-000000000000";
    let case = |name, client: &HttpClient, method, path: &str, media_type, body: &str, status, code| Case {
        name,
        client: client.clone(),
        method,
        path: path.to_owned(),
        media_type,
        body: body.as_bytes().to_vec(),
        status,
        code,
    };
    let create = |name, media_type, body: &str, status, code| {
        case(name, &api, Method::POST, LINKS, media_type, body, status, code)
    };
    let refused = |name, client| case(name, client, Method::POST, LINKS, JSON, &good, 401, "unauthenticated");
    let mut cases = vec![
        refused("no key", &nobody),
        refused("another scheme", &basic),
        refused("not a key", &with_key("secret")),
        refused("a wrong secret", &wrong_secret),
        refused("an unknown key", &unknown_key),
        create("not JSON", JSON, "{", 400, "malformed-body"),
        create("no body", JSON, "", 400, "malformed-body"),
        create("a list", JSON, "[]", 422, "invalid"),
        create("no media type", None, &good, 415, "unsupported-media-type"),
        create("another media type", Some("text/plain"), &good, 415, "unsupported-media-type"),
        create("a large body", JSON, &" ".repeat(65 * 1024), 413, "body-too-large"),
        create("no target", JSON, "{}", 422, "invalid"),
        create(
            "an unknown member",
            JSON,
            r#"{"url":"https://www.example.com/","owner":"me"}"#,
            422,
            "invalid",
        ),
        create("a reserved slug", JSON, r#"{"url":"https://www.example.com/","slug":"api"}"#, 422, "invalid"),
        create(
            "our own address",
            JSON,
            &json!({"url": context.stack.public_url()}).to_string(),
            422,
            "invalid",
        ),
        case("an unknown link", &api, Method::GET, unknown, None, "", 404, "not-found"),
        case("an identifier that is none", &api, Method::GET, "/api/v1/links/x", None, "", 404, "not-found"),
        case("an unknown resource", &api, Method::GET, "/api/v1/nothing", None, "", 404, "no-such-resource"),
        case("an unknown method", &api, Method::PUT, LINKS, JSON, "{}", 405, "method-not-allowed"),
        case("an unknown parameter", &api, Method::GET, "/api/v1/links?page=2", None, "", 422, "invalid"),
        case("a large page", &api, Method::GET, "/api/v1/links?limit=101", None, "", 422, "invalid"),
    ];
    for target in [
        "javascript:alert(1)",
        "http://127.0.0.1/",
        "http://0x7f.1/",
        "http://[::ffff:169.254.169.254]/latest/meta-data/",
        "http://169.254.169.254./",
        "http://user:password@www.example.com/",
        "http://url-service.services.svc.cluster.local/",
        "http://localhost:8443/",
        "//www.example.com/",
    ] {
        cases.push(create("a forbidden target", JSON, &json!({ "url": target }).to_string(), 422, "invalid"));
    }
    cases
}

pub(crate) async fn another_accounts_link_does_not_exist(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let other = key_of_another_account(context, &["links:read", "links:write", "stats:read"]).await;
    let url = format!("{}/api/v1/links/{}", context.stack.public_url(), link["id"].as_str().unwrap());
    let blind = other.with_header(HeaderName::from_static("if-match"), "*")?;
    for answer in [
        other.get(&url).await?,
        other.get(&format!("{url}/stats")).await?,
        blind.send_json(Method::PATCH, &url, &json!({"title": "mine"})).await?,
        other.send(Method::DELETE, &url, None, Vec::new()).await?,
    ] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text());
    }
    let list = other.get(&format!("{}/api/v1/links", context.stack.public_url())).await?;
    assert_eq!(list.json::<Value>()?["items"], json!([]));
    Ok(())
}

pub(crate) async fn a_key_opens_only_what_its_scopes_say(context: &Context) -> TestResult {
    let link = context.create(json!({})).await;
    let base = format!("{}/api/v1/links", context.stack.public_url());
    let one = format!("{base}/{}", link["id"].as_str().unwrap());
    let reader = key_of_another_account(context, &["links:read"]).await;
    let writer = key_of_another_account(context, &["links:write"]).await;
    let body = json!({"url": "https://www.example.com/"});
    for (answer, scope) in [
        (reader.send_json(Method::POST, &base, &body).await?, "links:write"),
        (reader.send(Method::DELETE, &one, None, Vec::new()).await?, "links:write"),
        (reader.get(&format!("{one}/stats")).await?, "stats:read"),
        (writer.get(&base).await?, "links:read"),
        (writer.get(&one).await?, "links:read"),
    ] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
        assert!(answer.text().contains(scope), "{}", answer.text());
    }
    assert_eq!(reader.get(&base).await?.status, StatusCode::OK);
    assert_eq!(writer.send_json(Method::POST, &base, &body).await?.status, StatusCode::CREATED);
    Ok(())
}

/// A client with a key of a new account, as an operator would add it.
async fn key_of_another_account(context: &Context, scopes: &[&str]) -> HttpClient {
    let (text, id, hash) = crate::context::new_key();
    let account = uuid::Uuid::from_u128(u128::from(crate::context::next()) << 64);
    let mut connection = context.superuser().await;
    sqlx::query("INSERT INTO accounts (id, name, created_at) VALUES ($1, 'other', now())")
        .bind(account)
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO api_keys (id, account_id, name, hash, scopes, created_at) VALUES ($1, $2, 'key', $3, $4, now())",
    )
    .bind(id)
    .bind(account)
    .bind(hash.as_slice())
    .bind(scopes)
    .execute(&mut connection)
    .await
    .unwrap();
    context.stack.http().with_bearer(&text).unwrap()
}
