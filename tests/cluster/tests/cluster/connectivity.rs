//! Who reaches whom: tried from inside each network namespace and compared with the trust map.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use cluster::plan::{INSTANCE_METADATA, INTERNET, POD_IDENTITY_AGENT};
use cluster::probe::Outcome;
use cluster::until;
use serde_json::Value;
use trust_map::TrustMap;

use crate::context::{Context, NAMESPACE, SOON, TestResult, manifest};

/// Somebody who tries, by the trust map's name, and a process in its network namespace.
struct Source {
    name: String,
    process: u32,
}

/// Something to try: the trust map's name, and where it is.
struct Destination {
    name: String,
    address: SocketAddr,
}

/// From, to, port.
type Edge = (String, String, u16);

/// Pods that stand for workloads that do not stay, or are none.
fn stand_ins(context: &Context) -> Vec<Value> {
    let image = context.cluster().image("listener").expect("an image");
    let pod = |name, label, account, ports: &[&str]| manifest(NAMESPACE, name, label, account, image, ports);
    vec![
        pod("stand-in-migrate", "migrate", "migrate", &["9090"]),
        pod("stand-in-rogue", "rogue", "default", &["8080", "8443", "9090"]),
    ]
}

struct Matrix<'a> {
    context: &'a Context,
    sources: Vec<Source>,
    destinations: Vec<Destination>,
    manifests: Vec<Value>,
}

impl<'a> Matrix<'a> {
    fn new(context: &'a Context) -> Result<Self, Box<dyn Error>> {
        let manifests = stand_ins(context);
        let mut matrix = Self { context, sources: Vec::new(), destinations: Vec::new(), manifests };
        let mut pods = Vec::new();
        for (namespace, label) in [
            (NAMESPACE, "url-service"),
            (NAMESPACE, "worker"),
            ("monitoring", "prometheus"),
            ("monitoring", "telemetry-collector"),
            ("monitoring", "stranger"),
            ("elsewhere", "stranger"),
        ] {
            let name = match (namespace, label) {
                (_, "prometheus") => "monitoring".to_owned(),
                ("elsewhere", label) => format!("elsewhere/{label}"),
                ("monitoring", "stranger") => "monitoring/stranger".to_owned(),
                (_, label) => label.to_owned(),
            };
            pods.push((name, context.pod(namespace, label)));
        }
        for manifest in &matrix.manifests {
            let label = manifest["metadata"]["labels"]["app.kubernetes.io/name"].as_str().unwrap().to_owned();
            pods.push((label, context.start_pod(manifest)?));
        }
        for (name, pod) in pods {
            matrix.sources.push(Source { name: name.clone(), process: pod.process });
            for port in [4318, 8080, 8443, 9090] {
                matrix.destination(&name, pod.address, port);
            }
        }
        matrix.sources.push(Source { name: "clients".to_owned(), process: 0 });
        matrix.rest_of_the_network();
        Ok(matrix)
    }

    fn rest_of_the_network(&mut self) {
        let plan = self.context.cluster().plan();
        for ((host, address), name) in plan.endpoints().into_iter().zip(["sts", "sqs", "secretsmanager"]) {
            assert!(host.starts_with(name));
            for port in [443, 80, 5432] {
                self.destination(name, address, port);
            }
        }
        for (name, address, ports) in [
            ("database", plan.database(), &[5432, 443][..]),
            ("neighbour", plan.neighbour(), &[443, 5432]),
            ("instance metadata", INSTANCE_METADATA, &[80]),
            ("pod identity agent", POD_IDENTITY_AGENT, &[80]),
            ("internet", INTERNET, &[80, 443]),
            ("node", plan.node(), &[6443, 10250, 5000]),
            ("dns", plan.dns(), &[53]),
        ] {
            for port in ports {
                self.destination(name, address, *port);
            }
        }
    }

    fn destination(&mut self, name: &str, address: Ipv4Addr, port: u16) {
        self.destinations.push(Destination { name: name.to_owned(), address: (address, port).into() });
    }

    /// What can be reached, of all that touches the services' namespace.
    fn reached(&self) -> Result<BTreeSet<Edge>, Box<dyn Error>> {
        let addresses: Vec<_> = self.destinations.iter().map(|destination| destination.address).collect();
        // All at once: what is dropped takes its time to be given up.
        let attempts: Vec<_> = thread::scope(|scope| {
            let attempt = |source: &Source| self.context.cluster().probe(source.process, &addresses);
            let attempts: Vec<_> =
                self.sources.iter().map(|source| scope.spawn(move || attempt(source))).collect();
            attempts.into_iter().map(|handle| handle.join().expect("an attempt ends")).collect()
        });
        let mut reached = BTreeSet::new();
        for (source, outcomes) in self.sources.iter().zip(attempts) {
            let open =
                self.destinations.iter().zip(outcomes?).filter(|(_, outcome)| *outcome == Outcome::Open);
            for (destination, _) in open {
                let itself = source.name == destination.name;
                if (is_ours(&source.name) || is_ours(&destination.name)) && !itself {
                    let port = destination.address.port();
                    reached.insert((source.name.clone(), destination.name.clone(), port));
                }
            }
        }
        Ok(reached)
    }

    fn size(&self) -> usize {
        self.sources.len() * self.destinations.len()
    }
}

impl Drop for Matrix<'_> {
    fn drop(&mut self) {
        for manifest in &self.manifests {
            self.context.delete_pod(manifest);
        }
    }
}

/// Whether it is a pod of the services' namespace.
fn is_ours(name: &str) -> bool {
    ["url-service", "worker", "migrate", "rogue"].contains(&name)
}

/// What the trust map says can be reached.
fn expected() -> BTreeSet<Edge> {
    let map = TrustMap::load().expect("the trust map");
    let edges = map.edges.iter().filter(|edge| is_ours(&edge.from) || is_ours(&edge.to));
    let mut expected: BTreeSet<_> =
        edges.map(|edge| (edge.from.clone(), edge.to.clone(), edge.port)).collect();
    // The three endpoints share their subnets: at this layer whoever reaches one reaches all.
    for workload in ["url-service", "worker", "migrate"] {
        for endpoint in ["sts", "sqs", "secretsmanager"] {
            expected.insert((workload.to_owned(), endpoint.to_owned(), 443));
        }
    }
    for workload in ["url-service", "worker", "migrate", "rogue"] {
        expected.insert((workload.to_owned(), "dns".to_owned(), 53));
    }
    expected
}

pub(crate) fn the_matrix_is_the_trust_map(context: &Context) -> TestResult {
    let closed = context.cluster().directory().join("connections.log");
    let matrix = Matrix::new(context)?;
    let before = fs::read_to_string(&closed)?;
    settle(&matrix)?;
    let after = fs::read_to_string(&closed)?;
    context.note(format!("connectivity: {} pairs tried", matrix.size()));
    // Whoever got through to a closed address is none of ours.
    let own: Vec<_> = context
        .pods(NAMESPACE, "url-service")
        .iter()
        .chain(&context.pods(NAMESPACE, "worker"))
        .map(|pod| pod.address.to_string())
        .collect();
    for line in after.strip_prefix(&before).unwrap_or(&after).lines() {
        assert!(own.iter().all(|address| !line.starts_with(&format!("{address} "))), "{line}");
    }
    Ok(())
}

/// Waits until what can be reached is what the trust map says.
fn settle(matrix: &Matrix<'_>) -> TestResult {
    let expected = expected();
    until("the matrix of the trust map", SOON, || {
        let reached = matrix.reached().map_err(|error| error.to_string())?;
        let more: Vec<_> = reached.difference(&expected).collect();
        let less: Vec<_> = expected.difference(&reached).collect();
        if more.is_empty() && less.is_empty() {
            Ok(())
        } else {
            Err(format!("too open {more:?}, too closed {less:?}"))
        }
    })?;
    Ok(())
}

/// The first thing that a new pod does must not get through because its policies are not in force yet.
pub(crate) fn a_new_pod_is_bound_from_its_first_packet(context: &Context) -> TestResult {
    let image = context.cluster().image("listener").ok_or("no image")?;
    let before = fs::read_to_string(context.cluster().directory().join("connections.log"))?;
    let addresses: Vec<SocketAddr> = [
        (INSTANCE_METADATA, 80),
        (INTERNET, 443),
        (context.cluster().plan().database(), 5432),
        (context.cluster().plan().neighbour(), 443),
    ]
    .map(SocketAddr::from)
    .to_vec();
    for number in 0..5 {
        let manifest =
            manifest(NAMESPACE, &format!("newcomer-{number}"), "rogue", "default", image, &["8080"]);
        let pod = context.start_pod(&manifest)?;
        let outcomes = context.cluster().probe(pod.process, &addresses)?;
        context.delete_pod(&manifest);
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Closed), "{number}: {outcomes:?}");
    }
    let after = fs::read_to_string(context.cluster().directory().join("connections.log"))?;
    assert_eq!(before, after, "somebody got through");
    Ok(())
}

/// Takes each policy file away in turn: somebody then reaches more, or less.
pub(crate) fn each_policy_file_matters(context: &Context) -> TestResult {
    let matrix = Matrix::new(context)?;
    settle(&matrix)?;
    let folder = context.cluster().overlay().join("../../network-policies");
    let rendered =
        context.kubectl().run(&["kustomize", &context.cluster().overlay().display().to_string()])?;
    let policies: Vec<Value> = documents(&rendered);
    let mut survivors = Vec::new();
    for file in fs::read_dir(folder)?.flatten().map(|entry| entry.path()) {
        let text = fs::read_to_string(&file)?;
        let own: Vec<_> = policies
            .iter()
            .filter(|policy| {
                let name = policy["metadata"]["name"].as_str().unwrap_or_default();
                policy["kind"] == "NetworkPolicy" && text.contains(&format!("  name: {name}\n"))
            })
            .collect();
        if own.is_empty() {
            continue;
        }
        for policy in &own {
            context.kubectl().run(&[
                "delete",
                "networkpolicy",
                "-n",
                NAMESPACE,
                policy["metadata"]["name"].as_str().unwrap(),
            ])?;
        }
        let changed = until("a change", std::time::Duration::from_secs(30), || {
            let reached = matrix.reached().map_err(|error| error.to_string())?;
            if reached == expected() { Err("nothing changed".to_owned()) } else { Ok(()) }
        });
        for policy in &own {
            context.kubectl().apply(&policy.to_string())?;
        }
        settle(&matrix)?;
        if changed.is_err() {
            survivors.push(file.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    assert!(survivors.is_empty(), "nothing changes without {survivors:?}");
    Ok(())
}

fn documents(text: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    let documents = serde_norway::Deserializer::from_str(text);
    documents.map(|document| Value::deserialize(document).expect("YAML")).collect()
}
