//! The local stack: everything that the services need, started on this machine for as long as it is wanted.
//!
//! The command `stack run` is the developer's way in, and the end-to-end tests use the same code as their harness.
//! Several stacks run side by side: each has free ports, a scratch directory and processes of its own.
//!
//! ```no_run
//! # async fn example() -> Result<(), stack::StackError> {
//! use stack::{Progress, Stack, StackOptions};
//!
//! let stack = Stack::start(StackOptions::for_tests(), &Progress::silent()).await?;
//! let answer = stack.http().get(&format!("{}/unknown", stack.public_url())).await?;
//! assert_eq!(answer.status, 404);
//! stack.stop().await?;
//! # Ok(())
//! # }
//! ```
//!
//! What each part stands in for, and what it does not prove, is in the crate's `README.md`.

pub mod account;
mod clock;
pub mod collector;
pub mod emulator;
mod error;
pub mod faults;
mod hexadecimal;
pub mod http_client;
pub mod issuer;
mod log_file;
pub mod mutual_tls;
pub mod names;
mod operator;
mod options;
mod platform;
mod ports;
pub mod postgres;
mod process;
mod progress;
pub mod projected_token;
mod provision;
mod scratch;
pub mod service;
mod settings;
mod stack;
pub mod svid;
pub mod workload_api;

pub use error::StackError;
pub use http_client::HttpClient;
pub use log_file::{LogFile, LogTail};
pub use names::Workload;
pub use operator::Operator;
pub use options::{PublishedIssuer, StackOptions};
pub use platform::Platform;
pub use process::Process;
pub use progress::{Progress, Step};
pub use provision::{Arns, Resources};
pub use rustix::process::Signal;
pub use service::{Changes, Finished, Service};
pub use stack::Stack;
