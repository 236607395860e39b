//! SPIRE's authorities change, and SPIRE goes away, while the system is used.

use std::error::Error;
use std::time::Duration;

use cluster::until;
use serde_json::Value;

use crate::context::{Context, NAMESPACE, Pod, SOON, TestResult};
use crate::operation::{Load, counted};
use crate::spiffe::{certificate, spire_server};
use crate::stopped::Stopped;
use crate::system::{follow, link, visits};

/// The life of an SVID that a test waits for the end of, in seconds.
const SHORT: &str = "60";
/// Longer than that life, with what the agent takes to ask for another.
const PAST_THE_END: Duration = Duration::from_secs(150);
/// An agent asks less and less often for a server that is away.
const RECOVERED: Duration = Duration::from_mins(4);

/// Prepares, activates, taints and revokes, as SPIRE's documentation has it for a compromised authority
/// (<https://github.com/spiffe/spire/blob/main/doc/spire_server.md>).
pub(crate) fn a_new_authority_takes_over_and_the_old_one_is_revoked(context: &Context) -> TestResult {
    let (id, address) = link(context, &format!("authority-{}", std::process::id()))?;
    let load = Load::start(&address);
    let changed = change_authority(context);
    let (followed, failures) = load.end();
    changed?;
    context.note(format!("change of authority: {followed} visits, {} failed", failures.len()));
    assert_eq!(failures, [""; 0]);
    assert!(followed > 0);
    counted(context, &id, followed)
}

fn change_authority(context: &Context) -> TestResult {
    let authority = |command: &str, arguments: &[&str]| {
        let arguments = [&["-output", "json"], arguments].concat();
        spire_server(context, &["localauthority", "x509", command], &arguments)
    };
    let before = served_by(context)?;
    let shown: Value = serde_json::from_str(&authority("show", &[])?)?;
    let old = shown["active"]["authority_id"].as_str().ok_or("no active authority")?.to_owned();
    let prepared: Value = serde_json::from_str(&authority("prepare", &[])?)?;
    let new = prepared["prepared_authority"]["authority_id"].as_str();
    let new = new.ok_or_else(|| prepared.to_string())?.to_owned();
    authority("activate", &["-authorityID", &new])?;
    authority("taint", &["-authorityID", &old])?;
    until("SVIDs of the new authority", SOON, || {
        let now = served_by(context).map_err(|error| error.to_string())?;
        let renewed = now.iter().all(|issuer| before.iter().all(|old| issuer != old));
        if renewed { Ok(()) } else { Err(format!("{now:?} after {before:?}")) }
    })?;
    authority("revoke", &["-authorityID", &old])?;
    let bundle = spire_server(context, &["bundle", "show"], &[])?;
    assert_eq!(bundle.matches("BEGIN CERTIFICATE").count(), 1, "the old authority is still trusted");
    Ok(())
}

/// The key identifiers of the authorities that signed what each internal listener shows.
fn served_by(context: &Context) -> Result<Vec<String>, Box<dyn Error>> {
    let pods = context.pods(NAMESPACE, "url-service");
    let issuer = |pod: &Pod| certificate(context, &format!("{}:8443", pod.address), "authorityKeyIdentifier");
    pods.iter().map(issuer).collect()
}

/// Without its server SPIRE renews nothing: what is valid works on, what has ended is refused, and nobody has to help
/// when the server is back.
pub(crate) fn work_goes_on_without_spire_until_an_svid_ends(context: &Context) -> TestResult {
    let (id, address) = link(context, &format!("outage-{}", std::process::id()))?;
    let entries = entries(context)?;
    set_life(context, &entries, SHORT)?;
    let outcome = outage(context, &id, &address);
    set_life(context, &entries, "3600")?;
    outcome
}

fn outage(context: &Context, id: &str, address: &str) -> TestResult {
    until("short SVIDs", SOON, || match longest_life(context) {
        Ok(seconds) if seconds <= 90.0 => Ok(()),
        Ok(seconds) => Err(format!("they last {seconds} s")),
        Err(error) => Err(error.to_string()),
    })?;
    let server = Stopped::stop(context.pod("spire-server", "spire-server").process)?;
    follow(address)?;
    counted(context, id, 1)?;

    let target = context.pod(NAMESPACE, "url-service");
    until("the end of the SVIDs", PAST_THE_END, || match follow(address) {
        Err(_) => Ok(()),
        Ok(()) => Err(format!("the SVIDs have {:?} s", longest_life(context).ok())),
    })?;
    let left = life(context, &target)?;
    assert!(left <= 0.0, "closed with {left} s to go");

    drop(server);
    until("the first answer after the outage", RECOVERED, || {
        follow(address).map_err(|error| error.to_string())
    })?;
    let before = until("the statistics", SOON, || visits(context, id))?;
    follow(address)?;
    until("a visit counted after the outage", RECOVERED, || match visits(context, id)? {
        visits if visits > before => Ok(()),
        visits => Err(format!("{visits} visits")),
    })?;
    Ok(())
}

/// A registration: its id, and what an update has to say again.
struct Entry {
    id: String,
    arguments: Vec<String>,
}

/// The registrations of workloads.
fn entries(context: &Context) -> Result<Vec<Entry>, Box<dyn Error>> {
    let shown: Value =
        serde_json::from_str(&spire_server(context, &["entry", "show"], &["-output", "json"])?)?;
    let entries = shown["entries"].as_array().ok_or_else(|| shown.to_string())?;
    let workloads = entries.iter().filter(|entry| entry["selectors"][0]["type"] == "k8s");
    Ok(workloads.map(entry).collect())
}

fn entry(shown: &Value) -> Entry {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let id = |field: &str| {
        let id = &shown[field];
        format!("spiffe://{}{}", text(&id["trust_domain"]), text(&id["path"]))
    };
    let mut arguments =
        vec!["-parentID".to_owned(), id("parent_id"), "-spiffeID".to_owned(), id("spiffe_id")];
    for selector in shown["selectors"].as_array().into_iter().flatten() {
        let selector = format!("{}:{}", text(&selector["type"]), text(&selector["value"]));
        arguments.extend(["-selector".to_owned(), selector]);
    }
    Entry { id: text(&shown["id"]), arguments }
}

/// Lets the SVIDs of these registrations live for so many seconds; the agent asks for new ones when it sees the change.
fn set_life(context: &Context, entries: &[Entry], seconds: &str) -> TestResult {
    for Entry { id, arguments } in entries {
        let mut all = vec!["-entryID", id, "-x509SVIDTTL", seconds];
        all.extend(arguments.iter().map(String::as_str));
        spire_server(context, &["entry", "update"], &all)?;
    }
    Ok(())
}

/// How long the SVID of a pod still lives, in seconds; less than nothing when it is over.
fn life(context: &Context, pod: &Pod) -> Result<f64, Box<dyn Error>> {
    let wanted = |line: &str| line.starts_with("spiffe_svid_remaining_seconds");
    Ok(context.metric(pod, wanted)?.ok_or("no metric")?)
}

/// How long the SVID of the last pod still lives, in seconds.
fn longest_life(context: &Context) -> Result<f64, Box<dyn Error>> {
    let mut longest = f64::MIN;
    for service in ["url-service", "worker"] {
        for pod in context.pods(NAMESPACE, service) {
            longest = longest.max(life(context, &pod)?);
        }
    }
    Ok(longest)
}
