//! What operators do to a running system, under load: every request is counted, and so is every click.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use cluster::until;

use crate::context::{Context, NAMESPACE, SOON, TestResult, answer};
use crate::stopped::Stopped;
use crate::system::{link, visits};

/// How long KEDA, the autoscaler and a pod's start may take together.
const SCALED: Duration = Duration::from_mins(4);

/// Visits of one link, one after the other, until it is stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    handle: JoinHandle<Vec<String>>,
    followed: Arc<AtomicU64>,
}

impl Load {
    pub(crate) fn start(address: &str) -> Self {
        let (stop, followed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, count, address) = (Arc::clone(&stop), Arc::clone(&followed), address.to_owned());
        let handle = thread::spawn(move || {
            let mut failures = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                match answer(Command::new("curl").args(["--insecure", "-o", "/dev/null", &address])) {
                    Ok((302, _)) => drop(count.fetch_add(1, Ordering::Relaxed)),
                    Ok((status, _)) => failures.push(status.to_string()),
                    Err(error) => failures.push(error.to_string()),
                }
            }
            failures
        });
        Self { stop, handle, followed }
    }

    /// The visits that were answered, and what went wrong with others.
    pub(crate) fn end(self) -> (u64, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        let failures = self.handle.join().expect("the load ends");
        (self.followed.load(Ordering::Relaxed), failures)
    }
}

pub(crate) fn counted(context: &Context, id: &str, expected: u64) -> TestResult {
    until("every visit to be counted", SOON, || match visits(context, id)? {
        visits if visits == expected => Ok(()),
        visits => Err(format!("{visits} counted of {expected}")),
    })?;
    Ok(())
}

pub(crate) fn a_rolling_update_fails_no_request_and_loses_no_click(context: &Context) -> TestResult {
    let (id, address) = link(context, &format!("update-{}", std::process::id()))?;
    let load = Load::start(&address);
    for deployment in ["deployment/url-service", "deployment/worker"] {
        context.kubectl().run(&["rollout", "restart", "-n", NAMESPACE, deployment])?;
        context.kubectl().run(&["rollout", "status", "-n", NAMESPACE, deployment, "--timeout=240s"])?;
    }
    let (followed, failures) = load.end();
    context.note(format!("rolling update: {followed} visits, {} failed", failures.len()));
    assert_eq!(failures, [""; 0]);
    assert!(followed > 0);
    counted(context, &id, followed)
}

/// While the only worker hangs the queue grows, KEDA reads its length with its own role, and other workers come; when it
/// is empty they go.
pub(crate) fn workers_follow_the_queue_up_and_down(context: &Context) -> TestResult {
    let (id, address) = link(context, &format!("queue-{}", std::process::id()))?;
    until("one worker", SCALED, || wanted_workers(context, |workers| workers == 1))?;
    let hanging = Stopped::stop(context.pod(NAMESPACE, "worker").process)?;
    let load = Load::start(&address);
    let grown = until("more workers", SCALED, || wanted_workers(context, |workers| workers > 1));
    let (followed, failures) = load.end();
    drop(hanging);
    context.note(format!("queue: {} workers, {followed} visits, {} failed", grown?, failures.len()));
    assert_eq!(failures, [""; 0]);
    counted(context, &id, followed)?;
    until("one worker again", SCALED, || wanted_workers(context, |workers| workers == 1))?;
    counted(context, &id, followed)
}

/// How many workers the deployment is to have, when `enough` says so.
fn wanted_workers(context: &Context, enough: impl Fn(u64) -> bool) -> Result<u64, String> {
    let deployment = context.kubectl().get(&["deployment", "worker", "-n", NAMESPACE]);
    let deployment = deployment.map_err(|error| error.to_string())?;
    let replicas = deployment["spec"]["replicas"].as_u64().unwrap_or_default();
    if enough(replicas) { Ok(replicas) } else { Err(format!("{replicas} workers")) }
}

/// A pod that is killed takes the connections with it that it was serving; whoever asks again is served.
pub(crate) fn a_killed_pod_fails_nothing_that_is_repeated(context: &Context) -> TestResult {
    let (_, address) = link(context, &format!("kill-{}", std::process::id()))?;
    let pod = context.pod(NAMESPACE, "url-service");
    context.kubectl().run(&["delete", "pod", &pod.name, "-n", NAMESPACE, "--force", "--grace-period=0"])?;
    until("the next answer", SOON, || match Context::curl(&["-o", "/dev/null", &address]) {
        Ok((302, _)) => Ok(()),
        Ok((status, _)) => Err(status.to_string()),
        Err(error) => Err(error.to_string()),
    })?;
    context.kubectl().run(&[
        "rollout",
        "status",
        "-n",
        NAMESPACE,
        "deployment/url-service",
        "--timeout=240s",
    ])?;
    Ok(())
}

pub(crate) fn an_eviction_waits_for_the_budget(context: &Context) -> TestResult {
    let pods = until("ready pods", SOON, || {
        let pods = context.pods(NAMESPACE, "url-service");
        let ready = pods.iter().filter(|pod| {
            let conditions = pod.object["status"]["conditions"].as_array().cloned().unwrap_or_default();
            conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
        });
        // More than two when the autoscaler has been at work.
        let all = ready.count() == pods.len() && pods.len() >= 2;
        if all { Ok(pods) } else { Err(format!("{} pods, not all ready", pods.len())) }
    })?;
    let evict = |name: &str| {
        let eviction = serde_json::json!({
            "apiVersion": "policy/v1", "kind": "Eviction", "metadata": { "name": name, "namespace": NAMESPACE },
        });
        let path = format!("/api/v1/namespaces/{NAMESPACE}/pods/{name}/eviction");
        context.kubectl().feed(&["create", "--raw", &path, "-f", "-"], &eviction.to_string())
    };
    evict(&pods[0].name)?;
    let refused = evict(&pods[1].name).expect_err("the budget allows one").to_string();
    assert!(refused.contains("disruption budget"), "{refused}");
    context.kubectl().run(&[
        "rollout",
        "status",
        "-n",
        NAMESPACE,
        "deployment/url-service",
        "--timeout=240s",
    ])?;
    Ok(())
}
