//! The verifying front door of the local run: who calls, and may they.
//!
//! The AWS emulator behind it checks neither tokens nor signatures nor policies. The gate checks all three, as AWS
//! documents them, and sends on what passes. Services and tests see the gate only.
//!
//! - [`Gate`] is a running gate; [`Config`] is what it is told.
//! - STS: `AssumeRoleWithWebIdentity` for who shows a token, `GetCallerIdentity` for who has a session.
//! - Every other call: its signature is verified, the session found, the policies asked ([`authorization`]), and the
//!   request sent on under the emulator's own credentials.
//! - Every decision is one [`Entry`] of the decision log.
//!
//! What a machine without AWS cannot show: the network. A [`Door`] says which VPC, which endpoint and whether TLS, and
//! the gate believes it.

mod account;
pub mod authorization;
pub mod config;
mod decision_log;
mod exchange;
mod fault;
mod forward;
mod gate;
mod parameters;
mod random;
mod received;
mod service;
mod sessions;
mod sigv4;
mod sts;

pub use account::AccountError;
pub use config::{Account, Config, Door, Policy, Provider, Resource, Role};
pub use decision_log::{Entry, Outcome};
pub use gate::{Gate, GateError, Sources};
