//! Good tokens from the wrong place, and from the right one.

use std::sync::Arc;

use http::Request;
use libtest_mimic::Trial;
use tokio::runtime::Runtime;

use super::NOT_TRUSTED;
use crate::arena::{Arena, VICTIM, assume_parameters};
use crate::{trial, wire};
use stack::Workload;

pub(super) fn trials(runtime: &Arc<Runtime>, arena: &Arc<Arena>) -> Vec<Trial> {
    let doors = [("from the internet", "internet"), ("from another network", "other-vpc")];
    let mut trials: Vec<Trial> = doors
        .into_iter()
        .map(|(name, door)| {
            let arena = Arc::clone(arena);
            trial(runtime, format!("jwt::network::a stolen token {name}"), move || async move {
                let parameters = assume_parameters(VICTIM, &arena.good_token());
                let answer = wire::send(wire::form(&arena.url(door), &parameters)).await;
                arena.assert_refused(&answer, &NOT_TRUSTED);
                assert_eq!(arena.decision(&answer).principal, VICTIM.token_subject());
                assert_eq!(arena.decision(&answer).door, door);
            })
        })
        .collect();
    for workload in Workload::ALL {
        let arena = Arc::clone(arena);
        let name = format!("jwt::network::accepted::{} through its endpoint", workload.name());
        trials.push(trial(runtime, name, move || async move { assumes_its_role(&arena, workload).await }));
    }
    let arena = Arc::clone(arena);
    let name = "jwt::network::accepted::a query string instead of a form".to_owned();
    trials.push(trial(runtime, name, move || async move { by_query(&arena).await }));
    trials
}

async fn assumes_its_role(arena: &Arena, workload: Workload) {
    let token = arena.sign(&arena.header(), &arena.claims_of(workload));

    let answer = arena.assume(workload, &token).await;

    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.element("SubjectFromWebIdentityToken"), workload.token_subject());
    let role = workload.role_arn();
    let name = role.rsplit('/').next().unwrap();
    assert_eq!(answer.element("Arn"), format!("arn:aws:sts::000000000000:assumed-role/{name}/attack"));
    assert!(answer.element("AccessKeyId").starts_with("ASIA"));
    let entry = arena.decision(&answer);
    assert_eq!((entry.principal, entry.resource), (workload.token_subject(), role));
    assert_eq!(entry.by, "trust#OneServiceAccountOfOneClusterFromItsOwnNetwork");
}

async fn by_query(arena: &Arena) {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(assume_parameters(VICTIM, &arena.good_token()))
        .finish();
    let request = Request::get(format!("{}?{query}", arena.url("endpoint")));
    let answer = wire::send(request.body(axum::body::Bytes::new()).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}
