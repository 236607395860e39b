//! Attacks with sessions: ended ones, others', and requests sent again.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use stack::Workload;
use tokio::runtime::Runtime;

use crate::arena::{Arena, Credentials, Refused, VICTIM};
use crate::sigv4::{Draft, INVALID, UNRECOGNIZED};
use crate::{trial, wire};

const FOREIGN: Refused = Refused { reason: "session-foreign-token", ..UNRECOGNIZED };
const REVOKED: Refused = Refused { reason: "session-revoked", ..UNRECOGNIZED };
const EXPIRED: Refused = Refused {
    status: 400,
    code: "ExpiredTokenException",
    message: "The security token included in the request is expired",
    reason: "session-expired",
};
const STALE: Refused = Refused {
    status: 400,
    code: "InvalidSignatureException",
    message: "Signature expired: …",
    reason: "signature-expired",
};

/// All of them, each with a gate of its own: they move its clock.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut add = |name: &str, refused: Refused, steal: Steal| {
        let name = format!("sessions::{name}");
        trials.push(trial(runtime, name, move || async move { stolen(&refused, steal).await }));
    };
    add("without its token", FOREIGN, |_, session, _| session.token.clear());
    add("with the token of another session", FOREIGN, |_, session, other| {
        session.token.clone_from(&other.token);
    });
    add("with the key of another session", FOREIGN, |_, session, other| {
        session.key.clone_from(&other.key);
    });
    add("with one letter of its token turned", FOREIGN, |_, session, _| {
        let turned = if session.token.starts_with('A') { "B" } else { "A" };
        session.token.replace_range(..1, turned);
    });
    add("with one letter after its token", FOREIGN, |_, session, _| session.token.push('A'));
    add("with the web identity token for its token", FOREIGN, |arena, session, _| {
        session.token = arena.good_token();
    });
    add("with the secret of another session", INVALID, |_, session, other| {
        session.secret.clone_from(&other.secret);
    });
    add("past its end", EXPIRED, |arena, _, _| arena.clock.advance(Duration::from_hours(1)));
    add("a day past its end, after nobody else came", EXPIRED, |arena, _, _| {
        arena.clock.advance(Duration::from_hours(24));
    });
    add("after an administrator ended it", REVOKED, |arena, _, _| {
        arena.gate.revoke_sessions(&VICTIM.role_arn());
    });
    trials.push(trial(runtime, "sessions::a request sent again after its time".to_owned(), sent_again));
    trials.push(trial(
        runtime,
        "sessions::a session of one role is not ended with another's".to_owned(),
        others_live,
    ));
    trials.push(trial(runtime, "sessions::a new session after revocation".to_owned(), assumed_again));
    trials
}

/// What the attacker does to the victim's session, given another session of its own.
type Steal = fn(&Arena, &mut Credentials, &Credentials);

async fn stolen(refused: &Refused, steal: Steal) {
    let arena = Arena::start().await;
    let mut session = arena.session(VICTIM).await;
    let other = arena.session(Workload::UrlService).await;
    steal(&arena, &mut session, &other);

    let answer = wire::send(Draft::receive_message(&arena, &session).sign()).await;

    arena.assert_refused(&answer, refused);
}

/// A request that somebody recorded works again within five minutes, as it does at AWS, and not after.
async fn sent_again() {
    let arena = Arena::start().await;
    let session = arena.session(VICTIM).await;
    let draft = Draft::receive_message(&arena, &session);
    let recorded = draft.sign();
    arena.clock.advance(Duration::from_secs(301));

    let answer = wire::send(recorded).await;

    arena.assert_refused(&answer, &STALE);
}

async fn others_live() {
    let arena = Arena::start().await;
    let session = arena.session(VICTIM).await;

    arena.gate.revoke_sessions(&Workload::UrlService.role_arn());

    let answer = wire::send(Draft::caller_identity(&arena, &session).sign()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn assumed_again() {
    let arena = Arena::start().await;
    arena.session(VICTIM).await;
    arena.gate.revoke_sessions(&VICTIM.role_arn());

    let session = arena.session(VICTIM).await;

    let answer = wire::send(Draft::caller_identity(&arena, &session).sign()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}
