//! The worker: takes click batches from the queue, makes statistics of them and hands these to url-service.
//!
//! It reads what strangers caused to be written, so it holds as little as possible: one role that can use one
//! queue, one SVID that admits it to one route, no database and no secret.
//!
//! A message passes through these steps, each a module:
//! [`queue`] (SQS's API) → [`consumer`] (polling, visibility, deletion) → [`message`] (what SQS delivered) →
//! [`process`] (one message to one [`outcome`]) → [`enrich`] and [`rollup`] (clicks to sums) → [`delivery`]
//! (to url-service's internal listener).

mod app;
mod backoff;
mod consumer;
mod delivery;
mod enrich;
#[cfg(test)]
mod fakes;
mod message;
mod metrics;
mod outcome;
mod process;
mod queue;
mod queue_depth;
mod rollup;
mod settings;
mod trace;

use std::process::ExitCode;

use runtime::lifecycle::Task;
use runtime::settings::Reader;
use runtime::{Service, ServiceContext, StartError};

use crate::settings::Settings;

struct Worker;

impl Service for Worker {
    const NAME: &'static str = "worker";
    type Settings = Settings;

    fn settings(reader: &mut Reader) -> Option<Settings> {
        Settings::read(reader)
    }

    async fn start(settings: Settings, context: ServiceContext) -> Result<Vec<Task>, StartError> {
        Box::pin(app::start(settings, context)).await
    }
}

fn main() -> ExitCode {
    // Before anything can open a TLS connection with other cipher suites.
    identity::tls::install_provider();
    runtime::run::<Worker>()
}
