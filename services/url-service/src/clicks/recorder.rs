//! Taking clicks on the request path.
//!
//! A click is added to the open batch under a short lock; nothing waits for the network or the disk, and
//! nothing is kept of the request's own buffers. A batch that is full is sealed and handed to the publisher.
//! Memory is bounded in clicks: when even the disk cannot keep up, a click is dropped and counted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use click_contract::batch::MAX_BODY_BYTES;
use click_contract::{Batch, BatchBuilder, Click};
use opentelemetry::trace::SpanContext;
use prometheus_client::metrics::counter::Counter;
use runtime::metrics::Metrics;
use tokio::sync::mpsc;

use crate::random::Random;
use crate::settings;

/// A batch is sealed before its encoding can come near SQS's limit.
const SEAL_AT_BYTES: usize = MAX_BODY_BYTES - 16 * 1024;
/// Traced requests that one batch remembers; the rest are traced up to the redirect only.
const TRACES: usize = 32;

/// A batch on its way to the queue.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) batch: Batch,
    /// The redirects in it that are traced.
    pub(crate) traces: Vec<SpanContext>,
}

/// Takes clicks.
#[derive(Debug)]
pub(crate) struct Recorder {
    open: Mutex<Open>,
    sealed: mpsc::UnboundedSender<Sealed>,
    /// Clicks that were sealed and are neither sent nor spooled yet.
    waiting: Arc<AtomicUsize>,
    settings: settings::Clicks,
    random: Random,
    accepted: Counter,
    dropped: Counter,
}

#[derive(Debug)]
struct Open {
    builder: BatchBuilder,
    traces: Vec<SpanContext>,
}

/// The publisher's end.
#[derive(Debug)]
pub(crate) struct Outlet {
    pub(crate) sealed: mpsc::UnboundedReceiver<Sealed>,
    pub(crate) waiting: Arc<AtomicUsize>,
    pub(crate) dropped: Counter,
}

impl Recorder {
    /// A recorder and the end at which its batches come out. `now` is in seconds since the Unix epoch.
    pub(crate) fn new(
        settings: settings::Clicks,
        random: Random,
        now: i64,
        metrics: &Metrics,
    ) -> (Self, Outlet) {
        let (sender, sealed) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let accepted = metrics.register("clicks_accepted", "Clicks taken", Counter::default());
        let dropped = metrics.register(
            "clicks_dropped",
            "Clicks lost because neither memory nor disk had room",
            Counter::<u64>::default(),
        );
        let outlet = Outlet { sealed, waiting: Arc::clone(&waiting), dropped: dropped.clone() };
        let open = Mutex::new(Open { builder: BatchBuilder::new(random.id(), now), traces: Vec::new() });
        (Self { open, sealed: sender, waiting, settings, random, accepted, dropped }, outlet)
    }

    /// Takes one click, and its trace if it has one.
    pub(crate) fn record(&self, click: &Click<'_>, trace: Option<SpanContext>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if self.waiting.load(Ordering::Relaxed) + open.builder.len() >= self.settings.buffer_max {
            self.dropped.inc();
            return;
        }
        open.builder.push(click);
        if let Some(trace) = trace.filter(|_| open.traces.len() < TRACES) {
            open.traces.push(trace);
        }
        self.accepted.inc();
        if open.builder.len() >= self.settings.batch_max || open.builder.bytes() >= SEAL_AT_BYTES {
            self.seal_open(&mut open, click.at);
        }
    }

    /// Seals the open batch, if there is a click in it.
    pub(crate) fn seal(&self, now: i64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if !open.builder.is_empty() {
            self.seal_open(&mut open, now);
        }
    }

    fn seal_open(&self, open: &mut Open, now: i64) {
        let builder = std::mem::replace(&mut open.builder, BatchBuilder::new(self.random.id(), now));
        let sealed = Sealed { batch: builder.build(), traces: std::mem::take(&mut open.traces) };
        let clicks = sealed.batch.len();
        self.waiting.fetch_add(clicks, Ordering::Relaxed);
        if self.sealed.send(sealed).is_err() {
            // The publisher has stopped, after the listeners: nobody should be left to click.
            self.waiting.fetch_sub(clicks, Ordering::Relaxed);
            self.dropped.inc_by(u64::try_from(clicks).unwrap_or(u64::MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use runtime::SystemClock;
    use uuid::Uuid;

    use super::*;

    fn recorder(batch_max: usize, buffer_max: usize) -> (Recorder, Outlet) {
        let settings = settings::Clicks {
            queue_url: String::new(),
            flush: Duration::from_secs(1),
            batch_max,
            buffer_max,
            spool_directory: PathBuf::new(),
        };
        let random = Random::from_system(Arc::new(SystemClock)).unwrap();
        Recorder::new(settings, random, 0, &Metrics::default())
    }

    fn click(user_agent: &str) -> Click<'_> {
        Click { link: Uuid::nil(), at: 1, user_agent, referrer_host: "", country: "", visitor: 0 }
    }

    #[test]
    fn a_full_batch_is_sealed_and_a_part_of_one_on_demand() {
        let (recorder, mut outlet) = recorder(3, 100);
        (0..4).for_each(|_| recorder.record(&click("a"), None));
        let first = outlet.sealed.try_recv().unwrap();
        assert_eq!(first.batch.len(), 3);
        assert!(outlet.sealed.try_recv().is_err());
        recorder.seal(1);
        let second = outlet.sealed.try_recv().unwrap();
        assert_eq!(second.batch.len(), 1);
        assert_ne!(first.batch.id, second.batch.id);
        recorder.seal(1);
        assert!(outlet.sealed.try_recv().is_err(), "an empty batch is not sealed");
    }

    #[test]
    fn a_batch_of_long_strings_is_sealed_before_it_is_too_long() {
        let (recorder, mut outlet) = recorder(100_000, 1_000_000);
        (0..2_000).for_each(|n| recorder.record(&click(&format!("{n:0>250}")), None));
        let sealed = outlet.sealed.try_recv().unwrap();
        assert!(sealed.batch.encode().unwrap().len() <= MAX_BODY_BYTES);
    }

    #[test]
    fn beyond_the_bound_clicks_are_dropped_and_counted() {
        let (recorder, outlet) = recorder(2, 5);
        (0..8).for_each(|_| recorder.record(&click("a"), None));
        assert_eq!((recorder.accepted.get(), recorder.dropped.get()), (5, 3));
        outlet.waiting.store(0, Ordering::Relaxed);
        recorder.record(&click("a"), None);
        assert_eq!(recorder.accepted.get(), 6, "room again after the publisher has caught up");
    }
}
