//! What an image is made of: told by an SBOM, and told by the program itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::lock::Package;
use crate::shell::run;
use crate::{SupplyChainError, repository};

/// A CycloneDX document (<https://cyclonedx.org/docs/1.5/json/>), as far as it is compared.
#[derive(Debug, Deserialize)]
struct Sbom {
    metadata: Metadata,
    components: Vec<Component>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    component: Component,
}

#[derive(Debug, Deserialize)]
struct Component {
    name: String,
    version: String,
    #[serde(default)]
    hashes: Vec<Hash>,
}

#[derive(Debug, Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

/// Writes the SBOM of each image from `Cargo.lock`.
///
/// # Errors
///
/// When `services/images/sbom` fails.
pub fn write(folder: &Path) -> Result<(), SupplyChainError> {
    run(Command::new(repository().join("services/images/sbom")).arg(folder)).map(drop)
}

/// Where [`write`] puts the SBOM of `service`.
#[must_use]
pub fn file(folder: &Path, service: &str) -> PathBuf {
    folder.join(format!("{service}.cdx.json"))
}

/// Every crate that an SBOM names, its subject included.
///
/// # Errors
///
/// When the file cannot be read or is no CycloneDX document.
pub fn packages(path: &Path) -> Result<BTreeSet<Package>, SupplyChainError> {
    let bytes = fs::read(path).map_err(SupplyChainError::file("read", path))?;
    let sbom: Sbom =
        serde_json::from_slice(&bytes).map_err(SupplyChainError::document(path.display().to_string()))?;
    let components = sbom.components.into_iter().chain([sbom.metadata.component]);
    Ok(components.map(Component::package).collect())
}

impl Component {
    fn package(self) -> Package {
        let sha256 = self.hashes.into_iter().find(|hash| hash.alg == "SHA-256");
        Package { name: self.name, version: self.version, checksum: sha256.map(|hash| hash.content) }
    }
}

/// Name and version of every crate that a program says it was compiled from or with; cargo-auditable wrote it there.
///
/// # Errors
///
/// When the program holds no such list.
pub fn of_program(path: &Path) -> Result<BTreeSet<(String, String)>, SupplyChainError> {
    let failed = |source| SupplyChainError::Program { path: path.to_owned(), source: Box::new(source) };
    let info =
        auditable_info::audit_info_from_file(path, auditable_info::Limits::default()).map_err(failed)?;
    Ok(info.packages.into_iter().map(|package| (package.name, package.version.to_string())).collect())
}
