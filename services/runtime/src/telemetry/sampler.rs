//! Which requests are traced.
//!
//! The decision is taken before a span exists: on the redirect path, building a span only to drop it would
//! cost more than the redirect's own work.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

/// Decides which root requests begin a trace.
#[derive(Clone, Copy, Debug)]
pub struct RootSampling {
    threshold: u64,
}

impl RootSampling {
    /// `ratio` is the share of root requests to trace, from 0 to 1.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a ratio from 0 to 1 scaled to 2^32 fits, and the last bits do not matter"
    )]
    pub fn new(ratio: f64) -> Self {
        Self { threshold: (ratio.clamp(0.0, 1.0) * (1_u64 << 32) as f64) as u64 }
    }

    /// Whether any root request is traced at all.
    #[must_use]
    pub fn is_on(self) -> bool {
        self.threshold > 0
    }

    /// Whether a request that drew `random` is traced.
    #[must_use]
    pub fn wants(self, random: u32) -> bool {
        u64::from(random) < self.threshold
    }
}

/// Follows the decision that was taken already: a child does as its parent, a server's or a consumer's
/// root span exists only because [`RootSampling`] wanted it, and any other root is nobody's.
#[derive(Clone, Debug)]
pub(super) struct FollowDecision;

impl ShouldSample for FollowDecision {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _: TraceId,
        _: &str,
        kind: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let parent = parent
            .filter(|context| context.has_active_span())
            .map(|context| context.span().span_context().clone());
        let sampled = match &parent {
            Some(parent) => parent.is_sampled(),
            None => matches!(kind, SpanKind::Server | SpanKind::Consumer),
        };
        SamplingResult {
            decision: if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop },
            attributes: Vec::new(),
            trace_state: parent.map(|parent| parent.trace_state().clone()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_the_share_of_draws() {
        assert!(!RootSampling::new(0.0).wants(0));
        assert!(RootSampling::new(1.0).wants(u32::MAX));
        let half = RootSampling::new(0.5);
        assert!(half.wants(u32::MAX / 2) && !half.wants(u32::MAX / 2 + 1));
    }

    #[test]
    fn only_a_server_or_consumer_may_begin_a_trace() {
        let decide =
            |kind| FollowDecision.should_sample(None, TraceId::from(1), "x", &kind, &[], &[]).decision;
        assert_eq!(decide(SpanKind::Server), SamplingDecision::RecordAndSample);
        assert_eq!(decide(SpanKind::Consumer), SamplingDecision::RecordAndSample);
        assert_eq!(decide(SpanKind::Internal), SamplingDecision::Drop);
        assert_eq!(decide(SpanKind::Client), SamplingDecision::Drop);
    }
}
