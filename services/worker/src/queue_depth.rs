//! The queue's length as a gauge. The dead-letter queue is out of the worker's reach; its length is for
//! monitoring to watch.

use std::time::Duration;

use runtime::lifecycle::{BoxError, Chain};
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use crate::queue::ClickQueue;

/// SQS's estimates settle within about a minute; asking more often would tell nothing.
const INTERVAL: Duration = Duration::from_secs(30);

/// Asks for the queue's length until `stop`. A failure is logged, and the gauges keep their last value.
///
/// # Errors
/// Never; the type is that of a task.
pub(crate) async fn watch(
    queue: ClickQueue,
    metrics: Metrics,
    stop: CancellationToken,
) -> Result<(), BoxError> {
    let watching = async {
        loop {
            match queue.depth().await {
                Ok(depth) => metrics.queue_depth(depth.visible, depth.in_flight),
                Err(error) => tracing::warn!(error = %Chain(&error), "the queue's length is not known"),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    tokio::select! {
        () = watching => {}
        () = stop.cancelled() => {}
    }
    Ok(())
}
