//! A Kubernetes cluster on one machine, with the system on it as production would run it.
//!
//! What provides the cluster ([`Cluster`] and what it is made of) knows nothing of the tests, and what runs on it
//! ([`Kubectl`], the manifests under `kubernetes/`) knows nothing of how the cluster came to be.

mod account_values;
mod admission_cluster;
mod authority;
pub mod aws;
mod cluster;
mod control_groups;
mod control_plane;
mod deploy;
pub mod engines;
mod error;
mod example;
mod extent;
mod images;
mod kubeconfig;
mod kubectl;
mod kyverno;
mod machine;
mod network;
mod node;
mod ownership;
pub mod plan;
pub mod platform;
pub mod probe;
mod registry;
mod wait;

pub use admission_cluster::{AdmissionCluster, Program};
pub use cluster::Cluster;
pub use deploy::{deploy, spire_server};
pub use error::ClusterError;
pub use example::copy_with_example;
pub use extent::Extent;
pub use kubectl::Kubectl;
pub use ownership::down;
pub use plan::Plan;
pub use wait::until;
