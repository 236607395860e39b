//! Tokens of issuers that are not registered, or not for this role, or that do not say who they are.

use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::{BAD_SIGNATURE, Forgery, NO_KEY, NOT_A_JWT, NOT_TRUSTED, missing};
use crate::arena::{Arena, Refused, VICTIM};
use crate::rogue::{Key, Rogue};
use crate::trial;

const UNREGISTERED: Refused = Refused {
    message: "No OpenIDConnect provider found in your account for …",
    reason: "token-issuer-unregistered",
    ..NOT_A_JWT
};
const MALFORMED: Refused = NOT_A_JWT.because("token-malformed: claim iss");
const AWAY: Refused = Refused {
    status: 400,
    code: "IDPCommunicationError",
    message: "The identity provider could not be reached.",
    reason: "issuer-unreachable",
};

macro_rules! issuer {
    ($name:literal, $issuer:expr) => {
        Forgery {
            name: $name,
            forge: |arena| arena.with_claim("iss", json!($issuer(arena.issuer.url()))),
            refused: UNREGISTERED,
        }
    };
}

pub(super) fn forgeries() -> Vec<Forgery> {
    vec![
        issuer!("with a slash after it", |url: &str| format!("{url}/")),
        issuer!("with a path after it", |url: &str| format!("{url}/id/OTHER")),
        issuer!("with a query after it", |url: &str| format!("{url}?")),
        issuer!("with a fragment after it", |url: &str| format!("{url}#")),
        issuer!("with another scheme", |url: &str| url.replace("http:", "https:")),
        issuer!("without a scheme", |url: &str| url.replace("http://", "")),
        issuer!("in upper case", |url: &str| url.to_uppercase()),
        issuer!("by another name of the host", |url: &str| url.replace("127.0.0.1", "localhost")),
        issuer!("as the user of another host", |url: &str| format!("{url}@127.0.0.1:1")),
        issuer!("with a space after it", |url: &str| format!("{url} ")),
        issuer!("a prefix of it", |url: &str| url[..url.len() - 1].to_owned()),
        issuer!("another cluster's, not registered", |_: &str| {
            "https://oidc.eks.eu-central-1.amazonaws.com/id/00000000000000000000000000000000".to_owned()
        }),
        issuer!("a file", |_: &str| "file:///etc/passwd".to_owned()),
        issuer!("a star", |_: &str| "*".to_owned()),
        Forgery { name: "empty", forge: |arena| arena.with_claim("iss", json!("")), refused: MALFORMED },
        Forgery {
            name: "a list with the right one",
            forge: |arena| arena.with_claim("iss", json!([arena.issuer.url()])),
            refused: MALFORMED,
        },
        Forgery {
            name: "absent",
            forge: |arena| arena.without_claim("iss"),
            refused: missing("Missing a required claim: iss", "token-claim-missing: iss"),
        },
    ]
}

pub(super) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let mut trials = vec![
        trial(runtime, "jwt::issuer::another cluster's, registered".to_owned(), of_another_cluster),
        trial(runtime, "jwt::issuer::another cluster in this one's name".to_owned(), in_our_name),
        trial(runtime, "jwt::issuer::one that is away".to_owned(), away),
    ];
    let mut add = |name: &str, reason: &'static str, spoil: fn(&Rogue)| {
        let name = format!("jwt::issuer::{name}");
        trials.push(trial(runtime, name, move || async move { spoiled(reason, spoil).await }));
    };
    add("discovery in another's name", "issuer-keys: discovery of another issuer", |rogue| {
        let keys = format!("{}/keys", rogue.url);
        discovery(rogue, &json!({ "issuer": "http://127.0.0.1:1", "jwks_uri": keys }).to_string());
    });
    add("discovery in its own name with a slash", "issuer-keys: discovery of another issuer", |rogue| {
        let url = &rogue.url;
        discovery(
            rogue,
            &json!({ "issuer": format!("{url}/"), "jwks_uri": format!("{url}/keys") }).to_string(),
        );
    });
    add("discovery without keys", "issuer-keys: no jwks_uri", |rogue| {
        discovery(rogue, &json!({ "issuer": rogue.url }).to_string());
    });
    add("keys on another machine", "issuer-keys: address is not on loopback", |rogue| {
        discovery(rogue, &json!({ "issuer": rogue.url, "jwks_uri": "http://192.0.2.1/keys" }).to_string());
    });
    add("keys in a file", "issuer-keys: address is not on loopback", |rogue| {
        discovery(rogue, &json!({ "issuer": rogue.url, "jwks_uri": "file:///etc/passwd" }).to_string());
    });
    add("discovery that moves on", "issuer-keys: status", |rogue| {
        rogue.documents.lock().unwrap().moved = Some(format!("{}/elsewhere", rogue.url));
    });
    add("discovery without end", "issuer-keys: too long or cut off", |rogue| {
        discovery(rogue, &json!({ "issuer": rogue.url, "filler": "x".repeat(70_000) }).to_string());
    });
    add("a set of keys without end", "issuer-keys: too long or cut off", |rogue| {
        keys(rogue, &json!({ "keys": [], "filler": "x".repeat(70_000) }).to_string());
    });
    add("a set of keys that is no JSON", "issuer-keys: no JSON", |rogue| keys(rogue, "<keys/>"));
    add("two sets of keys in one", "issuer-keys: no JSON", |rogue| {
        keys(rogue, r#"{"keys":[],"keys":[]}"#);
    });
    trials
}

fn discovery(rogue: &Rogue, document: &str) {
    document.clone_into(&mut rogue.documents.lock().unwrap().discovery);
}

fn keys(rogue: &Rogue, document: &str) {
    document.clone_into(&mut rogue.documents.lock().unwrap().keys);
}

/// A registered issuer whose documents are spoiled; its token is as good as it can be.
async fn spoiled(reason: &'static str, spoil: fn(&Rogue)) {
    let rogue = Rogue::start().await;
    let key = Key::rsa("rogue");
    rogue.publish(&[&key.public]);
    spoil(&rogue);
    let arena = Arena::trusting(&rogue.url).await;

    let answer = arena.assume(VICTIM, &rogue.token(&key, VICTIM)).await;

    arena.assert_refused(&answer, &NO_KEY.because(reason));
}

/// The account knows the other cluster too, and its token is good: but the role trusts one cluster only.
async fn of_another_cluster() {
    let other = Rogue::start().await;
    let key = Key::rsa("other");
    other.publish(&[&key.public]);
    let arena = Arena::with_other_providers(&[&other.url]).await;

    let answer = arena.assume(VICTIM, &other.token(&key, VICTIM)).await;

    arena.assert_refused(&answer, &NOT_TRUSTED);
    assert_eq!(arena.decision(&answer).principal, VICTIM.token_subject());
}

/// The other cluster's key signs in our issuer's name: under its own id, then under ours.
async fn in_our_name() {
    let other = Rogue::start().await;
    let key = Key::rsa("other");
    other.publish(&[&key.public]);
    let arena = Arena::with_other_providers(&[&other.url]).await;

    let answer = arena.assume(VICTIM, &key.sign(&arena.claims())).await;
    arena.assert_refused(&answer, &NO_KEY.because("token-key: unknown"));

    let ours = arena.issuer.key_id().unwrap();
    let token = key.sign_with_header(&arena.claims(), |header| header.kid = Some(ours));
    let answer = arena.assume(VICTIM, &token).await;
    arena.assert_refused(&answer, &BAD_SIGNATURE);
}

async fn away() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let arena = Arena::trusting(&url).await;

    let answer = arena.assume(VICTIM, &arena.with_claim("iss", json!(url))).await;

    arena.assert_refused(&answer, &AWAY);
}
