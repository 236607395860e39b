//! Putting the worker together.

use std::sync::Arc;

use aws_sdk_sqs::Client;
use identity::irsa;
use identity::spiffe::{MtlsConnector, Refusals, Svid};
use runtime::health::Weight;
use runtime::lifecycle::Task;
use runtime::{ServiceContext, StartError};

use crate::consumer::Consumer;
use crate::delivery::Delivery;
use crate::metrics::Metrics;
use crate::process::Processor;
use crate::queue::ClickQueue;
use crate::queue_depth;
use crate::settings::Settings;

/// Obtains both identities, checks that the queue is there, and starts polling.
///
/// # Errors
/// When an identity or the queue is not to be had: the worker could do nothing without.
pub(crate) async fn start(settings: Settings, context: ServiceContext) -> Result<Vec<Task>, StartError> {
    let (aws, svid) = tokio::try_join!(
        async {
            let connected = irsa::connect(&settings.irsa, &context).await;
            connected.map_err(|error| StartError::new("assume the worker's role", error))
        },
        async {
            let obtained = Svid::obtain(&settings.spiffe, &context).await;
            obtained.map_err(|error| StartError::new("obtain the worker's SVID", error))
        },
    )?;
    let metrics = Metrics::register(&context.metrics);
    let queue = ClickQueue::new(Client::new(&aws), settings.queue_url, settings.visibility, metrics.clone());
    let depth = queue.depth().await.map_err(|error| StartError::new("look at the click queue", error))?;
    tracing::info!(
        queue = queue.name(),
        visible = depth.visible,
        in_flight = depth.in_flight,
        "found the click queue"
    );
    let queue_check = context.health.check("click_queue", Weight::Required);
    queue_check.up();
    let connector = MtlsConnector::new(&svid, &settings.server)
        .map_err(|error| StartError::new("set up mutual TLS to url-service", error))?;
    let processor = Processor {
        delivery: Delivery::new(settings.click_batches, connector, metrics.delivery_seconds.clone()),
        refusals: Refusals::register(&context.metrics),
        delivery_check: context.health.check("delivery", Weight::Informational),
        queue: queue.name().to_owned(),
        clock: Arc::clone(&context.clock),
        random,
        root_sampling: context.root_sampling,
        metrics: metrics.clone(),
    };
    let consumer =
        Consumer { queue: queue.clone(), processor, health: context.health.clone(), queue_check, random };
    Ok(vec![
        Task::spawn("click consumer", |stop| Arc::new(consumer).run(settings.pollers, stop)),
        Task::spawn("queue depth", |stop| queue_depth::watch(queue, metrics, stop)),
    ])
}

#[expect(clippy::disallowed_methods, reason = "the one place where the worker draws random numbers")]
fn random() -> u32 {
    rand::random()
}
