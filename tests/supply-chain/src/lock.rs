//! `Cargo.lock`, resolved for one program: its features, the target that is shipped, no test.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;

use crate::shell::run;
use crate::{SupplyChainError, repository};

/// The target of the images.
pub const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A crate as `Cargo.lock` names it.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its archive in hexadecimal; none for what is in this repository.
    pub checksum: Option<String>,
}

/// Every crate that `service` is compiled from or with, procedural macros and build scripts' dependencies included.
///
/// # Errors
///
/// When cargo cannot resolve it from the lock file alone, or names a crate that the lock file does not.
pub fn resolved(service: &str) -> Result<BTreeSet<Package>, SupplyChainError> {
    let lock = locked()?;
    let mut tree = Command::new("cargo");
    tree.current_dir(repository()).args(["tree", "--locked", "--offline", "--target", TARGET]);
    tree.args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}", "--package", service]);
    run(&mut tree)?.lines().filter(|line| !line.is_empty()).map(|line| find(&lock, line)).collect()
}

/// A line of `cargo tree`: `name vVERSION`, then a path or a remark.
fn find(lock: &BTreeMap<(String, String), Package>, line: &str) -> Result<Package, SupplyChainError> {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default().to_owned();
    let version = words.next().and_then(|word| word.strip_prefix('v')).unwrap_or_default().to_owned();
    lock.get(&(name, version)).cloned().ok_or_else(|| SupplyChainError::Document {
        what: "Cargo.lock".to_owned(),
        found: format!("no package for `{line}`"),
    })
}

fn locked() -> Result<BTreeMap<(String, String), Package>, SupplyChainError> {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    let path = repository().join("Cargo.lock");
    let text = std::fs::read_to_string(&path).map_err(SupplyChainError::file("read", &path))?;
    let lock: Lock = toml::from_str(&text).map_err(SupplyChainError::document("Cargo.lock"))?;
    let by_name = |package: Package| ((package.name.clone(), package.version.clone()), package);
    Ok(lock.package.into_iter().map(by_name).collect())
}
