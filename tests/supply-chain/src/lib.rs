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

pub use error::SupplyChainError;
pub use trust_map::repository;

/// The three images, by the name of their program.
pub const SERVICES: [&str; 3] = ["url-service", "worker", "migrate"];
