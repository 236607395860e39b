//! Debian's `docker-registry` on loopback, and what an attacker with write access to a registry can do there.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::SupplyChainError;
use crate::image::{Image, sha256};
use crate::shell::run;

/// The media type of an image's manifest, and of a referrer's.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of a list of manifests.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A running registry. It ends when this is dropped.
#[derive(Debug)]
pub struct Registry {
    process: Child,
    folder: TempDir,
    address: String,
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Registry {
    /// Starts an empty registry on a free port.
    ///
    /// # Errors
    ///
    /// When `docker-registry` is missing or ends at once.
    pub fn start() -> Result<Self, SupplyChainError> {
        let folder = TempDir::new().map_err(SupplyChainError::file("make", &std::env::temp_dir()))?;
        let config = json!({
            "version": 0.1,
            "storage": { "filesystem": { "rootdirectory": folder.path().join("storage") } },
            "http": { "addr": "127.0.0.1:0" },
        });
        let file = folder.path().join("config.json");
        std::fs::write(&file, config.to_string()).map_err(SupplyChainError::file("write", &file))?;
        let program = "docker-registry".to_owned();
        let mut process = Command::new(&program)
            .arg("serve")
            .arg(&file)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|source| SupplyChainError::Run { program: program.clone(), source })?;
        match process.stderr.take().and_then(listening) {
            Some(address) => Ok(Self { process, folder, address }),
            None => Err(SupplyChainError::Command { program, output: "it does not listen".to_owned() }),
        }
    }

    /// Where it listens: `127.0.0.1:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Ends it.
    pub fn stop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Pushes an image unchanged, under a tag or under its digest alone, and returns its reference by digest.
    ///
    /// # Errors
    ///
    /// When skopeo or the registry refuses.
    pub fn push(&self, image: &Image, name: &str, tag: Option<&str>) -> Result<String, SupplyChainError> {
        let by_digest = format!("{}/{name}@{}", self.address, image.digest);
        let target = tag.map_or_else(|| by_digest.clone(), |tag| format!("{}/{name}:{tag}", self.address));
        let mut copy = Command::new("skopeo");
        copy.args(["copy", "--quiet", "--preserve-digests", "--dest-tls-verify=false"]);
        copy.args([format!("oci:{}", image.layout.display()), format!("docker://{target}")]);
        run(&mut copy)?;
        Ok(by_digest)
    }

    /// The bytes of a manifest, by tag or by digest.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn manifest(&self, name: &str, reference: &str) -> Result<Vec<u8>, SupplyChainError> {
        self.get(&format!("{name}/manifests/{reference}"))
    }

    /// Stores a manifest under a tag or its digest.
    ///
    /// # Errors
    ///
    /// When the registry refuses it.
    pub fn put_manifest(
        &self,
        name: &str,
        reference: &str,
        kind: &str,
        manifest: &[u8],
    ) -> Result<(), SupplyChainError> {
        let url = format!("http://{}/v2/{name}/manifests/{reference}", self.address);
        ureq::put(&url).content_type(kind).send(manifest).map(drop).map_err(failed(&url))
    }

    /// The bytes of a blob.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn blob(&self, name: &str, digest: &str) -> Result<Vec<u8>, SupplyChainError> {
        self.get(&format!("{name}/blobs/{digest}"))
    }

    /// Stores a blob and returns its digest
    /// (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md#post-then-put>).
    ///
    /// # Errors
    ///
    /// When the registry refuses it.
    pub fn put_blob(&self, name: &str, blob: &[u8]) -> Result<String, SupplyChainError> {
        let digest = sha256(blob);
        let url = format!("http://{}/v2/{name}/blobs/uploads/", self.address);
        let answer = ureq::post(&url).send_empty().map_err(failed(&url))?;
        let location =
            answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let separator = if location.contains('?') { '&' } else { '?' };
        let url = format!("{location}{separator}digest={digest}");
        ureq::put(&url).send(blob).map_err(failed(&url))?;
        Ok(digest)
    }

    /// Where the registry keeps a blob: whoever owns the registry can change it there.
    #[must_use]
    pub fn stored(&self, digest: &str) -> PathBuf {
        let hash = digest.trim_start_matches("sha256:");
        let folder = self.folder.path().join("storage/docker/registry/v2/blobs/sha256");
        folder.join(hash.get(..2).unwrap_or_default()).join(hash).join("data")
    }

    fn get(&self, path: &str) -> Result<Vec<u8>, SupplyChainError> {
        let url = format!("http://{}/v2/{path}", self.address);
        let accept = format!("{MANIFEST}, {INDEX}, */*");
        let mut answer = ureq::get(&url).header("accept", accept).call().map_err(failed(&url))?;
        answer.body_mut().read_to_vec().map_err(failed(&url))
    }
}

/// The tag that stands in for the referrers API where a registry has none
/// (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema>).
#[must_use]
pub fn referrers_tag(image: &Image) -> String {
    image.digest.replace(':', "-")
}

/// The address that the registry says it listens on; what it says later is read and forgotten.
fn listening(log: std::process::ChildStderr) -> Option<String> {
    let mut log = BufReader::new(log);
    let mut line = String::new();
    while log.read_line(&mut line).ok()? > 0 {
        if let Some((_, address)) = line.split_once("listening on ") {
            let address = address.split(['"', ' ', ',']).next()?.to_owned();
            std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
            return Some(address);
        }
        line.clear();
    }
    None
}

fn failed(url: &str) -> impl FnOnce(ureq::Error) -> SupplyChainError {
    move |source| SupplyChainError::Registry { url: url.to_owned(), source: Box::new(source) }
}
