//! The services as separate processes, each with exactly the environment that its manifest gives it.

mod binary;
mod environment;
mod instance;
mod once;

pub use environment::{Changes, Environment};
pub use instance::{Addresses, Service};
pub use once::Finished;

pub(crate) use binary::Binaries;
pub(crate) use environment::{migrate, url_service, worker};
pub(crate) use once::run;
