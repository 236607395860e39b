//! Every rule with one thing taken away: some hostile object must get in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use admission::{AdmissionError, Attempt, Caller, Change, Expected, Mutant, Verdict, mutants, path};
use futures::{StreamExt as _, stream};
use http::Method;
use serde_json::{Value, json};
use trials::TestResult;

use crate::context::Context;
use crate::hostile::hostile;

/// How long a change may take to show; a mutant that shows nothing by then has survived.
const LIMIT: Duration = Duration::from_secs(40);
/// How many hostile objects are tried against one mutant, each of another case, and each of another kind.
const TRIED: usize = 4;
/// It refuses every pod when a rule of Kyverno is missing, which hides what the rule itself is good for;
/// `faults` shows what it does.
const BACKSTOP: &str = "kyverno-in-force";

pub(crate) async fn no_mutant_survives(context: &Context) -> TestResult {
    let hostile = hostile(context)?;
    let mut by_policy: BTreeMap<String, Vec<Mutant>> = BTreeMap::new();
    for mutant in mutants(&context.overlay) {
        if ![BACKSTOP, "break-glass-trace"].contains(&mutant.policy.as_str()) {
            by_policy.entry(mutant.policy.clone()).or_default().push(mutant);
        }
    }
    let count = by_policy.values().map(Vec::len).sum::<usize>();
    let backstop = context.overlay.object("ValidatingAdmissionPolicyBinding", BACKSTOP).expect("a binding");
    remove(context, backstop).await?;
    // Rules are independent of each other: what one refuses, no other does.
    let survivors = stream::iter(by_policy.values())
        .map(async |mutants| survivors(context, mutants, &hostile).await)
        .buffer_unordered(4)
        .collect::<Vec<_>>()
        .await;
    context.apply(&Caller::break_glass(), backstop).await?;
    let survivors = survivors.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    println!("mutants: {count}, survivors: {}", survivors.len());
    assert!(survivors.is_empty(), "{survivors:#?}");
    Ok(())
}

async fn survivors(
    context: &Context,
    mutants: &[Mutant],
    hostile: &[Attempt],
) -> Result<Vec<String>, AdmissionError> {
    let mut survivors = Vec::new();
    for mutant in mutants {
        let tried = tried(hostile, mutant);
        match &mutant.mutated {
            Some(mutated) => context.apply(&Caller::break_glass(), mutated).await.map(drop)?,
            None => remove(context, &mutant.original).await?,
        }
        if !some_gets_in(context, &tried).await? {
            survivors.push(format!("{}: {:?} (tried {})", mutant.policy, mutant.change, tried.len()));
        }
        context.apply(&Caller::break_glass(), &mutant.original).await?;
        context
            .until(&format!("{} holds again", mutant.policy), async || {
                for attempt in &tried {
                    if attempt.verdict(&context.api).await? != Verdict::AsExpected {
                        return Ok(false);
                    }
                }
                Ok(true)
            })
            .await;
    }
    Ok(survivors)
}

/// Hostile objects of different cases, and of different kinds.
fn tried<'a>(hostile: &'a [Attempt], mutant: &Mutant) -> Vec<&'a Attempt> {
    let concerned: Vec<_> = hostile.iter().filter(|attempt| concerns(attempt, mutant)).collect();
    let (mut cases, mut kinds, mut names) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let by_case = concerned.iter().filter(|attempt| cases.insert(attempt.case())).take(TRIED);
    let by_kind = concerned.iter().filter(|attempt| kinds.insert(format!("{:?}", attempt.kind))).take(TRIED);
    by_case.chain(by_kind).filter(|attempt| names.insert(&attempt.name)).copied().collect()
}

async fn some_gets_in(context: &Context, tried: &[&Attempt]) -> Result<bool, AdmissionError> {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT && !tried.is_empty() {
        for attempt in tried {
            if attempt.gets_in(&context.api).await? {
                return Ok(true);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(false)
}

/// Whether a hostile object is one that the mutant might let in.
fn concerns(attempt: &Attempt, mutant: &Mutant) -> bool {
    let Expected::Refused { policy, message } = &attempt.expected else { return false };
    if *policy != mutant.policy {
        return false;
    }
    match (&mutant.change, attempt.kind) {
        (Change::Dropped(dropped), _) => dropped == message,
        (Change::Narrowed(part), Some(kind)) => match part.as_str() {
            "CREATE" | "UPDATE" => attempt.name.ends_with(part),
            "pods/ephemeralcontainers" => attempt.name.contains("Ephemeral"),
            "pods" => attempt.name.ends_with("Pod, CREATE"),
            resource => format!("{kind:?}s").eq_ignore_ascii_case(resource),
        },
        // A single request says itself what it is about.
        (Change::Narrowed(part), None) => {
            let asked = attempt.path();
            ["CREATE", "UPDATE"].contains(&part.as_str())
                || part
                    .split(' ')
                    .any(|resource| resource == "*" || resource.split('/').all(|piece| asked.contains(piece)))
        }
        (Change::Removed | Change::Audit, _) => true,
    }
}

async fn remove(context: &Context, object: &Value) -> Result<(), AdmissionError> {
    let api = context.api.as_caller(&Caller::break_glass())?;
    let answer = api.send(Method::DELETE, &path(object), "application/json", &json!({})).await?;
    assert!(answer.admitted(), "{}", answer.message());
    Ok(())
}
