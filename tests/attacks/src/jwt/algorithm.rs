//! Tokens whose header asks to be verified in another way (RFC 8725 §2.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

use super::{Forgery, NOT_A_JWT};
use crate::arena::{Arena, Refused};

const REFUSED: Refused = NOT_A_JWT.because("token-algorithm");

macro_rules! named {
    ($name:literal, $algorithm:expr) => {
        Forgery { name: $name, forge: |arena| arena.with_header("alg", json!($algorithm)), refused: REFUSED }
    };
}

pub(super) fn forgeries() -> Vec<Forgery> {
    vec![
        Forgery { name: "none, unsigned", forge: |arena| unsigned(arena, "none"), refused: REFUSED },
        Forgery { name: "None, unsigned", forge: |arena| unsigned(arena, "None"), refused: REFUSED },
        Forgery { name: "nOnE, unsigned", forge: |arena| unsigned(arena, "nOnE"), refused: REFUSED },
        named!("none over a good signature", "none"),
        Forgery { name: "HS256 with the key id as secret", forge: hmac_of_key_id, refused: REFUSED },
        Forgery { name: "HS256 with an empty secret", forge: |arena| hmac(arena, b""), refused: REFUSED },
        named!("HS512", "HS512"),
        named!("RS384", "RS384"),
        named!("RS512", "RS512"),
        named!("PS256", "PS256"),
        named!("EdDSA", "EdDSA"),
        named!("RS1", "RS1"),
        named!("lower case", "rs256"),
        named!("empty", ""),
        named!("a list", ["RS256"]),
        named!("null", Value::Null),
        Forgery { name: "absent", forge: absent, refused: REFUSED },
        Forgery {
            name: "ES256 with an RSA key",
            forge: |arena| arena.with_header("alg", json!("ES256")),
            refused: super::NO_KEY.because("token-key: other algorithm"),
        },
    ]
}

fn unsigned(arena: &Arena, algorithm: &str) -> String {
    let mut header = arena.header();
    header["alg"] = json!(algorithm);
    format!("{}.{}.", part(&header), part(&arena.claims()))
}

fn absent(arena: &Arena) -> String {
    let header = json!({ "kid": arena.issuer.key_id().unwrap() });
    arena.sign(&header, &arena.claims())
}

/// What is public of the key as the secret of a MAC: the confusion that an allow-list ends.
fn hmac_of_key_id(arena: &Arena) -> String {
    hmac(arena, arena.issuer.key_id().unwrap().as_bytes())
}

pub(super) fn hmac(arena: &Arena, secret: &[u8]) -> String {
    let mut header = arena.header();
    header["alg"] = json!("HS256");
    let message = format!("{}.{}", part(&header), part(&arena.claims()));
    let key = EncodingKey::from_secret(secret);
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
