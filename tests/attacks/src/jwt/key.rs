//! Tokens that point at a key of the attacker's choice, or whose signature is not the key's.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{BAD_SIGNATURE, Forgery, NO_KEY};
use crate::arena::{Arena, Refused, VICTIM};
use crate::rogue::{Key, Rogue};
use crate::trial;

const UNKNOWN: Refused = NO_KEY.because("token-key: unknown");
const UNNAMED: Refused = NO_KEY.because("token-key: not named");

macro_rules! named {
    ($name:literal, $id:expr, $refused:expr) => {
        Forgery { name: $name, forge: |arena| arena.with_header("kid", json!($id)), refused: $refused }
    };
}

macro_rules! brought {
    ($name:literal, $member:literal, $value:expr) => {
        Forgery {
            name: $name,
            forge: |arena| {
                let key = Key::rsa("mine");
                sign_with(&key, arena, |header| header[$member] = $value(&key))
            },
            refused: BAD_SIGNATURE,
        }
    };
}

pub(super) fn forgeries() -> Vec<Forgery> {
    vec![
        named!("an unknown id", "unknown", UNKNOWN),
        named!("an empty id", "", UNKNOWN),
        named!("an id that is a path", "../../../../dev/null", UNKNOWN),
        named!("an id that is an address", "http://127.0.0.1:1/keys", UNKNOWN),
        named!("an id that is SQL", "' UNION SELECT 'key' --", UNKNOWN),
        named!("an id that is a command", "| /bin/true", UNKNOWN),
        named!("an id that is a star", "*", UNKNOWN),
        named!("an id that is a number", 0, UNNAMED),
        named!("an id that is a list", ["unknown"], UNNAMED),
        named!("an id that is null", Value::Null, UNNAMED),
        Forgery {
            name: "an id in another case",
            forge: |arena| {
                let id = arena.issuer.key_id().unwrap();
                let swap =
                    |c: char| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
                arena.with_header("kid", json!(id.chars().map(swap).collect::<String>()))
            },
            refused: UNKNOWN,
        },
        Forgery {
            name: "no id",
            forge: |arena| arena.sign(&json!({ "alg": "RS256" }), &arena.claims()),
            refused: UNNAMED,
        },
        Forgery {
            name: "signed with another key under the published id",
            forge: |arena| sign_with(&Key::rsa("mine"), arena, |_| {}),
            refused: BAD_SIGNATURE,
        },
        brought!("jwk, with the key itself", "jwk", |key: &Key| key.public.clone()),
        brought!("jku, with the address of a set", "jku", |_: &Key| json!("http://127.0.0.1:1/keys")),
        brought!("x5u, with the address of a certificate", "x5u", |_: &Key| json!(
            "http://127.0.0.1:1/chain"
        )),
        brought!("x5c, with a certificate", "x5c", |_: &Key| json!(["MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"])),
        Forgery { name: "a signature with one bit turned", forge: turned_bit, refused: BAD_SIGNATURE },
        Forgery {
            name: "no signature",
            forge: |arena| with_signature(&arena.good_token(), ""),
            refused: BAD_SIGNATURE,
        },
        Forgery {
            name: "half a signature",
            forge: |arena| {
                let token = arena.good_token();
                let signature = token.rsplit('.').next().unwrap();
                with_signature(&token, &signature[..168])
            },
            refused: BAD_SIGNATURE,
        },
        Forgery {
            name: "the signature of another good token",
            forge: |arena| {
                let other = arena.with_claim("jti", json!("other"));
                with_signature(&arena.good_token(), other.rsplit('.').next().unwrap())
            },
            refused: BAD_SIGNATURE,
        },
        Forgery {
            name: "another subject under a good signature",
            forge: |arena| {
                let of_url_service = arena.claims_of(stack::Workload::UrlService);
                let stolen = arena.sign(&arena.header(), &of_url_service);
                with_signature(&arena.good_token(), stolen.rsplit('.').next().unwrap())
            },
            refused: BAD_SIGNATURE,
        },
    ]
}

/// A token of the victim under the published id, signed by another key.
fn sign_with(key: &Key, arena: &Arena, change: impl FnOnce(&mut Value)) -> String {
    let mut header = arena.header();
    change(&mut header);
    key.sign_with_header(&arena.claims(), |plain| *plain = serde_json::from_value(header).unwrap())
}

fn with_signature(token: &str, signature: &str) -> String {
    let (message, _) = token.rsplit_once('.').unwrap();
    format!("{message}.{signature}")
}

fn turned_bit(arena: &Arena) -> String {
    let token = arena.good_token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{message}.{first}{}", &signature[1..])
}

/// Attacks through what an issuer publishes, each with an issuer and a gate of its own.
pub(super) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut add = |name: &str, case: fn() -> Published| {
        let name = format!("jwt::key::{name}");
        trials.push(trial(runtime, name, move || async move { published(case).await }));
    };
    add("published for encryption", || {
        rsa("token-key: not for signatures", |key| key.published_with("use", json!("enc")))
    });
    add("published to sign, not to verify", || {
        rsa("token-key: not for signatures", |key| key.published_with("key_ops", json!(["sign"])))
    });
    add("published for RS512", || {
        rsa("token-key: other algorithm", |key| key.published_with("alg", json!("RS512")))
    });
    add("published with 1,024 bits", || {
        rsa("token-key: weak", |key| key.published_with("n", json!(modulus(&[0xff; 128]))))
    });
    add("published with 2,040 bits and a zero in front", || {
        rsa("token-key: weak", |key| {
            key.published_with("n", json!(modulus(&[&[0], &[0xff; 255][..]].concat())))
        })
    });
    add("published as a secret", || {
        rsa("token-key: other algorithm", |_| json!({ "kty": "oct", "kid": "rogue", "k": "c2VjcmV0" }))
    });
    add("published on a curve, without its algorithm", || {
        let key = Key::curve("rogue");
        let mut silent = key.public.clone();
        silent.as_object_mut().unwrap().remove("alg");
        Published { set: vec![silent], key, reason: Some("token-key: other algorithm") }
    });
    add("published twice under one id", || {
        let (key, other) = (Key::rsa("rogue"), Key::rsa("rogue"));
        Published {
            set: vec![other.public, key.public.clone()],
            key,
            reason: Some("token-key: published twice"),
        }
    });
    add("accepted::a curve's key that says ES256", || {
        let key = Key::curve("rogue");
        Published { set: vec![key.public.clone()], key, reason: None }
    });
    add("accepted::a key beside kinds that nobody knows", || {
        let key = Key::rsa("rogue");
        let unknown = json!({ "kty": "future", "kid": "future" });
        Published { set: vec![unknown, key.public.clone()], key, reason: None }
    });
    trials.push(trial(runtime, "jwt::key::a token after its key is withdrawn".to_owned(), withdrawn));
    trials.push(trial(
        runtime,
        "jwt::key::an address in the header is never fetched".to_owned(),
        never_fetched,
    ));
    trials
}

/// What an issuer publishes, the key that signs, and how the token is refused; accepted when it is not.
struct Published {
    set: Vec<Value>,
    key: Key,
    reason: Option<&'static str>,
}

fn rsa(reason: &'static str, publish: impl FnOnce(&Key) -> Value) -> Published {
    let key = Key::rsa("rogue");
    Published { set: vec![publish(&key)], key, reason: Some(reason) }
}

/// A registered issuer publishes what the case says, and signs a token with its key.
async fn published(case: fn() -> Published) {
    let rogue = Rogue::start().await;
    let arena = Arena::trusting(&rogue.url).await;
    let Published { set, key, reason } = case();
    rogue.publish(&set.iter().collect::<Vec<_>>());

    let answer = arena.assume(VICTIM, &rogue.token(&key, VICTIM)).await;

    match reason {
        Some(reason) => arena.assert_refused(&answer, &NO_KEY.because(reason)),
        None => assert_eq!(answer.status, 200, "{}", answer.body),
    }
}

fn modulus(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of before a rotation works while its key is published, and for a minute at most afterwards.
async fn withdrawn() {
    let arena = Arena::start().await;
    let before = arena.good_token();
    assert_eq!(arena.assume(VICTIM, &before).await.status, 200);

    arena.issuer.rotate_signing_key().unwrap();
    assert_eq!(arena.assume(VICTIM, &arena.good_token()).await.status, 200, "the new key works at once");
    assert_eq!(arena.assume(VICTIM, &before).await.status, 200, "the old one is still published");
    arena.issuer.retire_previous_keys();
    arena.clock.advance(Duration::from_mins(1));

    let answer = arena.assume(VICTIM, &before).await;
    arena.assert_refused(&answer, &UNKNOWN);
    assert_eq!(arena.assume(VICTIM, &arena.good_token()).await.status, 200);
}

async fn never_fetched() {
    let attacker = Rogue::start().await;
    let arena = Arena::start().await;
    let key = Key::rsa("mine");
    attacker.publish(&[&key.public]);
    let url = format!("{}/keys", attacker.url);
    for member in ["jku", "x5u", "kid", "url"] {
        let mut header = json!({ "alg": "RS256", "kid": "mine" });
        header[member] = json!(url);
        let token =
            key.sign_with_header(&arena.claims(), |plain| *plain = serde_json::from_value(header).unwrap());
        let answer = arena.assume(VICTIM, &token).await;
        arena.assert_refused(&answer, &UNKNOWN);
    }
    assert_eq!(attacker.requests(), 0);
}
