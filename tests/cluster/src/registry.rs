//! The registry of one run, and images of a single program each.
//!
//! An image is one layer with one file, and the same bytes give the same digest: nothing in it depends on the clock.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stack::HttpClient;

use crate::ClusterError;
use crate::authority::write;
use crate::machine::{Machine, run};
use crate::plan::{Plan, REGISTRY};
use crate::wait::until;

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The user of every image: no name, no shell, no home.
const USER: &str = "65532:65532";

/// A running registry.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    address: String,
    client: HttpClient,
}

impl Registry {
    /// Starts Debian's `docker-registry` on the node.
    pub(crate) fn start(node: &mut Machine, plan: Plan, directory: &Path) -> Result<Self, ClusterError> {
        let storage = directory.join("registry");
        let config = json!({
            "version": 0.1,
            "storage": { "filesystem": { "rootdirectory": storage } },
            "http": { "addr": plan.registry() },
        });
        let file = directory.join("registry.json");
        write(&file, &config.to_string(), 0o600)?;
        node.spawn("registry", "docker-registry", ["serve".into(), file.into_os_string()])?;
        until("the registry", Duration::from_secs(20), || {
            node.check().map_err(|error| error.to_string())?;
            std::net::TcpStream::connect(plan.registry()).map(drop).map_err(|error| error.to_string())
        })?;
        Ok(Self { address: format!("http://{}", plan.registry()), client: HttpClient::new() })
    }

    /// Pushes the program at `path` as the image `name` and returns its reference by digest.
    pub(crate) async fn push(
        &self,
        name: &str,
        path: &Path,
        user: Option<&str>,
    ) -> Result<String, ClusterError> {
        let program = fs::read(path).map_err(ClusterError::file("read", path))?;
        let layer = archive(name, &program).map_err(ClusterError::file("pack", path))?;
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": { "User": user.unwrap_or(USER), "Entrypoint": [format!("/{name}")] },
            "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
        });
        let config = config.to_string().into_bytes();
        let describe = |media: &str, blob: &[u8]| json!({ "mediaType": media, "digest": digest(blob), "size": blob.len() });
        let manifest: Value = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": describe(CONFIG, &config),
            "layers": [describe(LAYER, &layer)],
        });
        let manifest = manifest.to_string().into_bytes();
        let repository = format!("zero-trust-eks/{name}");
        self.blob(&repository, layer).await?;
        self.blob(&repository, config).await?;
        let reference = digest(&manifest);
        let url = format!("{}/v2/{repository}/manifests/{reference}", self.address);
        self.send(Method::PUT, &url, MANIFEST, manifest).await?;
        Ok(format!("{REGISTRY}/{repository}@{reference}"))
    }

    /// Pushes the images that `services/images/build` left in a folder and returns their references by name.
    pub(crate) fn push_built(&self, folder: &Path) -> Result<BTreeMap<String, String>, ClusterError> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/images/push");
        let prefix = format!("{}/zero-trust-eks", self.address.trim_start_matches("http://"));
        let mut push = Command::new(script);
        let printed = run(push.arg(folder).arg(&prefix).env("PLAIN_HTTP", "yes"))?;
        let references = printed.lines().filter_map(|line| line.strip_prefix(&prefix)?.strip_prefix('/'));
        let named = |image: &str| {
            let (name, digest) = image.split_once('@')?;
            Some((name.to_owned(), format!("{REGISTRY}/zero-trust-eks/{name}@{digest}")))
        };
        Ok(references.filter_map(named).collect())
    }

    /// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#post-then-put>
    async fn blob(&self, repository: &str, blob: Vec<u8>) -> Result<(), ClusterError> {
        let url = format!("{}/v2/{repository}/blobs/uploads/", self.address);
        let location = self.send(Method::POST, &url, "application/octet-stream", Vec::new()).await?;
        let separator = if location.contains('?') { '&' } else { '?' };
        let url = format!("{location}{separator}digest={}", digest(&blob));
        self.send(Method::PUT, &url, "application/octet-stream", blob).await.map(drop)
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Result<String, ClusterError> {
        let answer = self.client.send(method, url, Some(kind), body).await?;
        let location = answer.header("location").unwrap_or_default().to_owned();
        match answer.status {
            StatusCode::ACCEPTED | StatusCode::CREATED => Ok(location),
            status => Err(ClusterError::Answer {
                what: format!("the registry, asked for {url},"),
                answer: format!("{status} {}", answer.text()),
            }),
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// One executable file, owned by root, changed at the epoch.
fn archive(name: &str, program: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_size(program.len() as u64);
    header.set_mode(0o555);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, name, program)?;
    builder.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_program_gives_the_same_layer() {
        let layer = archive("worker", b"program").unwrap();
        assert_eq!(digest(&layer), digest(&archive("worker", b"program").unwrap()));
        assert_ne!(digest(&layer), digest(&archive("worker", b"another").unwrap()));
    }
}
