//! A batch of clicks: the body of one SQS message.
//!
//! The body is plain JSON: a person who looks into the dead-letter queue can read it, and there is nothing
//! to decompress, hence no decompression bomb. It stays small because repeated strings are written once and
//! clicks are columns of small numbers that refer to them: about 25 bytes a click
//! (`docs/decisions/0003-click-batches.md`).

mod builder;
mod column;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use builder::BatchBuilder;

/// The version that this code writes and reads.
pub const VERSION: u32 = 1;
/// The longest body that is read: SQS's limit for a message.
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>)
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// The longest user agent that is kept, in bytes; the rest is cut off.
pub const MAX_USER_AGENT_BYTES: usize = 256;
/// The longest referring host that is kept, in bytes (RFC 1035, section 2.3.4).
pub const MAX_HOST_BYTES: usize = 253;

/// Clicks on their way to the worker.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Batch {
    version: u32,
    /// Identifies the batch: however often it is delivered, it counts once.
    pub id: Uuid,
    /// Seconds since the Unix epoch; every click's time is relative to it.
    started_at: i64,
    links: Vec<Uuid>,
    user_agents: Vec<String>,
    referrer_hosts: Vec<String>,
    countries: Vec<String>,
    clicks: Columns,
}

/// One entry per click in each column; the first four refer to the lists of the batch.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Columns {
    link: Vec<u32>,
    user_agent: Vec<u32>,
    referrer_host: Vec<u32>,
    country: Vec<u32>,
    seconds: Vec<u32>,
    #[serde(with = "column")]
    visitor: Vec<u64>,
}

/// One visit of a link.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Click<'a> {
    /// The link's identifier.
    pub link: Uuid,
    /// When, in seconds since the Unix epoch.
    pub at: i64,
    /// The `User-Agent` header, cut to [`MAX_USER_AGENT_BYTES`]; empty when there was none.
    pub user_agent: &'a str,
    /// The host of the `Referer` header; empty when there was none.
    pub referrer_host: &'a str,
    /// ISO 3166-1 alpha-2, upper case; empty when unknown.
    pub country: &'a str,
    /// Tells visitors of one link on one day apart; means nothing beyond that.
    pub visitor: u64,
}

/// Why a message is not a batch. Such a message belongs in the dead-letter queue.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Longer than [`MAX_BODY_BYTES`].
    #[error("the body has {0} bytes, more than any batch")]
    TooLong(usize),
    /// Not JSON, or not of this shape.
    #[error("the body is not a click batch")]
    Shape(#[from] serde_json::Error),
    /// Written by a newer or an older producer.
    #[error("version {0} is not known")]
    Version(u32),
    /// The columns have different lengths.
    #[error("the columns have different lengths")]
    Ragged,
    /// A click refers to an entry that does not exist.
    #[error("a click refers to an entry that does not exist")]
    DanglingReference,
    /// A string is longer than its kind allows.
    #[error("a string is longer than its kind allows")]
    LongString,
}

impl Batch {
    /// A batch without clicks, which proves that the queue and its key can be used.
    #[must_use]
    pub fn probe(id: Uuid, now: i64) -> Self {
        BatchBuilder::new(id, now).build()
    }

    /// How many clicks it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clicks.link.len()
    }

    /// Whether it holds no click.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clicks.link.is_empty()
    }

    /// The message body.
    ///
    /// # Errors
    /// Never for a batch that was built or decoded here.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads and checks a message body.
    ///
    /// # Errors
    /// See [`DecodeError`]. The cause of [`DecodeError::Shape`] may quote the body: it is not for a log.
    pub fn decode(body: &str) -> Result<Self, DecodeError> {
        if body.len() > MAX_BODY_BYTES {
            return Err(DecodeError::TooLong(body.len()));
        }
        let batch: Self = serde_json::from_str(body)?;
        batch.check()?;
        Ok(batch)
    }

    /// The clicks. Complete for a checked batch; an entry that refers to nothing is left out.
    pub fn clicks(&self) -> impl Iterator<Item = Click<'_>> {
        let columns = &self.clicks;
        (0..self.len()).filter_map(move |row| {
            Some(Click {
                link: *entry(&self.links, &columns.link, row)?,
                at: self.started_at.checked_add(i64::from(*columns.seconds.get(row)?))?,
                user_agent: entry(&self.user_agents, &columns.user_agent, row)?,
                referrer_host: entry(&self.referrer_hosts, &columns.referrer_host, row)?,
                country: entry(&self.countries, &columns.country, row)?,
                visitor: *columns.visitor.get(row)?,
            })
        })
    }

    fn check(&self) -> Result<(), DecodeError> {
        if self.version != VERSION {
            return Err(DecodeError::Version(self.version));
        }
        let columns = &self.clicks;
        let same = [&columns.user_agent, &columns.referrer_host, &columns.country, &columns.seconds]
            .iter()
            .all(|column| column.len() == self.len());
        if !same || columns.visitor.len() != self.len() {
            return Err(DecodeError::Ragged);
        }
        if self.clicks().count() != self.len() {
            return Err(DecodeError::DanglingReference);
        }
        let long = |list: &[String], most| list.iter().any(|text| text.len() > most);
        if long(&self.user_agents, MAX_USER_AGENT_BYTES)
            || long(&self.referrer_hosts, MAX_HOST_BYTES)
            || long(&self.countries, 2)
        {
            return Err(DecodeError::LongString);
        }
        Ok(())
    }
}

fn entry<'a, T>(list: &'a [T], column: &[u32], row: usize) -> Option<&'a T> {
    list.get(usize::try_from(*column.get(row)?).ok()?)
}

#[cfg(test)]
mod tests;
