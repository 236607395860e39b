//! An issuer whose documents say what an attacker wants, and which counts who asks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, Uri};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use stack::Workload;
use stack::issuer::TokenClaims;

/// What the issuer answers.
#[derive(Clone)]
pub(crate) struct Documents {
    pub(crate) discovery: String,
    pub(crate) keys: String,
    /// Where discovery is moved to, when it is.
    pub(crate) moved: Option<String>,
}

pub(crate) struct Rogue {
    pub(crate) url: String,
    pub(crate) documents: Arc<Mutex<Documents>>,
    requests: Arc<AtomicUsize>,
    _serving: AbortOnDropHandle<()>,
}

/// A key of the attacker, and what it would publish of it.
pub(crate) struct Key {
    pub(crate) private: EncodingKey,
    pub(crate) public: Value,
    algorithm: Algorithm,
}

impl Rogue {
    /// An issuer that is in order, with no keys.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let discovery = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string();
        let keys = json!({ "keys": [] }).to_string();
        let documents = Arc::new(Mutex::new(Documents { discovery, keys, moved: None }));
        let requests = Arc::new(AtomicUsize::new(0));
        let (served, counted) = (Arc::clone(&documents), Arc::clone(&requests));
        let router = Router::new().fallback(move |uri: Uri| {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready(document(&served.lock().unwrap(), uri.path()))
        });
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { url, documents, requests, _serving: AbortOnDropHandle::new(serving) }
    }

    /// Publishes these keys, and no others.
    pub(crate) fn publish(&self, keys: &[&Value]) {
        self.documents.lock().unwrap().keys = json!({ "keys": keys }).to_string();
    }

    /// How often it was asked for anything.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// A token of the victim as this issuer would sign it.
    pub(crate) fn token(&self, key: &Key, workload: Workload) -> String {
        let life = std::time::Duration::from_mins(10);
        key.sign(&serde_json::to_value(TokenClaims::projected(&self.url, workload, life)).unwrap())
    }
}

impl Key {
    /// An RSA key of 2,048 bits with this id.
    pub(crate) fn rsa(id: &str) -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let private = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self::new(id, private, Algorithm::RS256)
    }

    /// A key on P-256 with this id.
    pub(crate) fn curve(id: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let private = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self::new(id, private, Algorithm::ES256)
    }

    fn new(id: &str, private: EncodingKey, algorithm: Algorithm) -> Self {
        let mut public = Jwk::from_encoding_key(&private, algorithm).unwrap();
        public.common.key_id = Some(id.to_owned());
        Self { private, public: serde_json::to_value(public).unwrap(), algorithm }
    }

    /// What it would publish, but for one member.
    pub(crate) fn published_with(&self, member: &str, value: Value) -> Value {
        let mut public = self.public.clone();
        public[member] = value;
        public
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_with_header(claims, |_| {})
    }

    pub(crate) fn sign_with_header(&self, claims: &Value, change: impl FnOnce(&mut Header)) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = self.public["kid"].as_str().map(str::to_owned);
        change(&mut header);
        encode(&header, claims, &self.private).unwrap()
    }
}

fn document(documents: &Documents, path: &str) -> Response {
    match (path, &documents.moved) {
        ("/.well-known/openid-configuration", Some(to)) => {
            (StatusCode::FOUND, [("location", to.clone())]).into_response()
        }
        ("/.well-known/openid-configuration" | "/elsewhere", _) => {
            documents.discovery.clone().into_response()
        }
        ("/keys", _) => documents.keys.clone().into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
