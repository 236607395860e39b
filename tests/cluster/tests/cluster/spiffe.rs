//! SPIRE's SVIDs: who gets one, and who is let in with one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use cluster::until;
use serde_json::{Value, json};

use crate::context::{Context, NAMESPACE, Pod, SOON, TestResult, answer, manifest};

/// What the internal and the public listener show to whoever connects.
pub(crate) fn the_listeners_prove_their_svid(context: &Context) -> TestResult {
    let pod = context.pod(NAMESPACE, "url-service");
    for port in [8443, 8080] {
        let names = certificate(context, &format!("{}:{port}", pod.address), "subjectAltName")?;
        let id = format!("URI:spiffe://{}/ns/{NAMESPACE}/sa/url-service", stack::names::TRUST_DOMAIN);
        assert!(names.contains(&id), "{port}: {names}");
    }
    Ok(())
}

/// What the certificate of the server at `connect` has in this extension (RFC 5280 §4.2.1).
pub(crate) fn certificate(
    context: &Context,
    connect: &str,
    extension: &str,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut command = context.cluster().on_node("openssl");
    command
        .args(["s_client", "-connect", connect, "-showcerts", "-tls1_3"])
        .stdin(std::process::Stdio::null());
    let output = command.output()?;
    let certificate = String::from_utf8_lossy(&output.stdout).into_owned();
    let path = context.cluster().directory().join("listener.pem");
    fs::write(&path, certificate)?;
    let text =
        Command::new("openssl").args(["x509", "-noout", "-ext", extension, "-in"]).arg(&path).output()?;
    Ok(String::from_utf8_lossy(&text.stdout).into_owned())
}

pub(crate) fn only_the_registered_pod_gets_an_svid(context: &Context) -> TestResult {
    let kubectl = context.kubectl();
    kubectl
        .apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: worker, namespace: elsewhere}}")?;
    let cases = [
        ("registered", NAMESPACE, "worker", "worker", true),
        ("another-account", NAMESPACE, "worker", "default", false),
        ("another-label", NAMESPACE, "rogue", "worker", false),
        ("another-namespace", "elsewhere", "worker", "worker", false),
    ];
    for (name, namespace, label, account, expected) in cases {
        let got = fetch(context, name, namespace, label, account)?;
        let id = format!("spiffe://{}/ns/{NAMESPACE}/sa/worker", stack::names::TRUST_DOMAIN);
        assert_eq!(got.contains(&id), expected, "{name}: {got}");
        assert_eq!(got.contains("no identity issued"), !expected, "{name}: {got}");
    }
    kubectl.run(&["delete", "serviceaccount", "worker", "-n", "elsewhere"])?;
    Ok(())
}

/// A certificate of SPIRE is not enough: the listener admits one identity.
pub(crate) fn a_valid_svid_of_another_is_refused(context: &Context) -> TestResult {
    let kubectl = context.kubectl();
    kubectl.apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: rogue, namespace: services}}")?;
    let entry = register_rogue(context)?;
    // Both are let through by the network, which knows labels only.
    let target = context.pod(NAMESPACE, "url-service");
    let rogue = call(context, "rogue-caller", "rogue", &target);
    let worker = call(context, "worker-caller", "worker", &target);
    spire_server(context, &["entry", "delete"], &["-entryID", &entry])?;
    kubectl.run(&["delete", "serviceaccount", "rogue", "-n", NAMESPACE])?;
    assert_eq!(rogue?, (1.0, None), "the rogue is refused, and counted");
    assert_eq!(worker?, (0.0, Some(422)), "the worker's own identity is let in, its empty batch is not");
    Ok(())
}

/// Gives an account an identity of its own, and returns the registration's id.
fn register_rogue(context: &Context) -> Result<String, Box<dyn std::error::Error>> {
    let domain = stack::names::TRUST_DOMAIN;
    let parent = format!("spiffe://{domain}/agents/{}", context.cluster().plan().name());
    let id = format!("spiffe://{domain}/ns/services/sa/rogue");
    let selectors = ["-selector", "k8s:ns:services", "-selector", "k8s:sa:rogue"];
    let entry = [&["-parentID", &parent, "-spiffeID", &id, "-output", "json"][..], &selectors].concat();
    let made: Value = serde_json::from_str(&spire_server(context, &["entry", "create"], &entry)?)?;
    let entry = made["results"][0]["entry"]["id"].as_str().ok_or_else(|| made.to_string())?;
    Ok(entry.to_owned())
}

/// Runs a command of the SPIRE server's own program, inside its pod.
pub(crate) fn spire_server(
    context: &Context,
    command: &[&str],
    arguments: &[&str],
) -> Result<String, Box<dyn std::error::Error>> {
    Ok(cluster::spire_server(context.kubectl(), command, arguments)?)
}

/// Calls the internal listener with the SVID of `account`; the refusals of that identity counted meanwhile, and the
/// status, if there was one.
fn call(
    context: &Context,
    name: &str,
    account: &str,
    target: &Pod,
) -> Result<(f64, Option<u16>), Box<dyn std::error::Error>> {
    let manifest = holder_of_an_svid(context, name, account)?;
    let called = hold_and_call(context, &manifest, target);
    context.delete_pod(&manifest);
    called
}

fn hold_and_call(
    context: &Context,
    manifest: &Value,
    target: &Pod,
) -> Result<(f64, Option<u16>), Box<dyn std::error::Error>> {
    let pod = context.start_pod(manifest)?;
    let svid = PathBuf::from(format!("/proc/{}/root/svid", pod.process));
    let before = refusals(context, target)?;
    let mut command = Command::new("nsenter");
    command.args(["--target", &pod.process.to_string(), "--net", "--", "curl", "--insecure", "-X", "POST"]);
    command.arg("--cert").arg(svid.join("svid.0.pem")).arg("--key").arg(svid.join("svid.0.key"));
    command.arg(format!("https://{}:8443/internal/v1/click-batches", target.address));
    let status = answer(&mut command).ok().map(|(status, _)| status);
    Ok((refusals(context, target)? - before, status))
}

/// A pod that fetches the SVID of `account` and stays, with the label of the worker, which the network lets through.
fn holder_of_an_svid(
    context: &Context,
    name: &str,
    account: &str,
) -> Result<Value, Box<dyn std::error::Error>> {
    let image = context.cluster().image("spire-agent").ok_or("no image")?;
    let mut manifest = workload_api_pod(NAMESPACE, name, "worker", account, image);
    let spec = &mut manifest["spec"];
    // The agent hears of a new registration within seconds, not at once.
    spec["restartPolicy"] = json!("OnFailure");
    spec["volumes"].as_array_mut().ok_or("no volumes")?.push(json!({ "name": "svid", "emptyDir": {} }));
    let mounts = spec["containers"][0]["volumeMounts"].as_array_mut().ok_or("no mounts")?;
    mounts.push(json!({ "name": "svid", "mountPath": "/svid" }));
    let mut fetches = spec["containers"][0].clone();
    fetches["name"] = json!("fetch");
    fetches["args"].as_array_mut().ok_or("no arguments")?.extend(["-write".into(), "/svid".into()]);
    spec["initContainers"] = json!([fetches]);
    spec["containers"][0]["image"] = json!(context.cluster().image("listener").ok_or("no image")?);
    spec["containers"][0]["args"] = json!(["8080"]);
    Ok(manifest)
}

/// How many connections the listener has refused because of the identity.
fn refusals(context: &Context, target: &Pod) -> Result<f64, Box<dyn std::error::Error>> {
    let refused =
        |line: &str| line.starts_with("spiffe_handshakes_refused") && line.contains("unauthorized_spiffe_id");
    Ok(context.metric(target, refused)?.unwrap_or_default())
}

/// What the Workload API says to a pod.
fn fetch(
    context: &Context,
    name: &str,
    namespace: &str,
    label: &str,
    account: &str,
) -> Result<String, Box<dyn std::error::Error>> {
    let image = context.cluster().image("spire-agent").ok_or("no image")?;
    let manifest = workload_api_pod(namespace, name, label, account, image);
    let ended = run_to_end(context, &manifest);
    let said = context.kubectl().run(&["logs", name, "-n", namespace]).unwrap_or_default();
    context.delete_pod(&manifest);
    ended?;
    Ok(said)
}

/// A pod that asks the Workload API for its SVID once.
fn workload_api_pod(namespace: &str, name: &str, label: &str, account: &str, image: &str) -> Value {
    let socket = "/spiffe-workload-api/spire-agent.sock";
    let arguments = ["api", "fetch", "x509", "-socketPath", socket, "-timeout", "10s"];
    let mut manifest = manifest(namespace, name, label, account, image, &arguments);
    manifest["spec"]["volumes"] =
        json!([{ "name": "spiffe", "csi": { "driver": "csi.spiffe.io", "readOnly": true } }]);
    manifest["spec"]["containers"][0]["volumeMounts"] =
        json!([{ "name": "spiffe", "mountPath": "/spiffe-workload-api", "readOnly": true }]);
    manifest
}

fn run_to_end(context: &Context, manifest: &Value) -> Result<Value, Box<dyn std::error::Error>> {
    let kubectl = context.kubectl();
    kubectl.apply(&manifest.to_string())?;
    let text = |field: &str| manifest["metadata"][field].as_str().unwrap_or_default().to_owned();
    let (name, namespace) = (text("name"), text("namespace"));
    let pod = until(&format!("the end of {name}"), SOON, || {
        let pod = kubectl.get(&["pod", &name, "-n", &namespace]).map_err(|error| error.to_string())?;
        let phase = pod["status"]["phase"].as_str().unwrap_or_default();
        if ["Succeeded", "Failed"].contains(&phase) { Ok(pod) } else { Err(pod["status"].to_string()) }
    })?;
    Ok(pod)
}
