//! From single clicks to sums per link and hour.
//!
//! - Hours are UTC's. A click whose time cannot be right is left out and counted as discarded.
//! - A visitor is counted in the first hour of a UTC day in which they visited a link. Bots are no visitors,
//!   and they are in no dimension.
//! - Rows are sorted by link, then hour: concurrent transactions lock their rows in the same order, so they
//!   cannot deadlock.

mod dimensions;

use std::collections::{BTreeMap, HashMap};

use click_contract::summary::{HOUR, Hour, Visitor};
use click_contract::{Batch, Click, Summary};
use uuid::Uuid;

use crate::enrich::{Enriched, Enricher};
use dimensions::DimensionCounts;

/// Clocks differ, but not by more.
const MOST_AHEAD: i64 = HOUR;
/// Longer than a message can be in the queue (14 days), then in the dead-letter queue (14 days), and some.
const MOST_BEHIND: i64 = 35 * DAY;
const DAY: i64 = 24 * HOUR;

/// A batch, summed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rollup {
    /// What url-service is told.
    pub(crate) summary: Summary,
    /// How many clicks are in it.
    pub(crate) clicks: u64,
    /// How many are not.
    pub(crate) discarded: Discarded,
}

/// Clicks that were left out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Discarded {
    /// More than an hour in the future.
    pub(crate) future: u64,
    /// More than 35 days ago.
    pub(crate) stale: u64,
}

/// Sums `batch` at the time `now`, in seconds since the Unix epoch.
pub(crate) fn roll_up(batch: &Batch, now: i64) -> Rollup {
    let enricher = Enricher::new(batch);
    let mut counts = Counts::default();
    let mut discarded = Discarded::default();
    for click in batch.clicks() {
        if click.at > now.saturating_add(MOST_AHEAD) {
            discarded.future += 1;
        } else if click.at < now.saturating_sub(MOST_BEHIND) {
            discarded.stale += 1;
        } else if let Some(enriched) = enricher.enrich(&click) {
            counts.add(&click, enriched);
        }
    }
    Rollup { clicks: counts.clicks, summary: counts.into_summary(batch.id), discarded }
}

#[derive(Debug, Default)]
struct Counts<'e> {
    clicks: u64,
    /// By link and hour: all clicks, and those of bots.
    hours: BTreeMap<(Uuid, i64), (u32, u32)>,
    /// By link, day and visitor: the first hour.
    visitors: HashMap<(Uuid, i64, u64), i64>,
    dimensions: DimensionCounts<'e>,
}

impl<'e> Counts<'e> {
    fn add(&mut self, click: &Click<'_>, enriched: Enriched<'e>) {
        let start = first_second(click.at, HOUR);
        self.clicks += 1;
        let (clicks, bots) = self.hours.entry((click.link, start)).or_default();
        *clicks += 1;
        *bots += u32::from(enriched.bot);
        if enriched.bot {
            return;
        }
        let visitor = (click.link, first_second(click.at, DAY), click.visitor);
        self.visitors.entry(visitor).and_modify(|first| *first = start.min(*first)).or_insert(start);
        for (dimension, value) in enriched.dimensions {
            self.dimensions.add(click.link, start, dimension, value);
        }
    }

    fn into_summary(self, batch_id: Uuid) -> Summary {
        let hour = |((link_id, start), (clicks, bots))| Hour { link_id, start, clicks, bots };
        let visitor = |((link_id, _, visitor), start)| Visitor { link_id, start, visitor };
        let mut visitors: Vec<Visitor> = self.visitors.into_iter().map(visitor).collect();
        visitors.sort_unstable_by_key(|row| (row.link_id, row.start, row.visitor));
        Summary {
            batch_id,
            hours: self.hours.into_iter().map(hour).collect(),
            visitors,
            dimensions: self.dimensions.into_rows(),
        }
    }
}

/// The first second of the hour or day of `at`.
fn first_second(at: i64, unit: i64) -> i64 {
    at - at.rem_euclid(unit)
}

#[cfg(test)]
mod tests;
