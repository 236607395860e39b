//! Admission by real engines: the API server's own policies and Kyverno.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what is wrong by failing, and is an edge"
)]

use cluster::{AdmissionCluster, Plan};
use stack::Progress;

fn main() {
    let plan = Plan::new(Plan::MOST - 2).expect("a plan");
    let cluster = AdmissionCluster::start(plan, time::OffsetDateTime::now_utc(), &Progress::stdout()).expect("a control plane");
    println!("{} {}", cluster.kubectl().program().display(), cluster.kubectl().kubeconfig().display());
    let seconds = std::env::var("KEEP").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    std::thread::sleep(std::time::Duration::from_secs(seconds));
}
