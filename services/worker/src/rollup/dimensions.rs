//! Clicks by a property of the visitor, with a bound on how many values there can be.
//!
//! A referrer is whatever a stranger writes into a header. Without a bound, one of them could make a row for
//! every click. So of one batch, one link and one dimension keep only the values with the most clicks; the
//! rest are summed under [`OTHER`], a name that no host, country, browser, system or device has.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use click_contract::summary::{Dimension, DimensionCount};
use uuid::Uuid;

/// How many values a batch may bring for one link and one dimension.
pub(super) const MAX_VALUES: usize = 50;
/// What the values beyond that are counted as.
pub(super) const OTHER: &str = "(other)";

/// Clicks by link, dimension, value and hour.
#[derive(Debug, Default)]
pub(super) struct DimensionCounts<'e> {
    counts: HashMap<(Uuid, Dimension), HashMap<&'e str, Hours>>,
}

/// Clicks by the hour's first second.
type Hours = BTreeMap<i64, u32>;

impl<'e> DimensionCounts<'e> {
    /// Counts one click.
    pub(super) fn add(&mut self, link: Uuid, start: i64, dimension: Dimension, value: &'e str) {
        let values = self.counts.entry((link, dimension)).or_default();
        *values.entry(value).or_default().entry(start).or_default() += 1;
    }

    /// The rows, sorted by link, hour, dimension and value.
    pub(super) fn into_rows(self) -> Vec<DimensionCount> {
        let mut rows = Vec::new();
        for ((link_id, dimension), values) in self.counts {
            for (value, hours) in bounded(values) {
                rows.extend(hours.into_iter().map(|(start, clicks)| DimensionCount {
                    link_id,
                    start,
                    dimension,
                    value: value.to_owned(),
                    clicks,
                }));
            }
        }
        rows.sort_unstable_by(|a, b| {
            (a.link_id, a.start, a.dimension, &a.value).cmp(&(b.link_id, b.start, b.dimension, &b.value))
        });
        rows
    }
}

/// The values with the most clicks in all hours together, equal ones by name, and the sum of the others.
fn bounded(values: HashMap<&str, Hours>) -> Vec<(&str, Hours)> {
    let mut values: Vec<(&str, Hours)> = values.into_iter().collect();
    if values.len() > MAX_VALUES {
        values.sort_by_cached_key(|(value, hours)| (Reverse(hours.values().sum::<u32>()), *value));
        let mut other = Hours::new();
        for (start, clicks) in values.drain(MAX_VALUES..).flat_map(|(_, hours)| hours) {
            *other.entry(start).or_default() += clicks;
        }
        values.push((OTHER, other));
    }
    values
}
