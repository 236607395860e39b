//! Attacks on the signatures of requests.

mod draft;
mod edit;
mod presigned;
mod request;

use std::sync::Arc;

use axum::body::Bytes;
use http::Request;
use libtest_mimic::Trial;
use tokio::runtime::Runtime;

use crate::arena::{Arena, Refused, VICTIM};
use crate::{trial, wire};

pub(crate) use draft::Draft;

/// What an attacker does with something.
type Change<T> = Box<dyn Fn(&mut T) + Send>;

/// A request that the victim signed, and what the attacker does with it.
struct Attack {
    name: &'static str,
    /// Before it is signed: what the attacker makes the signer leave out, or sign otherwise.
    draft: Change<Draft>,
    /// After it is signed.
    tamper: Change<Request<Bytes>>,
    refused: Refused,
}

impl Attack {
    /// Signed otherwise than the SDK does.
    fn drafted(name: &'static str, refused: Refused, draft: impl Fn(&mut Draft) + Send + 'static) -> Self {
        Self { name, draft: Box::new(draft), tamper: Box::new(|_| {}), refused }
    }

    /// Changed after it was signed.
    fn tampered(
        name: &'static str,
        refused: Refused,
        tamper: impl Fn(&mut Request<Bytes>) + Send + 'static,
    ) -> Self {
        Self { name, draft: Box::new(|_| {}), tamper: Box::new(tamper), refused }
    }

    /// With one text for another in its `Authorization`.
    fn replaced(name: &'static str, refused: Refused, from: &'static str, to: &'static str) -> Self {
        Self::tampered(name, refused, move |request| {
            edit::authorization(request, |text| text.replace(from, to));
        })
    }
}

/// What JSON services say of a signature that is not right.
pub(crate) const INVALID: Refused = Refused {
    status: 400,
    code: "InvalidSignatureException",
    message: "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
              Access Key and signing method. Consult the service documentation for details.",
    reason: "signature-mismatch",
};
/// What they say of one that is not whole.
const INCOMPLETE: Refused = Refused {
    status: 400,
    code: "IncompleteSignatureException",
    message: "",
    reason: "signature-incomplete",
};
/// What they say of one that another algorithm made.
const ALGORITHM: Refused = Refused {
    message: "Unsupported AWS 'algorithm'; only AWS4-HMAC-SHA256 is supported.",
    reason: "signature-algorithm",
    ..INCOMPLETE
};
/// What they say of credentials that are not theirs.
pub(crate) const UNRECOGNIZED: Refused = Refused {
    status: 400,
    code: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
    reason: "session-unknown-key",
};

const fn incomplete(message: &'static str) -> Refused {
    Refused { message, ..INCOMPLETE }
}

/// All of them.
pub(crate) fn trials(runtime: &Arc<Runtime>, arena: &Arc<Arena>) -> Vec<Trial> {
    let attacks = request::attacks().into_iter().map(|attack| ("request", attack));
    let attacks = attacks.chain(presigned::attacks().into_iter().map(|attack| ("presigned", attack)));
    let mut trials: Vec<Trial> = attacks
        .map(|(table, attack)| {
            let arena = Arc::clone(arena);
            let name = format!("sigv4::{table}::{}", attack.name);
            trial(runtime, name, move || async move { refuse(&arena, &attack).await })
        })
        .collect();
    trials.extend(request::accepted(runtime, arena));
    trials.extend(presigned::accepted(runtime, arena));
    trials
}

async fn refuse(arena: &Arena, attack: &Attack) {
    let session = arena.session(VICTIM).await;
    let mut draft = Draft::receive_message(arena, &session);
    (attack.draft)(&mut draft);
    let mut request = draft.sign();
    (attack.tamper)(&mut request);

    let answer = wire::send(request).await;

    arena.assert_refused(&answer, &attack.refused);
    for secret in [&session.secret, &session.token] {
        assert!(!answer.body.contains(secret.as_str()), "the answer repeats a secret");
        let entry = format!("{:?}", arena.decision(&answer));
        assert!(!entry.contains(secret.as_str()), "the decision log repeats a secret");
    }
}
