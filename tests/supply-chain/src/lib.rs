//! What is known of an image: what it is made of, who built it, who signed it.
//!
//! The commands are those that a stranger uses: cosign, skopeo, runc, and Debian's `docker-registry` on loopback. Nothing
//! here can make an image: `services/images/build` does, for everybody.

pub mod container;
pub mod cosign;
mod error;
pub mod image;
pub mod lock;
pub mod provenance;
pub mod registry;
pub mod sbom;
mod shell;

use std::path::{Path, PathBuf};

pub use error::SupplyChainError;

/// The three images, by the name of their program.
pub const SERVICES: [&str; 3] = ["url-service", "worker", "migrate"];

/// The root of this repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
