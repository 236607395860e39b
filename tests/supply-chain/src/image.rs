//! An image as `services/images/build` leaves it: an OCI image layout
//! (<https://github.com/opencontainers/image-spec/blob/main/image-layout.md>).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tar::EntryType;

use crate::shell::run;
use crate::{SERVICES, SupplyChainError, repository};

/// One image on disk.
#[derive(Clone, Debug)]
pub struct Image {
    /// The folder of the layout.
    pub layout: PathBuf,
    /// The digest of the manifest, `sha256:` and hexadecimal.
    pub digest: String,
}

/// What a layer says of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// `file`, `folder`, or whatever else it is.
    pub kind: &'static str,
    /// Permissions, set-user and set-group bits included.
    pub mode: u32,
    /// Owner and group.
    pub owner: (u64, u64),
    /// Bytes.
    pub size: u64,
    /// Seconds since 1970.
    pub modified: u64,
}

impl Image {
    /// The image of `service`, in the folder `IMAGES` or in `target/images/release`.
    ///
    /// # Errors
    ///
    /// When it has not been built.
    pub fn built(service: &str) -> Result<Self, SupplyChainError> {
        let default = || repository().join("target/images/release");
        let folder = std::env::var_os("IMAGES").map_or_else(default, PathBuf::from);
        Self::open(&folder.join(service))
    }

    /// Makes an image of each service with a few bytes in place of its program, where nobody looks at what is in it.
    ///
    /// # Errors
    ///
    /// When `services/images/assemble` fails.
    pub fn placeholders(folder: &Path) -> Result<(), SupplyChainError> {
        let programs = folder.join("programs");
        fs::create_dir_all(&programs).map_err(SupplyChainError::file("make", &programs))?;
        for service in SERVICES {
            let program = programs.join(service);
            fs::write(&program, service).map_err(SupplyChainError::file("write", &program))?;
        }
        let mut assemble = Command::new(repository().join("services/images/assemble"));
        run(assemble.arg(programs).arg(folder.join("images"))).map(drop)
    }

    /// The only image of a layout.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn open(layout: &Path) -> Result<Self, SupplyChainError> {
        let index = json(&layout.join("index.json"))?;
        let digest = index.pointer("/manifests/0/digest").and_then(Value::as_str).unwrap_or_default();
        Ok(Self { layout: layout.to_owned(), digest: digest.to_owned() })
    }

    /// The manifest.
    ///
    /// # Errors
    ///
    /// When it cannot be read or does not have its digest.
    pub fn manifest(&self) -> Result<Value, SupplyChainError> {
        let bytes = self.blob(&self.digest)?;
        serde_json::from_slice(&bytes).map_err(SupplyChainError::document("the manifest"))
    }

    /// What the image says of itself: user, entry point, labels, times.
    ///
    /// # Errors
    ///
    /// When it cannot be read or does not have its digest.
    pub fn config(&self) -> Result<Value, SupplyChainError> {
        let manifest = self.manifest()?;
        let digest = manifest.pointer("/config/digest").and_then(Value::as_str).unwrap_or_default();
        serde_json::from_slice(&self.blob(digest)?).map_err(SupplyChainError::document("the configuration"))
    }

    /// Everything in the image, by path.
    ///
    /// # Errors
    ///
    /// When a layer cannot be read.
    pub fn entries(&self) -> Result<BTreeMap<String, Entry>, SupplyChainError> {
        let mut entries = BTreeMap::new();
        for layer in self.layers()? {
            let listed = list(&mut self.archive(&layer)?);
            entries.extend(listed.map_err(SupplyChainError::file("read the layers of", &self.layout))?);
        }
        Ok(entries)
    }

    /// Writes everything in the image under a folder.
    ///
    /// # Errors
    ///
    /// When a layer cannot be read or a file not be written.
    pub fn unpack(&self, folder: &Path) -> Result<(), SupplyChainError> {
        for layer in self.layers()? {
            let mut archive = self.archive(&layer)?;
            archive.set_preserve_permissions(true);
            archive.unpack(folder).map_err(SupplyChainError::file("unpack into", folder))?;
        }
        Ok(())
    }

    /// Bytes as a registry keeps and sends them.
    ///
    /// # Errors
    ///
    /// When the manifest cannot be read.
    pub fn compressed(&self) -> Result<u64, SupplyChainError> {
        let manifest = self.manifest()?;
        Ok(layers(&manifest).filter_map(|layer| layer.get("size").and_then(Value::as_u64)).sum())
    }

    fn layers(&self) -> Result<Vec<String>, SupplyChainError> {
        let manifest = self.manifest()?;
        let digests = layers(&manifest).filter_map(|layer| layer.get("digest").and_then(Value::as_str));
        Ok(digests.map(str::to_owned).collect())
    }

    fn archive(&self, digest: &str) -> Result<tar::Archive<GzDecoder<File>>, SupplyChainError> {
        let path = self.path(digest);
        let file = File::open(&path).map_err(SupplyChainError::file("read", &path))?;
        Ok(tar::Archive::new(GzDecoder::new(file)))
    }

    fn blob(&self, digest: &str) -> Result<Vec<u8>, SupplyChainError> {
        let path = self.path(digest);
        let bytes = fs::read(&path).map_err(SupplyChainError::file("read", &path))?;
        if sha256(&bytes) == digest {
            return Ok(bytes);
        }
        Err(SupplyChainError::Document { what: path.display().to_string(), found: sha256(&bytes) })
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.layout.join("blobs").join(digest.replace(':', "/"))
    }
}

/// A digest as OCI writes it.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

fn layers(manifest: &Value) -> impl Iterator<Item = &Value> {
    manifest.get("layers").and_then(Value::as_array).into_iter().flatten()
}

fn list(archive: &mut tar::Archive<GzDecoder<File>>) -> std::io::Result<Vec<(String, Entry)>> {
    let entry = |entry: std::io::Result<tar::Entry<_>>| {
        let entry = entry?;
        let path = entry.path()?.display().to_string();
        Ok((path.trim_end_matches('/').to_owned(), describe(entry.header())?))
    };
    archive.entries()?.map(entry).collect()
}

fn describe(header: &tar::Header) -> std::io::Result<Entry> {
    let kind = match header.entry_type() {
        EntryType::Regular => "file",
        EntryType::Directory => "folder",
        EntryType::Symlink | EntryType::Link => "link",
        _ => "something else",
    };
    Ok(Entry {
        kind,
        // Some writers put the type of the file above the permissions.
        mode: header.mode()? & 0o7777,
        owner: (header.uid()?, header.gid()?),
        size: header.size()?,
        modified: header.mtime()?,
    })
}

fn json(path: &Path) -> Result<Value, SupplyChainError> {
    let bytes = fs::read(path).map_err(SupplyChainError::file("read", path))?;
    serde_json::from_slice(&bytes).map_err(SupplyChainError::document(path.display().to_string()))
}
