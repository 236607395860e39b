//! The system on a real cluster: API server, kubelet, container runtime, policy engine, SPIRE and AWS's webhook.
//!
//! Starts a cluster of its own; `CLUSTER=N` uses the one that `make cluster` started with that number instead.
//! `CLUSTER_EXTENT=control-plane` starts no node and runs what needs no pod. With `KUBECONFIG` it starts nothing and runs
//! what makes sense on a cluster of somebody else's: `ADDRESS` and `API_KEY` say how to reach the product there.

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

mod authorities;
mod connectivity;
mod containers;
mod context;
mod ends;
mod irsa;
mod manifests;
mod operation;
mod spiffe;
mod stopped;
mod system;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use cluster::engines::Engines;
use cluster::{Cluster, ClusterError, Extent, Kubectl, Plan};
use context::{Context, TestResult};
use libtest_mimic::{Arguments, Failed, Trial};
use stack::Progress;
use tokio::runtime::Runtime;

type Test = fn(&Context) -> TestResult;

/// Lists functions as tests, named after their module and themselves.
macro_rules! tests {
    ($($module:ident :: $name:ident),+ $(,)?) => {
        vec![$((concat!(stringify!($module), "::", stringify!($name)), $module::$name as Test)),+]
    };
}

/// What needs no pod: run with `CLUSTER_EXTENT=control-plane` too.
fn without_pods() -> Vec<(&'static str, Test)> {
    tests![
        irsa::the_right_token_is_exchanged_for_its_own_role_only,
        irsa::tokens_of_others_are_refused_with_the_reason,
        irsa::a_token_of_another_cluster_is_refused,
        ends::a_second_cluster_is_a_stranger_and_leaves_nothing,
        manifests::the_api_server_takes_every_object_and_no_unknown_field,
    ]
}

/// In this order: each leaves the system as it found it, but later ones disturb it more.
fn with_pods() -> Vec<(&'static str, Test)> {
    tests![
        system::a_link_is_made_followed_and_counted_through_pods_only,
        manifests::a_second_application_changes_nothing,
        manifests::no_account_may_do_anything_in_the_cluster,
        containers::a_pod_holds_one_token_and_it_is_short_lived,
        containers::a_container_holds_its_program_and_nothing_to_write_to,
        containers::a_pod_has_the_variables_of_its_manifest_and_of_the_webhook,
        irsa::the_webhook_gives_nothing_to_an_account_without_a_role,
        spiffe::the_listeners_prove_their_svid,
        spiffe::only_the_registered_pod_gets_an_svid,
        spiffe::a_valid_svid_of_another_is_refused,
        connectivity::the_matrix_is_the_trust_map,
        connectivity::a_new_pod_is_bound_from_its_first_packet,
        connectivity::each_policy_file_matters,
        operation::a_rolling_update_fails_no_request_and_loses_no_click,
        operation::workers_follow_the_queue_up_and_down,
        operation::a_killed_pod_fails_nothing_that_is_repeated,
        operation::an_eviction_waits_for_the_budget,
        authorities::a_new_authority_takes_over_and_the_old_one_is_revoked,
        authorities::work_goes_on_without_spire_until_an_svid_ends,
    ]
}

/// What makes sense on a cluster that somebody else provides: what needs kubectl only.
fn with_kubectl() -> Vec<(&'static str, Test)> {
    tests![
        manifests::the_api_server_takes_every_object_and_no_unknown_field,
        manifests::no_account_may_do_anything_in_the_cluster,
    ]
}

/// And the product, where `ADDRESS` and `API_KEY` say how to reach it.
fn with_the_product() -> Vec<(&'static str, Test)> {
    tests![
        system::a_link_is_made_followed_and_counted_through_pods_only,
        operation::a_rolling_update_fails_no_request_and_loses_no_click,
        operation::a_killed_pod_fails_nothing_that_is_repeated,
        operation::an_eviction_waits_for_the_budget,
    ]
}

/// Whose cluster it is, and how much of it the tests are given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Ours(Extent),
    Others { product: bool },
}

impl Subject {
    fn chosen() -> Self {
        let set = |name| std::env::var_os(name).is_some();
        match std::env::var("CLUSTER_EXTENT").as_deref() {
            Ok("control-plane") => Self::Ours(Extent::ControlPlane),
            Ok(other) => panic!("CLUSTER_EXTENT is control-plane or not set, not {other}"),
            Err(_) if set("KUBECONFIG") => Self::Others { product: set("ADDRESS") && set("API_KEY") },
            Err(_) => Self::Ours(Extent::System { release: false }),
        }
    }

    fn tests(self) -> Vec<(&'static str, Test)> {
        match self {
            Self::Ours(Extent::ControlPlane) => without_pods(),
            Self::Ours(Extent::System { .. }) => [without_pods(), with_pods()].concat(),
            Self::Others { product: true } => [with_kubectl(), with_the_product()].concat(),
            Self::Others { product: false } => with_kubectl(),
        }
    }

    fn context(self, runtime: &Runtime) -> Result<Context, ClusterError> {
        match self {
            Self::Others { .. } => {
                let config = std::env::var_os("KUBECONFIG").unwrap_or_default();
                let engines = Engines::build(&["kubectl"])?;
                Ok(Context::of_others(Kubectl::new(engines.path("kubectl")?, Path::new(&config))))
            }
            Self::Ours(extent) => runtime.block_on(provide(extent)).map(Context::new),
        }
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let subject = Subject::chosen();
    if arguments.list {
        let trials = subject.tests().into_iter().map(|(name, _)| Trial::test(name, || Ok(())));
        return libtest_mimic::run(&arguments, trials.collect()).exit_code();
    }
    let runtime = Runtime::new().expect("a runtime");
    let context = match subject.context(&runtime) {
        Ok(context) => Arc::new(context),
        Err(error) => {
            eprintln!("the cluster did not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    if subject == Subject::Ours(Extent::ControlPlane) {
        context.prepare().expect("the accounts");
    }
    let trials = subject.tests().into_iter().map(|(name, test)| {
        let context = Arc::clone(&context);
        Trial::test(name, move || test(&context).map_err(|error| Failed::from(error.to_string())))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    for note in context.notes() {
        println!("note: {note}");
    }
    conclusion.exit_code()
}

async fn provide(extent: Extent) -> Result<Cluster, ClusterError> {
    if let Ok(number) = std::env::var("CLUSTER") {
        let plan = number.parse().ok().and_then(Plan::new).expect("CLUSTER is the number of a cluster");
        return Cluster::attach(plan);
    }
    // The last one, so that a developer's own stays.
    let plan = Plan::new(Plan::MOST - 1).expect("a plan");
    Cluster::start(plan, extent, time::OffsetDateTime::now_utc(), &Progress::stdout()).await
}
