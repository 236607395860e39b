//! Hostile objects are refused, each by the rule and for the reason that its name says; their neighbours are not.

use std::collections::{BTreeMap, BTreeSet};

use admission::{Attempt, Case, Expected, crossing, good_crossing, load, validations};
use trials::TestResult;

use crate::context::Context;

/// How many hostile objects there are at least.
const AT_LEAST: usize = 100;

pub(crate) async fn each_is_refused_for_its_own_reason(context: &Context) -> TestResult {
    let attempts = hostile(context)?;
    assert!(attempts.len() >= AT_LEAST, "only {} hostile objects", attempts.len());
    count(&attempts);
    report(&context.failures(&attempts).await, attempts.len());
    Ok(())
}

pub(crate) async fn their_neighbours_are_admitted(context: &Context) -> TestResult {
    let mut attempts = good_crossing(&context.template);
    attempts.extend(crossing(&load("good")?, &context.template)?);
    println!("good neighbours: {}", attempts.len());
    report(&context.failures(&attempts).await, attempts.len());
    Ok(())
}

/// Every condition of every rule has a hostile object that only it refuses, and every rule a neighbour.
pub(crate) async fn every_condition_has_one(context: &Context) -> TestResult {
    let mut expected = BTreeSet::new();
    for attempt in hostile(context)? {
        if let Expected::Refused { policy, message } = attempt.expected {
            expected.insert((policy, message));
        }
    }
    let mut missing = Vec::new();
    for rule in context.overlay.rules() {
        let policy = rule["metadata"]["name"].as_str().expect("a name");
        // These two are seen when engines fail and when break-glass acts.
        if ["kyverno-in-force", "break-glass-trace"].contains(&policy) {
            continue;
        }
        for message in validations(rule) {
            if !expected.remove(&(policy.to_owned(), message.to_owned())) {
                missing.push(format!("{policy}: {message}"));
            }
        }
    }
    assert!(missing.is_empty(), "no hostile object for {missing:#?}");
    assert!(expected.is_empty(), "no such condition: {expected:#?}");
    let good: BTreeSet<_> = load("good")?.into_iter().map(|cases| cases.policy).collect();
    let bad: BTreeSet<_> = load("bad")?.into_iter().map(|cases| cases.policy).collect();
    assert_eq!(good, bad, "every rule has hostile objects and neighbours");
    Ok(())
}

/// Every hostile object.
pub(crate) fn hostile(context: &Context) -> Result<Vec<Attempt>, admission::AdmissionError> {
    let cases = load("bad")?;
    let nameless = cases.iter().flat_map(|cases| &cases.cases).filter(|case| match case {
        Case::Pod(case) => case.message.is_none(),
        Case::Request(case) => case.message.is_none(),
    });
    assert_eq!(nameless.count(), 0, "a hostile object has no reason");
    crossing(&cases, &context.template)
}

fn count(attempts: &[Attempt]) {
    let mut kinds = BTreeMap::new();
    let mut policies = BTreeMap::new();
    for attempt in attempts {
        let kind = attempt.kind.map_or_else(|| "a single request".to_owned(), |kind| format!("{kind:?}"));
        *kinds.entry(kind).or_insert(0) += 1;
        let policy = attempt.name.split(':').next().unwrap_or_default().to_owned();
        *policies.entry(policy).or_insert(0) += 1;
    }
    println!("hostile objects: {}, by kind {kinds:?}, by rule {policies:?}", attempts.len());
}

/// Fails with the objects and the answers.
pub(crate) fn report(failures: &[String], of: usize) {
    let shown = failures.iter().take(60).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {of} came out otherwise:\n{shown}", failures.len());
}
