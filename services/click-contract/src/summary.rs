//! What the worker made of a batch: the body of `POST /internal/v1/click-batches`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Seconds in an hour: every [`Hour::start`] is a multiple of it.
pub const HOUR: i64 = 3_600;
/// The most rows of one kind that a summary may hold, more than any batch can produce.
pub const MAX_ROWS: usize = 100_000;
/// The longest value of a dimension, in bytes.
pub const MAX_VALUE_BYTES: usize = 253;

/// One batch, enriched and summed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Summary {
    /// The batch's identifier, the key under which it counts once.
    pub batch_id: Uuid,
    /// Clicks per link and hour.
    pub hours: Vec<Hour>,
    /// Who visited which link when, without bots.
    pub visitors: Vec<Visitor>,
    /// Clicks per link, hour and one property of the visitor, without bots.
    pub dimensions: Vec<DimensionCount>,
}

/// The clicks of one link in one hour.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hour {
    /// The link.
    pub link_id: Uuid,
    /// The hour's first second (UTC), since the Unix epoch.
    pub start: i64,
    /// All clicks.
    pub clicks: u32,
    /// Those of them that were bots'.
    pub bots: u32,
}

/// One visitor of one link in one hour.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Visitor {
    /// The link.
    pub link_id: Uuid,
    /// The hour's first second (UTC), since the Unix epoch.
    pub start: i64,
    /// The visitor's number, which means nothing on another link or another day.
    pub visitor: u64,
}

/// The clicks of one link in one hour that share a property.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DimensionCount {
    /// The link.
    pub link_id: Uuid,
    /// The hour's first second (UTC), since the Unix epoch.
    pub start: i64,
    /// Which property.
    pub dimension: Dimension,
    /// Its value; empty when unknown.
    pub value: String,
    /// How many clicks.
    pub clicks: u32,
}

/// A property of a visitor by which clicks can be grouped.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    /// The host that linked to the short link.
    Referrer,
    /// ISO 3166-1 alpha-2.
    Country,
    /// The browser's name.
    Browser,
    /// The operating system's name.
    Os,
    /// `desktop`, `mobile`, `tablet` or another class of device.
    Device,
}

impl Dimension {
    /// The name that the API and the database use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Referrer => "referrer",
            Self::Country => "country",
            Self::Browser => "browser",
            Self::Os => "os",
            Self::Device => "device",
        }
    }
}

/// Why a summary is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SummaryError {
    /// More rows than [`MAX_ROWS`].
    #[error("too many rows")]
    TooManyRows,
    /// A start that is not the first second of an hour.
    #[error("a start that is not the first second of an hour")]
    NotAnHour,
    /// More bots than clicks.
    #[error("more bots than clicks")]
    MoreBotsThanClicks,
    /// A value longer than [`MAX_VALUE_BYTES`], or with control characters.
    #[error("a value that is too long or holds control characters")]
    BadValue,
}

impl Summary {
    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// See [`SummaryError`].
    pub fn check(&self) -> Result<(), SummaryError> {
        if self.hours.len().max(self.visitors.len()).max(self.dimensions.len()) > MAX_ROWS {
            return Err(SummaryError::TooManyRows);
        }
        let mut starts = (self.hours.iter().map(|row| row.start))
            .chain(self.visitors.iter().map(|row| row.start))
            .chain(self.dimensions.iter().map(|row| row.start));
        if starts.any(|start| start % HOUR != 0) {
            return Err(SummaryError::NotAnHour);
        }
        if self.hours.iter().any(|row| row.bots > row.clicks) {
            return Err(SummaryError::MoreBotsThanClicks);
        }
        let bad = |value: &str| value.len() > MAX_VALUE_BYTES || value.chars().any(char::is_control);
        if self.dimensions.iter().any(|row| bad(&row.value)) {
            return Err(SummaryError::BadValue);
        }
        Ok(())
    }
}

/// The answer to a recorded summary.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// False when the batch had been recorded before and nothing was counted again.
    pub new: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        let link_id = Uuid::from_u128(1);
        Summary {
            batch_id: Uuid::from_u128(2),
            hours: vec![Hour { link_id, start: HOUR, clicks: 2, bots: 1 }],
            visitors: vec![Visitor { link_id, start: HOUR, visitor: 5 }],
            dimensions: vec![DimensionCount {
                link_id,
                start: HOUR,
                dimension: Dimension::Os,
                value: "Linux".to_owned(),
                clicks: 1,
            }],
        }
    }

    #[test]
    fn a_good_summary_passes_and_round_trips() {
        assert_eq!(summary().check(), Ok(()));
        let text = serde_json::to_string(&summary()).unwrap();
        assert_eq!(serde_json::from_str::<Summary>(&text).unwrap(), summary());
    }

    #[test]
    fn impossible_summaries_are_refused() {
        let refused = |change: fn(&mut Summary)| {
            let mut summary = summary();
            change(&mut summary);
            summary.check().unwrap_err()
        };
        assert_eq!(refused(|s| s.hours[0].start += 1), SummaryError::NotAnHour);
        assert_eq!(refused(|s| s.visitors[0].start += 1), SummaryError::NotAnHour);
        assert_eq!(refused(|s| s.hours[0].bots = 3), SummaryError::MoreBotsThanClicks);
        assert_eq!(refused(|s| s.dimensions[0].value = "a\nb".to_owned()), SummaryError::BadValue);
        assert_eq!(refused(|s| s.dimensions[0].value = "a".repeat(254)), SummaryError::BadValue);
        assert_eq!(refused(|s| s.hours = vec![s.hours[0].clone(); MAX_ROWS + 1]), SummaryError::TooManyRows);
    }
}
