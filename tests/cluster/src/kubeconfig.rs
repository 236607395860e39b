//! Kubeconfig files: who a program is, and which API server it trusts.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::ClusterError;
use crate::authority::{Authority, Identity, write};

/// Writes a kubeconfig for the user `name` of `group` and returns its path.
pub(crate) fn kubeconfig(
    authority: &Authority,
    server: &str,
    directory: &Path,
    name: &str,
    group: Option<&str>,
) -> Result<PathBuf, ClusterError> {
    let Identity { certificate, key } = authority.client(name, group)?;
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "cluster",
        "clusters": [{ "name": "cluster", "cluster": {
            "server": server,
            "certificate-authority": directory.join("cluster.crt"),
        }}],
        "users": [{ "name": name, "user": { "client-certificate": certificate, "client-key": key } }],
        "contexts": [{ "name": "cluster", "context": { "cluster": "cluster", "user": name } }],
    });
    let path = directory.join(format!("{}.kubeconfig", name.replace([':', '/'], "-")));
    write(&path, &config.to_string(), 0o600)?;
    Ok(path)
}
