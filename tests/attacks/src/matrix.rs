//! The deny matrix: every workload, every action of the services in use, on resources of its own, of its siblings and
//! of strangers, as signed calls through the gate. What the trust map allows goes through; everything else is refused.

mod call;
mod counts;
mod doors;
mod run;
mod target;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use iam_policy::Catalogue;
use libtest_mimic::Trial;
use stack::account::ENDPOINT;
use tokio::runtime::Runtime;
use trust_map::Workload;

use self::call::Call;
use self::counts::Counts;
use self::target::Target;
use crate::scene::Scene;
use crate::trial;

pub(crate) use self::run::ask;

/// One workload that asks for one action on one resource.
struct Cell {
    workload: String,
    service: &'static str,
    action: &'static str,
    target: Target,
    call: Call,
    /// Whether the trust map allows it.
    allowed: bool,
}

/// The tests.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let everything = "matrix::what_the_trust_map_does_not_allow_is_refused".to_owned();
    let doors = "matrix::what_is_allowed_is_refused_through_another_door".to_owned();
    vec![
        trial(runtime, everything, || async {
            let scene = Scene::start().await;
            let counts = refuse_everything_else(&scene).await;
            writeln!(std::io::stdout(), "{counts}").expect("the counts are written");
            scene.stop().await;
        }),
        trial(runtime, doors, || async {
            let scene = Scene::start().await;
            doors::refuse(&scene).await;
            scene.stop().await;
        }),
    ]
}

/// Executes every cell and asserts what came of it.
async fn refuse_everything_else(scene: &Scene) -> Counts {
    let (cells, without_call) = cells(scene);
    let answers = run::all(scene, ENDPOINT, &cells).await;
    let mut decisions: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for entry in scene.platform.gate().decisions() {
        decisions.entry(entry.request_id.clone()).or_default().push(entry);
    }
    let mut counts = Counts::new(without_call);
    let mut wrong = Vec::new();
    for (cell, answer) in cells.iter().zip(answers) {
        let entries = decisions.get(answer.request_id()).map_or(&[][..], Vec::as_slice);
        if let Some(fault) = counts.add(cell, &answer, entries) {
            wrong.push(format!(
                "{} {}:{} on {}: {fault}",
                cell.workload, cell.service, cell.action, cell.target.arn
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cells:\n{}", wrong.len(), cells.len(), wrong.join("\n"));
    counts
}

/// All cells, and the actions that no call asks for.
fn cells(scene: &Scene) -> (Vec<Cell>, Vec<String>) {
    let catalogue = Catalogue::published();
    let (mut cells, mut without_call) = (Vec::new(), Vec::new());
    for service in catalogue.services() {
        for action in catalogue.actions(service) {
            let types = catalogue.resource_types(service, action).unwrap();
            let before = cells.len();
            for workload in &scene.map.workloads {
                for target in target::all(scene, workload, service, types) {
                    let allowed = is_allowed(workload, service, action, &target);
                    let ways = call::build(scene, workload, service, action, &target).into_iter();
                    for call in ways.chain(call::other_ways(service, action, &target)) {
                        let (workload, target) = (workload.name.clone(), target.clone());
                        cells.push(Cell { workload, service, action, target, call, allowed });
                    }
                }
            }
            if cells.len() == before {
                without_call.push(format!("{service}:{action}"));
            }
        }
    }
    (cells, without_call)
}

/// Whether the trust map allows it, and not only through another service.
fn is_allowed(workload: &Workload, service: &str, action: &str, target: &Target) -> bool {
    match (service, action) {
        // AWS: "No permissions are required to perform this operation."
        ("sts", "GetCallerIdentity") => true,
        ("sts", "AssumeRoleWithWebIdentity") => target.is_role_of(workload),
        _ => workload.allow.iter().any(|allowed| {
            allowed.via.is_none()
                && allowed.action == format!("{service}:{action}")
                && target.name.as_deref() == Some(&*allowed.on)
        }),
    }
}
