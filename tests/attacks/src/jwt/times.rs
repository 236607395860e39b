//! Tokens out of their time.

use serde_json::{Value, json};

use super::{Forgery, NOT_A_JWT, missing};
use crate::arena::{Arena, Refused};

const EXPIRED: Refused = Refused {
    status: 400,
    code: "ExpiredTokenException",
    message: "Token expired: current date/time …",
    reason: "token-expired",
};
const EARLY: Refused = Refused { message: "Token is not yet valid", ..NOT_A_JWT };

/// A claim moved by seconds from where a good token has it.
fn moved(arena: &Arena, claim: &str, seconds: i64) -> String {
    let at = arena.claims()[claim].as_i64().unwrap();
    arena.with_claim(claim, json!(at + seconds))
}

macro_rules! moved {
    ($name:literal, $claim:literal, $seconds:expr, $refused:expr) => {
        Forgery { name: $name, forge: |arena| moved(arena, $claim, $seconds), refused: $refused }
    };
}

macro_rules! malformed {
    ($name:literal, $claim:literal, $value:expr) => {
        Forgery {
            name: $name,
            forge: |arena| arena.with_claim($claim, $value),
            refused: NOT_A_JWT.because(concat!("token-malformed: claim ", $claim)),
        }
    };
}

pub(super) fn forgeries() -> Vec<Forgery> {
    vec![
        moved!("expired a second ago", "exp", -601, EXPIRED),
        moved!("expired a year ago", "exp", -31_536_000, EXPIRED),
        Forgery {
            name: "expires at zero",
            forge: |arena| arena.with_claim("exp", json!(0)),
            refused: EXPIRED,
        },
        Forgery {
            name: "expires before zero",
            forge: |arena| arena.with_claim("exp", json!(-1)),
            refused: EXPIRED,
        },
        moved!("not valid for two minutes", "nbf", 120, EARLY.because("token-not-yet-valid: nbf")),
        moved!("not valid for a century", "nbf", 3_153_600_000, EARLY.because("token-not-yet-valid: nbf")),
        moved!("issued in two minutes", "iat", 120, EARLY.because("token-not-yet-valid: iat")),
        moved!("issued in a century", "iat", 3_153_600_000, EARLY.because("token-not-yet-valid: iat")),
        malformed!("an expiry beyond the calendar", "exp", json!(i64::MAX)),
        malformed!("an expiry beyond numbers", "exp", json!(1e300)),
        malformed!("an expiry with a fraction", "exp", json!(4_102_444_800.5)),
        malformed!("an expiry in text", "exp", json!("4102444800")),
        malformed!("an expiry that is true", "exp", json!(true)),
        malformed!("an expiry that is null", "exp", Value::Null),
        malformed!("a beginning in text", "nbf", json!("0")),
        malformed!("an issue in a list", "iat", json!([0])),
        Forgery {
            name: "no expiry",
            forge: |arena| arena.without_claim("exp"),
            refused: missing("Missing a required claim: exp", "token-claim-missing: exp"),
        },
        Forgery {
            name: "no issue",
            forge: |arena| arena.without_claim("iat"),
            refused: missing("Missing a required claim: iat", "token-claim-missing: iat"),
        },
    ]
}
