//! Every image of the cluster: the services' by the Dockerfile, and one program each for what stands in for others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ClusterError;
use crate::engines::Engines;
use crate::machine::run;
use crate::registry::Registry;

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

/// Builds the services' images, which differ from the shipped ones in their profile only, and returns the folder that
/// they are in.
pub(crate) fn build_services(release: bool) -> Result<PathBuf, ClusterError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let profile = if release { "release" } else { "debug" };
    let folder = root.join("target/images").join(profile);
    run(&mut Command::new(root.join("services/images/packages")))?;
    run(Command::new(root.join("services/images/build")).arg(profile).arg(&folder))?;
    Ok(folder)
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
    images.extend(registry.push_built(services)?);
    Ok(images)
}
