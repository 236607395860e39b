//! A second cluster beside the one under test, and how it ends.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cluster::{Cluster, Plan, until};

use crate::context::{Context, NAMESPACE, TestResult};
use crate::irsa::{AUDIENCE, exchange, role};
use crate::stopped::signal;

/// Neither a developer's cluster nor the one under test.
const NUMBER: u8 = Plan::MOST - 3;
const ENDED: Duration = Duration::from_secs(30);

/// Killed without a chance to tidy up it leaves no process, mount or interface; the next start removes the rest, and
/// Ctrl-C leaves nothing at all. Its tokens are good for nothing here.
pub(crate) fn a_second_cluster_is_a_stranger_and_leaves_nothing(context: &Context) -> TestResult {
    let plan = Plan::new(NUMBER).ok_or("no such number")?;
    let mut first = start(plan)?;
    let second = Cluster::attach(plan)?;
    assert_ne!(second.plan().issuer(), context.cluster().plan().issuer());
    let token = token_of_its_worker(&second)?;
    let (status, body) = exchange(context, &token, &role("worker"))?;
    assert!(status == 400 && body.contains("<Code>InvalidIdentityToken</Code>"), "{status} {body}");

    first.kill()?;
    first.wait()?;
    until("the end of a killed cluster", ENDED, || left(plan, false))?;

    let mut again = start(plan)?;
    signal(again.id(), "INT")?;
    assert!(again.wait()?.success(), "Ctrl-C is no fault");
    until("the end of a stopped cluster", ENDED, || left(plan, true))?;
    context.kubectl().get(&["namespace", NAMESPACE])?;
    Ok(())
}

/// Starts its control plane and AWS side, and waits until it says how it ends.
fn start(plan: Plan) -> Result<Child, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cluster"));
    command.args(["up", "--control-plane", "--number", &plan.number().to_string()]);
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let output = BufReader::new(child.stdout.take().ok_or("no output")?);
    let mut said = String::new();
    for line in output.lines() {
        said = said + &line? + "\n";
        if said.contains("Ctrl-C ends it") {
            return Ok(child);
        }
    }
    Err(format!("it ended with {}: {said}", child.wait()?).into())
}

fn token_of_its_worker(second: &Cluster) -> Result<String, Box<dyn Error>> {
    let kubectl = second.kubectl();
    kubectl.apply("{apiVersion: v1, kind: Namespace, metadata: {name: services}}")?;
    kubectl.apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: worker, namespace: services}}")?;
    let audience = format!("--audience={AUDIENCE}");
    Ok(kubectl.run(&["create", "token", "worker", "-n", NAMESPACE, &audience])?.trim().to_owned())
}

/// What is left of a cluster: processes, mounts, interfaces, and with `all` files and control groups too.
fn left(plan: Plan, all: bool) -> Result<(), String> {
    let name = plan.name();
    let directory = format!("/var/lib/zero-trust-eks/{name}");
    let entries = fs::read_dir("/proc").map_err(|error| error.to_string())?.flatten();
    let commands = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let processes = commands.filter(|command| String::from_utf8_lossy(command).contains(&directory)).count();
    let mounts = fs::read_to_string("/proc/self/mounts").map_err(|error| error.to_string())?;
    let mounts = mounts.matches(&directory).count();
    let interface = Path::new("/sys/class/net").join(&name).exists();
    let groups = Path::new("/sys/fs/cgroup/memory").join(&name).exists();
    let files = Path::new(&directory).exists();
    let clean = processes == 0 && mounts == 0 && !interface && (!all || (!files && !groups));
    let found = format!("{processes} processes, {mounts} mounts, interface {interface}, files {files}");
    if clean { Ok(()) } else { Err(found) }
}
