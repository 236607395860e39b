//! What every process of the system does in the same way: read its settings, start, report its health,
//! serve HTTP, and stop in order.
//!
//! A service is a value of [`Service`]: how to read its settings and how to start. [`boot::run`] does the
//! rest, in this order: settings (all faults together) → telemetry → admin listener → the service's own
//! start → ready → a signal → unready → each [`lifecycle::Task`] stopped in order → telemetry flushed.

pub mod admin;
pub mod boot;
pub mod clock;
mod core_dump;
pub mod health;
pub mod http_server;
pub mod lifecycle;
pub mod metrics;
pub mod settings;
pub mod telemetry;

pub use boot::{Service, ServiceContext, StartError, run};
pub use clock::{Clock, SystemClock};
