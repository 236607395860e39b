use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

const NOW: OffsetDateTime = time::macros::datetime!(2026-05-01 12:00 UTC);

/// An issuer on loopback whose documents can be changed.
struct Issuer {
    url: String,
    discovery: Arc<Mutex<Value>>,
    keys: Arc<Mutex<String>>,
    fetches: Arc<AtomicUsize>,
}

impl Issuer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let discovery = Arc::new(Mutex::new(json!({ "issuer": url, "jwks_uri": format!("{url}/keys") })));
        let keys = Arc::new(Mutex::new(set(&["k1"])));
        let fetches = Arc::new(AtomicUsize::new(0));
        let (document, published, count) = (Arc::clone(&discovery), Arc::clone(&keys), Arc::clone(&fetches));
        let router = Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(move || std::future::ready(document.lock().unwrap().to_string())),
            )
            .route(
                "/keys",
                get(move || {
                    count.fetch_add(1, Ordering::SeqCst);
                    std::future::ready(published.lock().unwrap().clone())
                }),
            );
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, discovery, keys, fetches }
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    async fn find(&self, keys: &IssuerKeys, key_id: &str, now: OffsetDateTime) -> String {
        match keys.find(&self.url, key_id, now).await {
            Ok(_) => "found".to_owned(),
            Err(refusal) => refusal.to_string(),
        }
    }
}

fn set(key_ids: &[&str]) -> String {
    let key = |id: &&str| json!({ "kty": "RSA", "kid": id, "alg": "RS256", "use": "sig", "n": "AQAB", "e": "AQAB" });
    json!({ "keys": key_ids.iter().map(key).collect::<Vec<_>>() }).to_string()
}

#[tokio::test]
async fn a_set_is_kept_and_a_new_key_is_found_at_once() {
    let (issuer, keys) = (Issuer::start().await, IssuerKeys::new(BTreeMap::new()));

    assert_eq!(issuer.find(&keys, "k1", NOW).await, "found");
    assert_eq!(issuer.find(&keys, "k1", NOW + Duration::seconds(59)).await, "found");
    assert_eq!(issuer.fetches(), 1);
    *issuer.keys.lock().unwrap() = set(&["k1", "k2"]);
    assert_eq!(issuer.find(&keys, "k2", NOW).await, "found");
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_stops_working_within_the_life_of_a_set() {
    let (issuer, keys) = (Issuer::start().await, IssuerKeys::new(BTreeMap::new()));
    assert_eq!(issuer.find(&keys, "k1", NOW).await, "found");

    *issuer.keys.lock().unwrap() = set(&["k2"]);

    assert_eq!(issuer.find(&keys, "k1", NOW + LIFE).await, "token-key: unknown");
}

#[tokio::test]
async fn unknown_key_ids_cannot_make_the_gate_flood_an_issuer() {
    let (issuer, keys) = (Issuer::start().await, IssuerKeys::new(BTreeMap::new()));
    assert_eq!(issuer.find(&keys, "k1", NOW).await, "found");

    for _ in 0..50 {
        assert_eq!(issuer.find(&keys, "../../etc/passwd", NOW).await, "token-key: unknown");
    }

    assert_eq!(issuer.fetches(), 11);
    assert_eq!(issuer.find(&keys, "k1", NOW).await, "found");
}

#[tokio::test]
async fn an_ambiguous_key_id_is_refused() {
    let (issuer, keys) = (Issuer::start().await, IssuerKeys::new(BTreeMap::new()));

    *issuer.keys.lock().unwrap() = set(&["k1", "k1"]);

    assert_eq!(issuer.find(&keys, "k1", NOW).await, "token-key: published twice");
}

#[tokio::test]
async fn documents_are_not_taken_on_trust() {
    let issuer = Issuer::start().await;
    let url = &issuer.url;
    let cases = [
        (
            json!({ "issuer": format!("{url}/"), "jwks_uri": format!("{url}/keys") }),
            "discovery of another issuer",
        ),
        (json!({ "jwks_uri": format!("{url}/keys") }), "discovery of another issuer"),
        (json!({ "issuer": url }), "no jwks_uri"),
        (json!({ "issuer": url, "jwks_uri": "http://192.0.2.1/keys" }), "address is not on loopback"),
        (json!({ "issuer": url, "jwks_uri": "http://localhost/keys" }), "address is not on loopback"),
        (json!({ "issuer": url, "jwks_uri": "file:///etc/passwd" }), "address is not on loopback"),
        (json!({ "issuer": url, "jwks_uri": format!("{url}/none") }), "status"),
        (json!({ "issuer": url, "padding": "x".repeat(70_000) }), "too long or cut off"),
        (json!([]), "discovery of another issuer"),
    ];
    for (document, expected) in cases {
        *issuer.discovery.lock().unwrap() = document;
        let found = issuer.find(&IssuerKeys::new(BTreeMap::new()), "k1", NOW).await;
        assert_eq!(found, format!("issuer-keys: {expected}"));
    }
}

#[tokio::test]
async fn sets_are_not_taken_on_trust() {
    let issuer = Issuer::start().await;
    let cases = [
        ("{".to_owned(), "issuer-keys: no JSON"),
        ("{}".to_owned(), "issuer-keys: no keys"),
        (r#"{"keys":[],"keys":[]}"#.to_owned(), "issuer-keys: no JSON"),
        (format!(r#"{{"keys":[],"padding":"{}"}}"#, "x".repeat(70_000)), "issuer-keys: too long or cut off"),
        (r#"{"keys":[{"kty":"future","kid":"k2"},7]}"#.to_owned(), "token-key: unknown"),
    ];
    for (document, expected) in cases {
        *issuer.keys.lock().unwrap() = document;
        assert_eq!(issuer.find(&IssuerKeys::new(BTreeMap::new()), "k1", NOW).await, expected);
    }
}

#[tokio::test]
async fn an_issuer_that_is_away_is_told_from_one_that_is_wrong() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);

    let found = IssuerKeys::new(BTreeMap::new()).find(&url, "k1", NOW).await;

    assert_eq!(found.err().unwrap(), Refusal::IssuerUnreachable);
}
