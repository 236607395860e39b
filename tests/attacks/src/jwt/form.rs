//! Tokens that are not quite tokens.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};

use super::{Forgery, NOT_A_JWT};
use crate::arena::{Arena, Refused};

const PARTS: Refused = NOT_A_JWT.because("token-malformed: parts");
const BASE64: Refused = NOT_A_JWT.because("token-malformed: base64");
const JSON: Refused = NOT_A_JWT.because("token-malformed: json");
const TOO_LONG: Refused = Refused {
    status: 400,
    code: "ValidationError",
    message: "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must \
              have length less than or equal to 20000",
    reason: "parameter-constraint: webIdentityToken",
};
const TOO_SHORT: Refused = Refused {
    message: "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must \
              have length greater than or equal to 4",
    ..TOO_LONG
};

macro_rules! forgery {
    ($name:literal, $refused:expr, $forge:expr) => {
        Forgery { name: $name, forge: $forge, refused: $refused }
    };
}

pub(super) fn forgeries() -> Vec<Forgery> {
    vec![
        forgery!("empty", TOO_SHORT, |_| String::new()),
        forgery!("three letters", TOO_SHORT, |_| "a.b".to_owned()),
        forgery!("over 20,000 characters", TOO_LONG, |arena| padded(arena, 20_000)),
        forgery!("no dot", PARTS, |arena| arena.good_token().replace('.', "")),
        forgery!("without its signature", PARTS, |arena| cut(arena, 2).join(".")),
        forgery!("four parts", PARTS, |arena| format!("{}.x", arena.good_token())),
        forgery!("five parts, as encrypted ones have", PARTS, |arena| format!("{}.x.x", arena.good_token())),
        forgery!("dots alone", PARTS, |_| "....".to_owned()),
        forgery!("a header that is no base64", BASE64, |arena| {
            arena.good_token().replacen("eyJ", "e!J", 1)
        }),
        forgery!("padding", BASE64, |arena| {
            let token = arena.good_token();
            let claims = URL_SAFE.encode(arena.claims().to_string() + " ");
            with_payload(&token, &format!("{claims}="))
        }),
        forgery!("the other alphabet", BASE64, |arena| {
            let text = format!("{{\"sub\":\"{}\"}}", "\u{fb}\u{ff}\u{fe}".repeat(3));
            with_payload(&arena.good_token(), STANDARD.encode(text).trim_end_matches('='))
        }),
        forgery!("a signature with a bit to spare", BASE64, spare_bit),
        forgery!("a line end after it", BASE64, |arena| format!("{}\n", arena.good_token())),
        forgery!("a space before it", BASE64, |arena| format!(" {}", arena.good_token())),
        forgery!("Bearer before it", BASE64, |arena| format!("Bearer {}", arena.good_token())),
        forgery!("a header that is no JSON", JSON, |arena| sign(arena, "RS256", &claims(arena))),
        forgery!("claims that are no JSON", JSON, |arena| sign(arena, &header(arena), "sub=worker")),
        forgery!("claims in a list", JSON, |arena| sign(
            arena,
            &header(arena),
            &format!("[{}]", claims(arena))
        )),
        forgery!("claims with something after them", JSON, |arena| {
            sign(arena, &header(arena), &format!("{}{{}}", claims(arena)))
        }),
        forgery!("claims behind a byte order mark", JSON, |arena| {
            sign(arena, &header(arena), &format!("\u{feff}{}", claims(arena)))
        }),
        forgery!("claims a thousand deep", JSON, |arena| {
            let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
            sign(arena, &header(arena), &claims(arena).replacen('{', &format!("{{\"x\":{deep},"), 1))
        }),
        forgery!("two subjects, the wrong one first", JSON, |arena| twice(arena, "sub", "\"x\"")),
        forgery!("two audiences", JSON, |arena| twice(arena, "aud", "\"vault\"")),
        forgery!("two expiries", JSON, |arena| twice(arena, "exp", "1")),
        forgery!("two issuers", JSON, |arena| twice(arena, "iss", "\"http://127.0.0.1:1\"")),
        forgery!("two subjects, one of them escaped", JSON, |arena| twice(arena, "s\\u0075b", "\"x\"")),
        forgery!("a repeated claim that nobody reads", JSON, |arena| {
            sign(arena, &header(arena), &claims(arena).replacen('{', "{\"x\":1,\"x\":2,", 1))
        }),
        forgery!("two algorithms", JSON, |arena| {
            sign(arena, &header(arena).replacen('{', "{\"alg\":\"none\",", 1), &claims(arena))
        }),
        forgery!("two key ids", JSON, |arena| {
            sign(arena, &header(arena).replacen('{', "{\"kid\":\"mine\",", 1), &claims(arena))
        }),
        forgery!("a critical header", NOT_A_JWT.because("token-malformed: critical header"), |arena| {
            arena.with_header("crit", serde_json::json!(["exp"]))
        }),
        forgery!("an unencoded payload", NOT_A_JWT.because("token-malformed: critical header"), |arena| {
            let header = header(arena).replacen('{', "{\"b64\":false,\"crit\":[\"b64\"],", 1);
            sign(arena, &header, &claims(arena))
        }),
    ]
}

fn header(arena: &Arena) -> String {
    arena.header().to_string()
}

fn claims(arena: &Arena) -> String {
    arena.claims().to_string()
}

fn sign(arena: &Arena, header: &str, claims: &str) -> String {
    arena.issuer.sign_text(header, claims).unwrap()
}

/// A good token with one more member of a claim's name in front.
fn twice(arena: &Arena, name: &str, value: &str) -> String {
    sign(arena, &header(arena), &claims(arena).replacen('{', &format!("{{\"{name}\":{value},"), 1))
}

/// The first parts of a good token.
fn cut(arena: &Arena, parts: usize) -> Vec<String> {
    arena.good_token().split('.').take(parts).map(str::to_owned).collect()
}

fn with_payload(token: &str, payload: &str) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    format!("{}.{payload}.{}", parts[0], parts[2])
}

fn padded(arena: &Arena, length: usize) -> String {
    let filler = serde_json::json!("x".repeat(length));
    arena.with_claim("filler", filler)
}

/// The same signature in another text: the last letter has bits that belong to no byte.
fn spare_bit(arena: &Arena) -> String {
    let token = arena.good_token();
    let (rest, last) = token.split_at(token.len() - 1);
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let index = alphabet.iter().position(|letter| last.starts_with(*letter)).unwrap();
    let other = format!("{rest}{}", alphabet[index ^ 1]);
    let signature = other.rsplit('.').next().unwrap();
    assert!(URL_SAFE_NO_PAD.decode(signature).is_err());
    other
}
