//! Tokens for somebody else.

use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use super::{Forgery, NOT_A_JWT, NOT_TRUSTED, missing};
use crate::arena::{Arena, Refused, VICTIM};
use crate::trial;

const WRONG: Refused = Refused { message: "Incorrect token audience", reason: "token-audience", ..NOT_A_JWT };
const MALFORMED: Refused = NOT_A_JWT.because("token-malformed: claim aud");

macro_rules! audience {
    ($name:literal, $audience:expr, $refused:expr) => {
        Forgery { name: $name, forge: |arena| arena.with_claim("aud", json!($audience)), refused: $refused }
    };
}

pub(super) fn forgeries() -> Vec<Forgery> {
    vec![
        audience!("the API server's", ["https://kubernetes.default.svc"], WRONG),
        audience!("a single wrong one", "vault", WRONG),
        audience!("a list without the right one", ["vault", "eks"], WRONG),
        // The provider takes it, and the trust policy's comparison with one value does not.
        audience!("a list with the right one and another", ["sts.amazonaws.com", "vault"], NOT_TRUSTED),
        audience!("a list with another and the right one", ["vault", "sts.amazonaws.com"], NOT_TRUSTED),
        audience!("an empty list", Vec::<String>::new(), WRONG),
        audience!("empty", "", WRONG),
        audience!("another case", "STS.amazonaws.com", WRONG),
        audience!("a dot after it", "sts.amazonaws.com.", WRONG),
        audience!("a prefix before it", "x.sts.amazonaws.com", WRONG),
        audience!("of another partition", "sts.amazonaws.com.cn", WRONG),
        audience!("a list in one text", "vault,sts.amazonaws.com", WRONG),
        audience!("a star", "*", WRONG),
        audience!("a number beside the right one", (["sts.amazonaws.com"], 1), MALFORMED),
        audience!("a nested list", [["sts.amazonaws.com"]], MALFORMED),
        audience!("an object", Map::from_iter([("0".to_owned(), json!("sts.amazonaws.com"))]), MALFORMED),
        audience!("null", Value::Null, MALFORMED),
        Forgery {
            name: "absent",
            forge: |arena| arena.without_claim("aud"),
            refused: missing("Missing a required claim: aud", "token-claim-missing: aud"),
        },
    ]
}

/// What is no attack: the right audience and no other.
pub(super) fn trials(runtime: &Arc<Runtime>, arena: &Arc<Arena>) -> Vec<Trial> {
    let cases =
        [("alone, as text", json!("sts.amazonaws.com")), ("alone, in a list", json!(["sts.amazonaws.com"]))];
    let trials = cases.into_iter().map(|(name, audience)| {
        let arena = Arc::clone(arena);
        trial(runtime, format!("jwt::audience::accepted::{name}"), move || async move {
            let token = arena.with_claim("aud", audience);
            let answer = arena.assume(VICTIM, &token).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert_eq!(answer.element("Audience"), "sts.amazonaws.com");
        })
    });
    trials.collect()
}
