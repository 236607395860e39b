//! The services as static programs, and every image of the cluster.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ClusterError;
use crate::engines::Engines;
use crate::machine::run;
use crate::registry::Registry;

/// The only target that needs no other C library.
const TARGET: &str = "x86_64-unknown-linux-gnu";
const SERVICES: [&str; 3] = ["url-service", "worker", "migrate"];
/// Engines that run as pods, and as whom: what reaches into the node, or binds a low port, is root there.
const PODS: [(&str, Option<&str>); 8] = [
    ("coredns", Some("0:0")),
    ("keda-adapter", None),
    ("keda-operator", None),
    ("listener", None),
    ("metrics-server", None),
    ("spiffe-csi", Some("0:0")),
    ("spire-agent", Some("0:0")),
    ("spire-server", None),
];

/// Builds the services as static programs and returns the folder that they are in.
pub(crate) fn build_services(release: bool) -> Result<PathBuf, ClusterError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new("cargo");
    command.current_dir(&root).args(["build", "--quiet", "--target", TARGET]);
    command.args(SERVICES.iter().flat_map(|service| ["-p", service]));
    // An image holds nothing but the program, so the program holds its C library.
    command.env("RUSTFLAGS", "-C target-feature=+crt-static");
    if release {
        command.arg("--release");
    }
    run(&mut command)?;
    Ok(root.join("target").join(TARGET).join(if release { "release" } else { "debug" }))
}

/// Pushes every image and returns the references by name.
pub(crate) async fn push(
    registry: &Registry,
    engines: &Engines,
    services: &Path,
) -> Result<BTreeMap<String, String>, ClusterError> {
    let mut images = BTreeMap::new();
    for (name, user) in PODS {
        images.insert(name.to_owned(), registry.push(name, engines.path(name)?, user).await?);
    }
    for name in SERVICES {
        images.insert(name.to_owned(), registry.push(name, &services.join(name), None).await?);
    }
    Ok(images)
}
