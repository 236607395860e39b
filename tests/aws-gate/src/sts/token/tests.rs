use jsonwebtoken::{EncodingKey, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::json;

use super::*;

const NOW: OffsetDateTime = time::macros::datetime!(2026-05-01 12:00 UTC);

fn part(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

fn unsigned(header: &str, payload: &str) -> String {
    format!("{}.{}.{}", part(header), part(payload), part("signatures"))
}

const HEADER: &str = r#"{"alg":"RS256","kid":"k1"}"#;

fn claims(changes: &[(&str, Value)]) -> String {
    let now = NOW.unix_timestamp();
    let mut claims = json!({
        "iss": "http://127.0.0.1:1", "sub": "system:serviceaccount:services:worker",
        "aud": ["sts.amazonaws.com"], "exp": now + 600, "iat": now, "nbf": now,
    });
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    claims.to_string()
}

fn reason<T>(outcome: Result<T, Refusal>) -> String {
    outcome.err().map_or_else(|| "accepted".to_owned(), |refusal| refusal.to_string())
}

fn read(header: &str, payload: &str) -> String {
    reason(Token::read(&unsigned(header, payload)))
}

#[test]
fn a_token_in_form_is_read() {
    let text = unsigned(HEADER, &claims(&[("aud", json!("one"))]));

    let token = Token::read(&text).ok().unwrap();

    assert_eq!(token.header.key_id, "k1");
    assert_eq!(token.claims.audiences, ["one"]);
    assert_eq!(token.claims.subject, "system:serviceaccount:services:worker");
}

#[test]
fn headers_are_held_to_the_allow_list() {
    let cases = [
        (r#"{"kid":"k1"}"#, "token-algorithm"),
        (r#"{"alg":"none","kid":"k1"}"#, "token-algorithm"),
        (r#"{"alg":"HS256","kid":"k1"}"#, "token-algorithm"),
        (r#"{"alg":"rs256","kid":"k1"}"#, "token-algorithm"),
        (r#"{"alg":["RS256"],"kid":"k1"}"#, "token-algorithm"),
        (r#"{"alg":"RS256"}"#, "token-key: not named"),
        (r#"{"alg":"RS256","kid":7}"#, "token-key: not named"),
        (r#"{"alg":"RS256","kid":"k1","crit":["b64"]}"#, "token-malformed: critical header"),
        (r#"{"alg":"none","alg":"RS256","kid":"k1"}"#, "token-malformed: json"),
        (r#"["RS256"]"#, "token-malformed: json"),
    ];
    for (header, expected) in cases {
        assert_eq!(read(header, &claims(&[])), expected, "{header}");
    }
}

#[test]
fn claims_have_to_be_there_and_in_form() {
    for name in ["iss", "sub", "aud", "exp", "iat"] {
        let mut without: Value = serde_json::from_str(&claims(&[])).unwrap();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(read(HEADER, &without.to_string()), format!("token-claim-missing: {name}"));
    }
    let cases = [
        ("exp", json!("1777640400")),
        ("exp", json!(1e300)),
        ("exp", json!(1.5)),
        ("exp", json!(i64::MAX)),
        ("iat", json!(null)),
        ("nbf", json!("soon")),
        ("sub", json!("")),
        ("sub", json!(["a"])),
        ("aud", json!({"a": 1})),
        ("aud", json!(["sts.amazonaws.com", 1])),
        ("iss", json!(1)),
    ];
    for (name, value) in cases {
        let payload = claims(&[(name, value.clone())]);
        assert_eq!(read(HEADER, &payload), format!("token-malformed: claim {name}"), "{value}");
    }
    let twice = claims(&[]).replacen('{', r#"{"sub":"system:serviceaccount:services:migrate","#, 1);
    assert_eq!(read(HEADER, &twice), "token-malformed: json");
}

#[test]
fn a_token_has_three_parts_in_base64url() {
    let good = unsigned(HEADER, &claims(&[]));
    let cases = [
        ("a".to_owned(), "parts"),
        ("a.b".to_owned(), "parts"),
        (format!("{good}.x"), "parts"),
        (good.replacen('.', "=.", 1), "base64"),
        (format!("{good}="), "base64"),
        (format!("{good}+/"), "base64"),
        // The last letter has bits that belong to no byte.
        (format!("{}f", &good[..good.len() - 1]), "base64"),
    ];
    for (token, expected) in cases {
        assert_eq!(reason(Token::read(&token)), format!("token-malformed: {expected}"), "{token}");
    }
}

#[test]
fn times_are_taken_at_their_word() {
    let now = NOW.unix_timestamp();
    let cases = [
        ("exp", now + 1, "accepted"),
        ("exp", now, "token-expired"),
        ("nbf", now + 30, "accepted"),
        ("nbf", now + 31, "token-not-yet-valid: nbf"),
        ("iat", now + 30, "accepted"),
        ("iat", now + 31, "token-not-yet-valid: iat"),
    ];
    for (name, seconds, expected) in cases {
        let text = unsigned(HEADER, &claims(&[(name, json!(seconds))]));
        assert_eq!(reason(Token::read(&text).ok().unwrap().verify_times(NOW)), expected, "{name} {seconds}");
    }
}

#[test]
fn one_audience_has_to_be_the_providers() {
    let provider = ["sts.amazonaws.com".to_owned()];
    let cases = [
        (json!("sts.amazonaws.com"), "accepted"),
        (json!(["other", "sts.amazonaws.com"]), "accepted"),
        (json!(["other"]), "token-audience"),
        (json!([]), "token-audience"),
        (json!("sts.amazonaws.com."), "token-audience"),
        (json!("STS.amazonaws.com"), "token-audience"),
    ];
    for (audience, expected) in cases {
        let text = unsigned(HEADER, &claims(&[("aud", audience.clone())]));
        let token = Token::read(&text).ok().unwrap();
        assert_eq!(reason(token.verify_audience(&provider)), expected, "{audience}");
    }
}

#[test]
fn a_key_verifies_only_with_its_own_algorithm() {
    let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let rsa = EncodingKey::from_rsa_pem(rsa.serialize_pem().as_bytes()).unwrap();
    let curve = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let curve = EncodingKey::from_ec_pem(curve.serialize_pem().as_bytes()).unwrap();
    let payload: Value = serde_json::from_str(&claims(&[])).unwrap();
    let check = |algorithm, signing: &EncodingKey, published: &Jwk| {
        let mut header = jsonwebtoken::Header::new(algorithm);
        header.kid = Some("k1".to_owned());
        let text = encode(&header, &payload, signing).unwrap();
        reason(Token::read(&text).ok().unwrap().verify_signature(published))
    };
    let jwk = |key, algorithm| Jwk::from_encoding_key(key, algorithm).unwrap();
    let (rsa_key, curve_key) = (jwk(&rsa, Algorithm::RS256), jwk(&curve, Algorithm::ES256));
    let change = |key: &Jwk, change: fn(&mut Jwk)| {
        let mut key = key.clone();
        change(&mut key);
        key
    };

    assert_eq!(check(Algorithm::RS256, &rsa, &rsa_key), "accepted");
    assert_eq!(check(Algorithm::ES256, &curve, &curve_key), "accepted");
    assert_eq!(check(Algorithm::RS256, &rsa, &curve_key), "token-key: other algorithm");
    assert_eq!(check(Algorithm::ES256, &curve, &rsa_key), "token-key: other algorithm");
    let silent = change(&curve_key, |key| key.common.key_algorithm = None);
    assert_eq!(check(Algorithm::ES256, &curve, &silent), "token-key: other algorithm");
    let stronger = change(&rsa_key, |key| key.common.key_algorithm = Some(KeyAlgorithm::RS512));
    assert_eq!(check(Algorithm::RS256, &rsa, &stronger), "token-key: other algorithm");
    let encryption = change(&rsa_key, |key| key.common.public_key_use = Some(PublicKeyUse::Encryption));
    assert_eq!(check(Algorithm::RS256, &rsa, &encryption), "token-key: not for signatures");
}

#[test]
fn a_modulus_is_measured_without_its_leading_zeros() {
    assert_eq!(bits(&[]), 0);
    assert_eq!(bits(&[0, 0]), 0);
    assert_eq!(bits(&[0, 1, 0]), 9);
    assert_eq!(bits(&[0xff; 256]), 2_048);
}
