//! Attacks with tokens on `AssumeRoleWithWebIdentity`.

mod algorithm;
mod audience;
mod form;
mod issuer;
mod key;
mod network;
mod parameters;
mod subject;
mod times;

use std::sync::Arc;

use libtest_mimic::Trial;
use tokio::runtime::Runtime;

use crate::arena::{Arena, Refused, VICTIM};
use crate::trial;

/// A token of an attacker, and how it is refused.
struct Forgery {
    name: &'static str,
    forge: fn(&Arena) -> String,
    refused: Refused,
}

/// What STS says of a token that it cannot read or whose algorithm it does not take.
const NOT_A_JWT: Refused = Refused {
    status: 400,
    code: "InvalidIdentityToken",
    message: "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    reason: "",
};
/// What STS says when it finds no key to verify a token with.
const NO_KEY: Refused = Refused {
    status: 400,
    code: "InvalidIdentityToken",
    message: "Couldn't retrieve verification key from your identity provider,  please reference \
              AssumeRoleWithWebIdentity documentation for requirements",
    reason: "",
};
/// What STS says of a token that is not signed by its issuer.
const BAD_SIGNATURE: Refused = Refused {
    status: 400,
    code: "InvalidIdentityToken",
    message: "Token signature invalid",
    reason: "token-signature",
};
/// What STS says when the role does not want the token's bearer, or is not there.
const NOT_AUTHORIZED: Refused = Refused {
    status: 403,
    code: "AccessDenied",
    message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    reason: "",
};

impl Refused {
    /// The same answer for another reason.
    const fn because(self, reason: &'static str) -> Self {
        Self { reason, ..self }
    }
}

/// No condition of the trust policy was met.
const NOT_TRUSTED: Refused = NOT_AUTHORIZED.because("trust: no resource-based policy allows it");

/// The subject is not one text.
const MALFORMED_SUBJECT: Refused = NOT_A_JWT.because("token-malformed: claim sub");

/// A claim is not there.
const fn missing(message: &'static str, reason: &'static str) -> Refused {
    Refused { message, reason, ..NOT_A_JWT }
}

/// All of them.
pub(crate) fn trials(runtime: &Arc<Runtime>, arena: &Arc<Arena>) -> Vec<Trial> {
    let tables = [
        ("subject", subject::forgeries()),
        ("audience", audience::forgeries()),
        ("times", times::forgeries()),
        ("algorithm", algorithm::forgeries()),
        ("key", key::forgeries()),
        ("form", form::forgeries()),
        ("issuer", issuer::forgeries()),
    ];
    let mut trials = Vec::new();
    for (table, forgeries) in tables {
        for forgery in forgeries {
            let arena = Arc::clone(arena);
            let name = format!("jwt::{table}::{}", forgery.name);
            trials.push(trial(runtime, name, move || async move { refuse(&arena, &forgery).await }));
        }
    }
    trials.extend(parameters::trials(runtime, arena));
    trials.extend(network::trials(runtime, arena));
    trials.extend(audience::trials(runtime, arena));
    trials.extend(key::trials(runtime));
    trials.extend(issuer::trials(runtime));
    trials
}

/// Shows the token to STS and looks at what it says, and that nothing repeats the token.
async fn refuse(arena: &Arena, forgery: &Forgery) {
    let token = (forgery.forge)(arena);
    let answer = arena.assume(VICTIM, &token).await;

    arena.assert_refused(&answer, &forgery.refused);
    let signature = token.rsplit('.').next().unwrap_or_default();
    if signature.len() > 16 {
        let entry = format!("{:?}", arena.decision(&answer));
        assert!(!answer.body.contains(signature), "the answer repeats the token");
        assert!(!entry.contains(signature), "the decision log repeats the token");
    }
}
