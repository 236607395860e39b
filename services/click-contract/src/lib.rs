//! What travels between url-service and worker: click batches on the queue, summaries on the way back.
//!
//! - [`batch`]: url-service → SQS → worker. One message holds many clicks.
//! - [`summary`]: worker → url-service's internal API. The same clicks, enriched and summed.
//! - [`bot`]: which visitors are not people, a rule that both sides must agree on.
//!
//! Either side treats what it receives as hostile: sizes, references and values are checked on decoding.

pub mod batch;
pub mod bot;
pub mod summary;

pub use batch::{Batch, BatchBuilder, Click};
pub use summary::Summary;
